//! Statements sorted by their first word: what is a query, and what is only acknowledged.

mod cursor;

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use crate::error::{ErrorKind, SqlError};

/// The longest text that is split into statements. Each is judged again by the limits of queries.
const TEXT_MAX: usize = 4 << 20;

/// A statement of a Postgres client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// Runs where queries run.
    Query(String),
    /// A transaction begins. Each query sees what is committed when it runs.
    Begin,
    /// It ends. Nothing was written.
    End(&'static str),
    /// Acknowledged with its name.
    Acknowledged(&'static str),
    /// A setting of the session, and its value as it was written.
    Set(String, String),
    /// A setting is asked for.
    Show(String),
    /// Opens a cursor.
    Declare {
        /// Its name.
        cursor: String,
        /// Whether it outlives its transaction.
        hold: bool,
        /// What it is over.
        query: String,
    },
    /// Takes rows of a cursor; all that are left, without a number.
    Fetch(String, Option<usize>),
    /// Closes a cursor; all, without a name.
    Close(Option<String>),
}

/// The statements of a text.
pub(super) fn split(text: &str) -> Result<Vec<Statement>, SqlError> {
    if text.len() > TEXT_MAX {
        return Err(SqlError::new(ErrorKind::Refused, format!("at most {TEXT_MAX} bytes are taken")));
    }
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, text)
        .tokenize_with_location()
        .map_err(|error| SqlError::new(ErrorKind::Invalid, error.message))?;
    let mut statements = Vec::new();
    for part in tokens.split(|token| token.token == Token::SemiColon) {
        let words: Vec<&TokenWithSpan> =
            part.iter().filter(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF)).collect();
        if let (Some(first), Some(last)) = (words.first(), words.last()) {
            let slice = slice(text, first.span.start, last.span.end);
            statements.push(of(&words, text, slice)?);
        }
    }
    Ok(statements)
}

/// The statement of these words; `whole` is what they are placed in, `text` their part of it.
fn of(words: &[&TokenWithSpan], whole: &str, text: &str) -> Result<Statement, SqlError> {
    let word = |place: usize| match words.get(place).map(|token| &token.token) {
        Some(Token::Word(word)) => word.value.to_uppercase(),
        _ => String::new(),
    };
    Ok(match (word(0).as_str(), word(1).as_str()) {
        ("BEGIN", _) | ("START", "TRANSACTION") => Statement::Begin,
        ("COMMIT" | "END", _) => Statement::End("COMMIT"),
        ("ROLLBACK", "TO") => Statement::Acknowledged("ROLLBACK"),
        ("ROLLBACK" | "ABORT", _) => Statement::End("ROLLBACK"),
        ("SAVEPOINT", _) => Statement::Acknowledged("SAVEPOINT"),
        ("RELEASE", _) => Statement::Acknowledged("RELEASE"),
        ("DISCARD", _) => Statement::Acknowledged("DISCARD ALL"),
        ("DEALLOCATE", _) => Statement::Acknowledged("DEALLOCATE"),
        ("UNLISTEN", _) => Statement::Acknowledged("UNLISTEN"),
        ("DECLARE", _) => return cursor::declare(words, whole),
        ("FETCH", _) => return cursor::fetch(words),
        ("CLOSE", "ALL") => Statement::Close(None),
        ("CLOSE", _) => Statement::Close(words.get(1).map(|name| cursor::name(name))),
        ("RESET", _) => Statement::Acknowledged("RESET"),
        ("SET", _) => set(words, text),
        ("SHOW", "TABLES" | "COLUMNS" | "FUNCTIONS" | "ALL" | "CREATE") => Statement::Query(text.to_owned()),
        ("SHOW", _) => {
            let names: Vec<String> = (1..words.len()).map(word).collect();
            Statement::Show(names.join(" ").to_lowercase())
        }
        _ => Statement::Query(text.to_owned()),
    })
}

