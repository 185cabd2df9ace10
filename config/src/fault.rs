//! What is wrong with a configuration.

use std::fmt;

use crate::Origin;

/// The kinds of faults, for those who treat them differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The file cannot be read.
    Unreadable,
    /// The file is not TOML, or the flag is not `section.key=value`.
    Syntax,
    /// There is no such key.
    UnknownKey,
    /// The value is not of the key's type.
    WrongType,
    /// The value is of the right type but not allowed.
    OutOfRange,
    /// The value does not go together with that of another key.
    Contradiction,
}

/// One fault: which setting, what it says, who said so, what is wrong and what to do. Displays as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault it is.
    pub kind: FaultKind,
    /// The key, such as `streams.threads`; empty where the fault is in a whole file.
    pub key: String,
    /// The value as TOML (long ones cut short); empty where there is none.
    pub value: String,
    /// Where the value came from.
    pub origin: Origin,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value, origin, problem, remedy, .. } = self;
        match (key.is_empty(), value.is_empty()) {
            (true, _) => write!(f, "{origin}: {problem}; {remedy}"),
            (false, true) => write!(f, "{key} ({origin}): {problem}; {remedy}"),
            (false, false) => write!(f, "{key} = {value} ({origin}): {problem}; {remedy}"),
        }
    }
}

/// All faults of a configuration, at least one. Displays one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// `Err` with the faults, or `Ok` where there are none.
    pub(crate) fn unless_empty(faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self(faults)) }
    }

    /// The faults: first those of the layers in their order, then those between values.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// How many there are, at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub const fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// A value as it is shown in a fault: TOML on one line, cut short, since what is wrong may be its length.
pub(crate) fn shown(value: &toml::Value) -> String {
    const MAX_CHARS: usize = 120;
    let text = match value {
        toml::Value::String(text) => format!("{text:?}"),
        other => other.to_string().replace('\n', " "),
    };
    if text.chars().count() <= MAX_CHARS {
        return text;
    }
    text.chars().take(MAX_CHARS).chain(['…']).collect()
}
