//! Which keys there are: those of `default.toml`.

use std::sync::LazyLock;

use toml::{Table, Value};

use crate::document;

/// The built-in defaults with their documentation, as TOML.
pub const DEFAULT_TOML: &str = include_str!("../default.toml");

/// A key with its default.
pub(crate) struct Key {
    pub(crate) section: String,
    pub(crate) name: String,
    pub(crate) default: Value,
}

impl Key {
    /// `section.name`
    pub(crate) fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

/// All keys in the order of `default.toml`.
pub(crate) struct Schema(Vec<Key>);

impl Schema {
    /// The one schema there is.
    pub(crate) fn get() -> &'static Self {
        static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
            // The text is compiled in and a test reads it: that it does not parse cannot reach a user.
            let settings = document::read(DEFAULT_TOML).unwrap_or_default();
            let keys = settings.into_iter().filter_map(|setting| {
                let (section, name) = setting.key.split_once('.')?;
                Some(Key { section: section.to_owned(), name: name.to_owned(), default: setting.value })
            });
            Schema(keys.collect())
        });
        &SCHEMA
    }

    pub(crate) fn keys(&self) -> &[Key] {
        &self.0
    }

    /// The key of this path, such as `streams.threads`.
    pub(crate) fn find(&self, path: &str) -> Option<&Key> {
        let (section, name) = path.split_once('.')?;
        self.0.iter().find(|key| key.section == section && key.name == name)
    }

    pub(crate) fn is_section(&self, name: &str) -> bool {
        self.0.iter().any(|key| key.section == name)
    }

    /// The defaults as a table of sections.
    pub(crate) fn defaults(&self) -> Table {
        let mut table = Table::new();
        for key in &self.0 {
            put(&mut table, key, key.default.clone());
        }
        table
    }

    /// What to do about a path that is no key: the section it names, or the key it most resembles.
    pub(crate) fn advice(&self, path: &str) -> String {
        if self.is_section(path) {
            return format!("it is a section: put keys under [{path}]");
        }
        match self.nearest(path) {
            Some(key) => format!("did you mean {}?", key.path()),
            None => "see the list of keys in config/default.toml".to_owned(),
        }
    }

    /// The key with the fewest typing errors, a third of its letters at most; `-`, `.` and `_` count as one. A name
    /// that is right but in another section (or in none) costs little, since that is a common mistake.
    fn nearest(&self, path: &str) -> Option<&Key> {
        let plain = |text: &str| text.to_lowercase().replace(['-', '.'], "_");
        let (section, name) = path.split_once('.').unwrap_or(("", path));
        let (section, name) = (plain(section), plain(name));
        let cost = |key: &Key| {
            let by_name = strsim::damerau_levenshtein(&name, &key.name);
            let by_section = strsim::damerau_levenshtein(&section, &key.section);
            (by_name, by_section.min(3))
        };
        self.0
            .iter()
            .map(|key| (cost(key), key))
            .filter(|((by_name, by_section), key)| by_name + by_section <= 3 && by_name * 3 <= key.name.len())
            .min_by_key(|((by_name, by_section), _)| by_name + by_section)
            .map(|(_, key)| key)
    }
}

/// Sets the value of a key in a table of sections; returns what was there.
pub(crate) fn put(table: &mut Table, key: &Key, value: Value) -> Option<Value> {
    let section = table.entry(key.section.clone()).or_insert_with(|| Value::Table(Table::new()));
    section.as_table_mut()?.insert(key.name.clone(), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resembling_keys_are_proposed() {
        let advice = |path| Schema::get().advice(path);
        for (written, meant) in [
            ("streams.thread", "streams.threads"),
            ("stream.threads", "streams.threads"),
            ("streams.commit_interval_ms", "streams.commit_interval"),
            ("streams.commit.interval", "streams.commit_interval"),
            ("http.lisen", "http.listen"),
            ("listen", "http.listen"),
            ("log.commit_interval", "streams.commit_interval"),
            ("topics.user-activity", "topics.user_activity"),
            ("log.top", "config/default.toml"),
            ("nonsense.at_all", "config/default.toml"),
            ("streams", "[streams]"),
        ] {
            assert!(advice(written).contains(meant), "{written}: {}", advice(written));
        }
    }
}
