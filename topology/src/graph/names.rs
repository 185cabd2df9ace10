//! Kafka Streams' names: one counter for all nodes and stores of a builder (KS-3, KS-4).

/// The name counter of a builder.
#[derive(Debug, Default)]
pub(crate) struct Names {
    next: u32,
}

impl Names {
    /// `prefix` and the next number, ten digits: `KSTREAM-FILTER-0000000001`.
    pub(crate) fn node(&mut self, prefix: &str) -> String {
        let name = format!("{prefix}{:010}", self.next);
        self.next += 1;
        name
    }

    /// The user's name, which burns a number as well, or a generated one.
    pub(crate) fn named(&mut self, user: Option<&str>, prefix: &str) -> String {
        let generated = self.node(prefix);
        user.map_or(generated, str::to_owned)
    }

    /// `KSTREAM-AGGREGATE-STATE-STORE-0000000003`.
    pub(crate) fn store(&mut self, prefix: &str) -> String {
        self.node(&format!("{prefix}STATE-STORE-"))
    }
}

/// Whether the name of a store or an internal topic holds a generated part, which changes with the topology.
pub(crate) fn is_implicit(name: &str) -> bool {
    let numbered = name.split('-').any(|part| part.len() == 10 && part.bytes().all(|b| b.is_ascii_digit()));
    let prefixed = ["KSTREAM-", "KTABLE-", "COGROUPKSTREAM-"].iter().any(|prefix| name.starts_with(prefix));
    numbered && (prefixed || name.contains("-STATE-STORE-"))
}

/// Whether `name` was generated for a stream operator, so that a repartition named after it gets generated names too
/// (KS-6: `KSTREAM.*-[0-9]{10}`).
pub(crate) fn is_generated(name: &str) -> bool {
    name.starts_with("KSTREAM")
        && name.rsplit_once('-').is_some_and(|(_, n)| n.len() == 10 && n.bytes().all(|b| b.is_ascii_digit()))
}