/// `SET [SESSION | LOCAL] name { = | TO } value`; what says more than that is acknowledged as it is.
fn set(words: &[&TokenWithSpan], text: &str) -> Statement {
    let mut rest = words.get(1..).unwrap_or_default();
    if let Some(Token::Word(scope)) = rest.first().map(|token| &token.token)
        && matches!(scope.value.to_uppercase().as_str(), "SESSION" | "LOCAL")
    {
        rest = rest.get(1..).unwrap_or_default();
    }
    let (name, value) = match rest {
        [first, second, ..] if matches!(&second.token, Token::Eq) || is(second, "TO") => {
            (shown(first).to_lowercase(), rest.get(2..).unwrap_or_default())
        }
        [time, zone, value @ ..] if is(time, "TIME") && is(zone, "ZONE") => ("timezone".to_owned(), value),
        _ => return Statement::Set(String::new(), text.to_owned()),
    };
    let value: Vec<String> = value.iter().map(|token| shown(token)).collect();
    Statement::Set(name, value.concat())
}

fn is(token: &TokenWithSpan, word: &str) -> bool {
    matches!(&token.token, Token::Word(known) if known.value.eq_ignore_ascii_case(word))
}

fn shown(token: &TokenWithSpan) -> String {
    match &token.token {
        Token::Word(word) => word.value.clone(),
        Token::SingleQuotedString(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The text from one place up to another.
fn slice(text: &str, from: Location, to: Location) -> &str {
    let place = |location: Location| {
        let line = usize::try_from(location.line).unwrap_or(1).saturating_sub(1);
        let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let column = usize::try_from(location.column).unwrap_or(1).saturating_sub(1);
        let rest = text.get(before..).unwrap_or_default();
        before + rest.char_indices().nth(column).map_or(rest.len(), |(place, _)| place)
    };
    text.get(place(from)..place(to)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_split_and_sorted() {
        let split = |text| split(text).unwrap();
        assert_eq!(
            split("BEGIN; SELECT 'a;b'  -- c\n; COMMIT;"),
            [Statement::Begin, Statement::Query("SELECT 'a;b'".to_owned()), Statement::End("COMMIT")]
        );
        assert_eq!(split(" ;; "), []);
        assert_eq!(split("é"), [Statement::Query("é".to_owned())]);
        let set = |name: &str, value: &str| Statement::Set(name.to_owned(), value.to_owned());
        assert_eq!(split("SET extra_float_digits = 3"), [set("extra_float_digits", "3")]);
        assert_eq!(split("set session DateStyle to 'ISO'"), [set("datestyle", "ISO")]);
        assert_eq!(split("SET TIME ZONE 'UTC'"), [set("timezone", "UTC")]);
        assert_eq!(
            split("SHOW transaction isolation level"),
            [Statement::Show("transaction isolation level".to_owned())]
        );
        assert_eq!(split("SHOW TABLES"), [Statement::Query("SHOW TABLES".to_owned())]);
        let refused = super::split("FETCH BACKWARD 3 FROM c").unwrap_err();
        assert_eq!(refused.message, "FETCH BACKWARD is not possible: cursors only go forward");
        assert!(super::split("DECLARE c CURSOR").is_err());
    }

    #[test]
    fn cursors_are_declared_fetched_and_closed() {
        let split = |text| split(text).unwrap();
        let declared = |hold, cursor: &str| Statement::Declare {
            cursor: cursor.to_owned(),
            hold,
            query: "SELECT 'for', 1".to_owned(),
        };
        assert_eq!(split("DECLARE \"My c\" CURSOR FOR SELECT 'for', 1;"), [declared(false, "My c")]);
        assert_eq!(split("declare C no scroll cursor WITH HOLD for SELECT 'for', 1"), [declared(true, "c")]);
        let fetch = |rows| [Statement::Fetch("c".to_owned(), rows)];
        for (text, rows) in [
            ("FETCH c", Some(1)),
            ("FETCH NEXT FROM c", Some(1)),
            ("FETCH 20 IN c", Some(20)),
            ("FETCH FORWARD 20 FROM c", Some(20)),
            ("FETCH FORWARD FROM c", Some(1)),
            ("fetch all from C", None),
            ("FETCH FORWARD ALL IN \"c\"", None),
        ] {
            assert_eq!(split(text), fetch(rows), "{text}");
        }
        assert_eq!(split("CLOSE c; CLOSE ALL"), [Statement::Close(Some("c".to_owned())), Statement::Close(None)]);
    }
}
