//! Collects what is wrong with values of the right type.

use std::fmt::Display;

use crate::{Bytes, Fault, FaultKind, Millis, Origins, Retention};

/// A value that a fault can show as it would be written in TOML.
pub(crate) trait Shown {
    fn shown(&self) -> String;
}

macro_rules! shown {
    (quoted: $($quoted:ty),*; plain: $($plain:ty),*) => {
        $(impl Shown for $quoted {
            fn shown(&self) -> String { format!("\"{self}\"") }
        })*
        $(impl Shown for $plain {
            fn shown(&self) -> String { format!("{self:?}") }
        })*
    };
}

shown!(quoted: Bytes, Millis, Retention; plain: u32, u64, f64, str);

/// The faults found so far.
pub(crate) struct Checks<'o> {
    origins: &'o Origins,
    faults: Vec<Fault>,
}

impl<'o> Checks<'o> {
    pub(crate) const fn new(origins: &'o Origins) -> Self {
        Self { origins, faults: Vec::new() }
    }

    pub(crate) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// The value must be within the bounds, both included. (Not-a-number is within none.)
    pub(crate) fn between<T: Shown + PartialOrd + Copy>(&mut self, key: &str, value: T, min: T, max: T) {
        if !(min <= value && value <= max) {
            let bounds = format!("between {} and {}", min.shown(), max.shown());
            let problem = "out of range".to_owned();
            self.add(FaultKind::OutOfRange, key, value.shown(), problem, format!("set it {bounds}"));
        }
    }

    /// The first value must not be less than the second, which is another key's.
    pub(crate) fn at_least<T: Shown + PartialOrd + Copy>(
        &mut self,
        (key, value): (&str, T),
        (other, least): (&str, T),
        why: &str,
    ) {
        if value < least {
            let origin = self.origins.of(other);
            let problem = format!("less than {other} = {} ({origin}), but {why}", least.shown());
            let remedy = format!("raise {key} or lower {other}");
            self.add(FaultKind::Contradiction, key, value.shown(), problem, remedy);
        }
    }

    /// The value breaks a rule of its key.
    pub(crate) fn refuse(&mut self, kind: FaultKind, key: &str, value: &str, problem: impl Display, remedy: &str) {
        self.add(kind, key, value.shown(), problem.to_string(), remedy.to_owned());
    }

    fn add(&mut self, kind: FaultKind, key: &str, value: String, problem: String, remedy: String) {
        self.faults.push(Fault {
            kind,
            key: key.to_owned(),
            value,
            origin: self.origins.of(key).clone(),
            problem,
            remedy,
        });
    }
}
