//! Names of the nodes and stores of a stream–stream join (KS-4, KS-7).

use super::window_stores::{JoinStores, StoreNames};
use crate::graph::{BuilderState, NodeId, NodeKind};
use crate::options::StreamJoined;
use crate::windows::JoinWindows;

/// Which records come out without a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Inner,
    Left,
    Outer,
}

/// Names of the nodes of a join, in the order they take their numbers.
pub(super) struct Names {
    pub(super) windowed: (String, String),
    joins: (String, String),
    /// As generated, whether or not the user named the join: stores are called after them.
    generated: (String, String),
    pub(super) merge: String,
}

impl Names {
    pub(super) fn new(state: &mut BuilderState, user: Option<&str>, kind: Kind) -> Self {
        let suffixed = |suffix: &str| user.map(|user| format!("{user}{suffix}"));
        let names = &mut state.names;
        let windowed = (
            names.named(suffixed("-this-windowed").as_deref(), "KSTREAM-WINDOWED-"),
            names.named(suffixed("-other-windowed").as_deref(), "KSTREAM-WINDOWED-"),
        );
        let generated = (
            names.node(if kind == Kind::Outer { "KSTREAM-OUTERTHIS-" } else { "KSTREAM-JOINTHIS-" }),
            names.node(if kind == Kind::Inner { "KSTREAM-JOINOTHER-" } else { "KSTREAM-OUTEROTHER-" }),
        );
        let (this, other) = suffixes(kind);
        let joins = (
            suffixed(this).unwrap_or_else(|| generated.0.clone()),
            suffixed(other).unwrap_or_else(|| generated.1.clone()),
        );
        let merge = names.named(suffixed("-merge").as_deref(), "KSTREAM-MERGE-");
        Self { windowed, joins, generated, merge }
    }

    pub(super) fn stores<K, A, B>(
        &self,
        joined: &StreamJoined<K, A, B>,
        kind: Kind,
        windows: &JoinWindows,
    ) -> StoreNames {
        let (this, other) = suffixes(kind);
        let named = |suffix: &str| joined.store_name.as_ref().map(|name| format!("{name}{suffix}-store"));
        let number = self.generated.0.rsplit('-').next().unwrap_or_default();
        let shared = if kind == Kind::Outer { "-outer-shared-join" } else { "-left-shared-join" };
        let waits = kind != Kind::Inner && !windows.eager;
        StoreNames {
            left: named(this).unwrap_or_else(|| format!("{}-store", self.generated.0)),
            right: named(other).unwrap_or_else(|| format!("{}-store", self.generated.1)),
            waiting: waits.then(|| named(shared).unwrap_or_else(|| format!("KSTREAM-OUTERSHARED-{number}-store"))),
        }
    }

    pub(super) fn add_nodes<K, A, B>(
        self,
        state: &mut BuilderState,
        (left, right): (NodeId, NodeId),
        stores: &JoinStores<K, A, B>,
    ) -> NodeId {
        let (left_store, right_store) = (stores.left.name().to_owned(), stores.right.name().to_owned());
        let waiting = stores.waiting.as_ref().map(|store| store.name().to_owned());
        let both = |store: &str| std::iter::once(store.to_owned()).chain(waiting.clone()).collect();
        let left = processor(state, self.windowed.0, vec![left_store.clone()], left);
        let right = processor(state, self.windowed.1, vec![right_store.clone()], right);
        let left = processor(state, self.joins.0, both(&right_store), left);
        let right = processor(state, self.joins.1, both(&left_store), right);
        state.add_node(self.merge, NodeKind::Processor { stores: Vec::new() }, vec![left, right])
    }
}

fn processor(state: &mut BuilderState, name: String, stores: Vec<String>, parent: NodeId) -> NodeId {
    state.add_node(name, NodeKind::Processor { stores }, vec![parent])
}

fn suffixes(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Inner => ("-this-join", "-other-join"),
        Kind::Left => ("-this-join", "-outer-other-join"),
        Kind::Outer => ("-outer-this-join", "-outer-other-join"),
    }
}
