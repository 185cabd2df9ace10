//! The six workloads, as the Kafka Streams benchmark defines them.

mod events;
mod w1_stateless;
mod w2_count;
mod w3_revenue;
mod w4_saga_join;
mod w5_pairs;

use std::sync::Arc;

use compact_str::CompactString;
use tillstream_topology::{BuildErrors, Consumed, KStream, StreamsBuilder, Topology};

use events::Line;
pub(crate) use events::Order;
use tillstream_topology::stores::{json, text};
pub(crate) use w1_stateless::SmallOrder;

/// A workload and what it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Workload {
    /// Parse, filter, map, write.
    W1,
    /// Count by user.
    W2,
    /// Hourly revenue by category, one hour of grace.
    W3,
    /// Order joined with payment joined with inventory, 30-minute windows.
    W4,
    /// Pairs of products bought together.
    W5,
    /// W3, W4 and W5 in one application.
    W6,
}

/// What a workload reads where it is not told otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    /// Topic of orders; `None`: the workload's own.
    pub(crate) orders: Option<String>,
    /// Topic of user activity.
    pub(crate) activity: String,
    /// How late an order may come, ms.
    pub(crate) grace_ms: i64,
}

impl Default for Inputs {
    fn default() -> Self {
        Self { orders: None, activity: "user-activity".to_owned(), grace_ms: 3_600_000 }
    }
}

impl Workload {
    /// Short name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::W1 => "w1",
            Self::W2 => "w2",
            Self::W3 => "w3",
            Self::W4 => "w4",
            Self::W5 => "w5",
            Self::W6 => "w6",
        }
    }

    /// Topics it reads.
    pub(crate) fn inputs(self) -> &'static [&'static str] {
        match self {
            Self::W1 | Self::W3 => &["orders-big"],
            Self::W2 => &["user-activity"],
            Self::W4 | Self::W6 => &["orders", "payments", "inventory"],
            Self::W5 => &["orders"],
        }
    }

    /// Topics it writes, without the prefix of the run.
    pub(crate) fn outputs(self) -> &'static [&'static str] {
        match self {
            Self::W1 => &["w1"],
            Self::W2 => &["w2"],
            Self::W3 => &["w3"],
            Self::W4 => &["w4"],
            Self::W5 => &["w5"],
            Self::W6 => &["w3", "w4", "w5"],
        }
    }

    /// Its topology; results go to `<prefix>-<name>`.
    pub(crate) fn topology(self, prefix: &str, inputs: &Inputs) -> Result<Topology, BuildErrors> {
        let builder = StreamsBuilder::new();
        let own = self.inputs().first().copied().unwrap_or_default();
        let orders = || orders(&builder, inputs.orders.as_deref().unwrap_or(own));
        let shared = || orders().map_values(Arc::new);
        match self {
            Self::W1 => w1_stateless::build(&orders(), prefix),
            Self::W2 => w2_count::build(&builder, &inputs.activity, prefix),
            Self::W3 => {
                let amounts = orders().flat_map(|_, order| order.lines.into_iter().map(Line::into_amount));
                w3_revenue::build(&amounts, inputs.grace_ms, prefix);
            }
            Self::W4 => w4_saga_join::build(&builder, &shared(), prefix),
            Self::W5 => w5_pairs::build(&shared(), prefix),
            Self::W6 => {
                let orders = shared();
                let amounts =
                    orders.flat_map(|_, order| order.lines.iter().cloned().map(Line::into_amount).collect::<Vec<_>>());
                w3_revenue::build(&amounts, inputs.grace_ms, prefix);
                w4_saga_join::build(&builder, &orders, prefix);
                w5_pairs::build(&orders, prefix);
            }
        }
        builder.build()
    }
}

fn orders(builder: &StreamsBuilder, topic: &str) -> KStream<CompactString, Order> {
    builder.stream(topic, Consumed::with(text(), json::<Order>()))
}
