//! Names and the dense numbers that stand for them.

use rustc_hash::FxHashMap;

/// Numbers names in the order they are first seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ids {
    names: Vec<String>,
    numbers: FxHashMap<String, u32>,
}

impl Ids {
    /// The number of a name, given now if it has none; `None` once 2³² - 1 names are known.
    pub fn intern(&mut self, name: &str) -> Option<u32> {
        if let Some(&number) = self.numbers.get(name) {
            return Some(number);
        }
        let number = u32::try_from(self.names.len()).ok().filter(|&number| number < u32::MAX)?;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        Some(number)
    }

    /// Numbers some names in their order; a name that comes again keeps its first number.
    #[must_use]
    pub fn from_names(names: &[String]) -> Self {
        let mut ids = Self::default();
        for name in names {
            ids.intern(name);
        }
        ids
    }

    /// The number of a name, if it was seen.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The name behind a number.
    #[must_use]
    pub fn name(&self, number: u32) -> Option<&str> {
        self.names.get(number as usize).map(String::as_str)
    }

    /// All names in the order of their numbers.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many names are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no name is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
