//! Record headers.

use std::sync::Arc;

use bytes::Bytes;

/// Record headers: names with optional values, in order, duplicates allowed. Empty ones cost nothing; clones share.
///
/// ```
/// use tillstream_stores::Headers;
/// let headers = Headers::new().with("trace", Some("1".into())).with("trace", Some("2".into()));
/// assert_eq!(headers.get("trace").map(AsRef::as_ref), Some(&b"2"[..]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Option<Arc<Vec<Header>>>);

type Header = (String, Option<Bytes>);

impl Headers {
    /// No headers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Their number, duplicates counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |headers| headers.len())
    }

    /// Names and values in order; a value may be null.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, Option<&Bytes>)> {
        self.0.iter().flat_map(|headers| headers.iter()).map(|(name, value)| (name.as_str(), value.as_ref()))
    }

    /// The value of the last header called `name`; `None` if there is none or its value is null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Bytes> {
        self.iter().rev().find(|(known, _)| *known == name).and_then(|(_, value)| value)
    }

    /// The same headers and one more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: Option<Bytes>) -> Self {
        self.push(name, value);
        self
    }

    /// Adds a header at the end. Copies the others if they are shared.
    pub fn push(&mut self, name: impl Into<String>, value: Option<Bytes>) {
        Arc::make_mut(self.0.get_or_insert_default()).push((name.into(), value));
    }

    /// Gives the last header called `name`, the one that counts, another value; adds one if there is none. Copies the headers if
    /// they are shared.
    pub fn set(&mut self, name: &str, value: Option<Bytes>) {
        let headers = Arc::make_mut(self.0.get_or_insert_default());
        match headers.iter_mut().rev().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => headers.push((name.to_owned(), value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Headers;

    #[test]
    fn order_and_duplicates_are_kept_and_the_last_wins() {
        let headers = Headers::new().with("a", Some("1".into())).with("b", None).with("a", Some("2".into()));
        let names: Vec<&str> = headers.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", "a"]);
        assert_eq!(headers.get("a").map(AsRef::as_ref), Some(&b"2"[..]));
        assert_eq!(headers.get("b"), None);
    }

    #[test]
    fn setting_replaces_the_header_that_counts() {
        let mut headers = Headers::new().with("a", Some("1".into())).with("a", Some("2".into())).with("b", None);
        headers.set("a", Some("3".into()));
        headers.set("c", None);
        let values: Vec<_> = headers.iter().map(|(name, value)| (name, value.map(AsRef::as_ref))).collect();
        assert_eq!(values, [("a", Some(&b"1"[..])), ("a", Some(b"3")), ("b", None), ("c", None)]);
    }

    #[test]
    fn a_clone_is_not_changed_by_a_push() {
        let first = Headers::new().with("a", None);
        let mut second = first.clone();
        second.push("b", None);
        assert_eq!((first.len(), second.len()), (1, 2));
        assert!(Headers::new().is_empty());
    }
}
