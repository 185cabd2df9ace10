//! Experiments with recommendations: who gets which variant, who saw what, and what came of it.
//!
//! A customer's variant follows from her id alone. What she was shown is written to a topic and kept in a store; clicks and
//! purchases are those of her histories, so that nothing is counted twice.

mod assignment;
mod exposure;
mod queue;
mod read;
mod statistics;

pub use assignment::{Experiment, Variant};
pub use exposure::{Exposed, Exposure, Exposures};
pub use queue::ExposureQueue;
pub use read::{ExperimentReport, VariantReport};
pub use statistics::{Lift, Rate};

use tillstream_stores::{KeyValueBuilder, StoreOptions, arc_str, json};
use tillstream_topology::{Consumed, StreamsBuilder};

use crate::ShopSettings;
use exposure::KeepExposures;

/// Store of what each customer was shown in which experiment, by user id.
pub const EXPOSURES: &str = "exposures-by-user";

/// Keeps what customers were shown.
pub(crate) fn wire(builder: &StreamsBuilder, settings: &ShopSettings) {
    let store = builder.add_key_value_store(KeyValueBuilder::new(StoreOptions::new(EXPOSURES), arc_str(), json()));
    let consumed = Consumed::with(arc_str(), json::<Exposure>()).named("exposures-source");
    builder
        .stream(&settings.topics.exposures, consumed)
        .named("keep-exposures")
        .process_values::<(), _>(&[EXPOSURES], move |context| Ok(KeepExposures { store: context.store(&store)? }));
}
