//! A record as operators see it: typed key and value, event time, headers.

use tillstream_stores::Headers;

/// A typed record on its way through the topology.
///
/// ```
/// use tillstream_topology::Record;
/// let record = Record::new("apples".to_owned(), 3, 1_000).map_value(|n| n * 2);
/// assert_eq!(record.value, 6);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<K, V> {
    /// The key, which decides partition and grouping.
    pub key: K,
    /// The value.
    pub value: V,
    /// Event time in milliseconds since 1970-01-01T00:00Z.
    pub timestamp: i64,
    /// Headers, inherited from the input record unless an operator says otherwise (KS-51).
    pub headers: Headers,
}

impl<K, V> Record<K, V> {
    /// A record without headers.
    pub fn new(key: K, value: V, timestamp: i64) -> Self {
        Self { key, value, timestamp, headers: Headers::default() }
    }

    /// The same record with the headers of the one it follows from: what a processor of one's own makes belongs to the same trace.
    ///
    /// ```
    /// use tillstream_topology::Record;
    /// let order = Record::new("o-1".to_owned(), 3, 1_000);
    /// let update = Record::new("u-1".to_owned(), "paid", 1_000).with_headers(&order.headers);
    /// assert_eq!(update.headers, order.headers);
    /// ```
    #[must_use]
    pub fn with_headers(self, headers: &Headers) -> Self {
        Self { headers: headers.clone(), ..self }
    }

    /// The same record with another value.
    pub fn map_value<W>(self, f: impl FnOnce(V) -> W) -> Record<K, W> {
        Record { key: self.key, value: f(self.value), timestamp: self.timestamp, headers: self.headers }
    }

    /// The same record with another key and value; time and headers stay.
    pub fn with<L, W>(self, key: L, value: W) -> Record<L, W> {
        Record { key, value, timestamp: self.timestamp, headers: self.headers }
    }
}
