//! What an operator gives: streams, tables and groups of two kinds of keys.

use tillstream_topology::stores::Windowed;
use tillstream_topology::{
    KGroupedStream, KGroupedTable, KStream, KTable, SessionWindowedKStream, TimeWindowedKStream,
};

use crate::Value;
use crate::key::{CaseKey, Key, KeyKind};

/// What an operator gives.
pub(crate) enum Node {
    Stream(KStream<Key, Value>),
    WindowedStream(KStream<Windowed<Key>, Value>),
    Table(KTable<Key, Value>),
    WindowedTable(KTable<Windowed<Key>, Value>),
    Grouped(KGroupedStream<Key, Value>),
    WindowedGrouped(KGroupedStream<Windowed<Key>, Value>),
    GroupedTable(KGroupedTable<Key, Value>),
    WindowedGroupedTable(KGroupedTable<Windowed<Key>, Value>),
    Windows(TimeWindowedKStream<Key, Value>),
    Sessions(SessionWindowedKStream<Key, Value>),
}

/// A node and the form of its keys on a topic.
pub(crate) struct Built {
    pub(crate) node: Node,
    pub(crate) kind: KeyKind,
}

/// A kind of key that nodes can have.
pub(crate) trait NodeKey: CaseKey + PartialEq {
    fn stream(stream: KStream<Self, Value>) -> Node;
    fn table(table: KTable<Self, Value>) -> Node;
    fn grouped(grouped: KGroupedStream<Self, Value>) -> Node;
    fn grouped_table(grouped: KGroupedTable<Self, Value>) -> Node;
    /// The stream in `node`, if it has keys of this kind.
    fn as_stream(node: &Node) -> Option<&KStream<Self, Value>>;
    /// The table in `node`, if it has keys of this kind.
    fn as_table(node: &Node) -> Option<&KTable<Self, Value>>;
    /// A bare key as a key of this kind, if that can be.
    fn from_bare(key: Key) -> Option<Self>;
}

impl NodeKey for Key {
    fn stream(stream: KStream<Self, Value>) -> Node {
        Node::Stream(stream)
    }

    fn table(table: KTable<Self, Value>) -> Node {
        Node::Table(table)
    }

    fn grouped(grouped: KGroupedStream<Self, Value>) -> Node {
        Node::Grouped(grouped)
    }

    fn grouped_table(grouped: KGroupedTable<Self, Value>) -> Node {
        Node::GroupedTable(grouped)
    }

    fn as_stream(node: &Node) -> Option<&KStream<Self, Value>> {
        if let Node::Stream(stream) = node { Some(stream) } else { None }
    }

    fn as_table(node: &Node) -> Option<&KTable<Self, Value>> {
        if let Node::Table(table) = node { Some(table) } else { None }
    }

    fn from_bare(key: Key) -> Option<Self> {
        Some(key)
    }
}

impl NodeKey for Windowed<Key> {
    fn stream(stream: KStream<Self, Value>) -> Node {
        Node::WindowedStream(stream)
    }

    fn table(table: KTable<Self, Value>) -> Node {
        Node::WindowedTable(table)
    }

    fn grouped(grouped: KGroupedStream<Self, Value>) -> Node {
        Node::WindowedGrouped(grouped)
    }

    fn grouped_table(grouped: KGroupedTable<Self, Value>) -> Node {
        Node::WindowedGroupedTable(grouped)
    }

    fn as_stream(node: &Node) -> Option<&KStream<Self, Value>> {
        if let Node::WindowedStream(stream) = node { Some(stream) } else { None }
    }

    fn as_table(node: &Node) -> Option<&KTable<Self, Value>> {
        if let Node::WindowedTable(table) = node { Some(table) } else { None }
    }

    fn from_bare(_key: Key) -> Option<Self> {
        None
    }
}
