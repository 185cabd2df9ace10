//! Reads TOML text into `section.key` settings that know their line.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::de::{DeTable, DeValue, Error};
use toml::{Spanned, Value};

/// Fits every key written out with long values a hundred times over; what is larger is not a configuration.
pub(crate) const MAX_BYTES: usize = 1 << 20;

/// One setting of a document.
pub(crate) struct Setting {
    /// `section.key`; where the document has a value outside of a section, its bare key.
    pub(crate) key: String,
    pub(crate) value: Value,
    /// From 1.
    pub(crate) line: usize,
}

/// Something in the text that is not TOML.
pub(crate) struct SyntaxError {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) message: String,
}

/// The settings of a document in the order of its lines, or everything that is wrong with its syntax.
pub(crate) fn read(text: &str) -> Result<Vec<Setting>, Vec<SyntaxError>> {
    let lines = Lines::of(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut errors: Vec<_> = errors.iter().map(|error| lines.blame(error)).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut settings = Vec::new();
    let mut add = |key: String, offset, value| match Value::deserialize(value) {
        Ok(value) => settings.push(Setting { key, value, line: lines.at(offset) }),
        Err(error) => errors.push(lines.blame(&error)),
    };
    for (name, item) in root.into_inner() {
        let (section, span) = (name.get_ref(), item.span());
        match item.into_inner() {
            DeValue::Table(keys) if !keys.is_empty() => {
                for (key, value) in keys {
                    let path = format!("{section}.{}", key.get_ref());
                    add(path, key.span().start, value.into_deserializer());
                }
            }
            value => {
                let value = Spanned::new(span, value);
                add(section.to_string(), name.span().start, value.into_deserializer());
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    settings.sort_by_key(|setting| setting.line);
    Ok(settings)
}

/// Finds the line of an offset; once through the text, however many offsets are asked for.
struct Lines {
    ends: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end).collect();
        Self { ends }
    }

    /// The line of a byte, from 1.
    fn at(&self, offset: usize) -> usize {
        1 + self.ends.partition_point(|end| *end < offset)
    }

    fn blame(&self, error: &Error) -> SyntaxError {
        SyntaxError {
            line: self.at(error.span().map_or(0, |span| span.start)),
            message: error.message().replace('\n', ", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_in_order_with_their_lines() {
        let settings = read("top = 1\n\n[b]\n# why\ny = 2\n[a]\nx = { z = 3 }\n[a.w]\nv = 4\n").ok().unwrap();
        let seen: Vec<_> = settings.iter().map(|s| (s.key.as_str(), s.line, s.value.to_string())).collect();
        assert_eq!(seen.len(), 4);
        assert_eq!(seen[0], ("top", 1, "1".to_owned()));
        assert_eq!(seen[1], ("b.y", 5, "2".to_owned()));
        assert_eq!(seen[2], ("a.x", 7, "{ z = 3 }".to_owned()));
        assert_eq!(seen[3], ("a.w", 8, "{ v = 4 }".to_owned()));
    }

    #[test]
    fn every_syntax_error_is_told() {
        let errors = read("[a]\nx = \ny = 1\nz = = 2\n").err().unwrap();
        let lines: Vec<_> = errors.iter().map(|e| e.line).collect();
        assert!(lines.contains(&2) && lines.contains(&4), "{lines:?}");
    }

    #[test]
    fn an_integer_beyond_64_bits_is_an_error() {
        let errors = read("[a]\nx = 99999999999999999999\n").err().unwrap();
        assert_eq!(errors[0].line, 2);
    }
}
