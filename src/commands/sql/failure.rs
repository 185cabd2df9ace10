//! Why a query has no answer, as it is shown at the terminal.

use serde_json::Value;
use tillstream_api::sql::SqlError;

/// Why a query has no answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Failure {
    message: String,
    hint: Option<String>,
    /// Line and column, from 1.
    place: Option<(u64, u64)>,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// What a service's problem says.
    pub(super) fn of_problem(problem: &Value) -> Self {
        let text = |field: &str| problem.get(field).and_then(Value::as_str).map(str::to_owned);
        let number = |field: &str| problem.get("position")?.get(field)?.as_u64();
        Self {
            message: text("detail").unwrap_or_else(|| "the service gave no detail".to_owned()),
            hint: text("hint"),
            place: number("line").zip(number("column")),
        }
    }

    /// The message, the line of the query with a mark under the place, and the hint.
    pub(super) fn shown(&self, query: &str) -> String {
        let mut shown = self.message.clone();
        let line = self.place.and_then(|(line, column)| {
            let text = query.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
            Some((text, usize::try_from(column).ok()?.saturating_sub(1)))
        });
        if let Some((text, before)) = line {
            // A very long line would hide the mark.
            let from = before.saturating_sub(60);
            let part: String = text.chars().skip(from).take(100).collect();
            shown.push_str(&format!("\n  {part}\n  {}^", " ".repeat(before - from)));
        }
        if let Some(hint) = &self.hint {
            shown.push_str(&format!("\nhint: {hint}"));
        }
        shown
    }
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        Self { message: error.message, hint: error.hint, place: error.place.map(|place| (place.line, place.column)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_under_the_place() {
        let problem = serde_json::json!({"detail": "there is no column revenu", "hint": "did you mean revenue?",
            "position": {"line": 2, "column": 3, "offset": 9}});
        let shown = Failure::of_problem(&problem).shown("SELECT\n  revenu FROM x");
        assert_eq!(shown, "there is no column revenu\n    revenu FROM x\n    ^\nhint: did you mean revenue?");
    }
}
