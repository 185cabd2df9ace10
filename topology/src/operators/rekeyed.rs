//! One repartition topic for all that follows a change of the key (KS-11, `merge_repartition_topics`).
//!
//! Without it each grouping and join of a re-keyed stream has a topic of its own. With it the first one puts its topic right
//! behind the operator that changed the key, and what lies between that operator and a grouping moves behind the topic.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::repartition::names_after;
use crate::KStream;
use crate::graph::{NodeId, Output};
use crate::options::Grouped;

/// Where the key of a stream was changed. Values have not been changed since, so a repartition may be moved there.
pub(crate) struct Rekeyed<K, V> {
    node: NodeId,
    output: Arc<Output<K, V>>,
    /// The child of that node on the way to the stream: its id and its place among the children.
    way: Option<(NodeId, usize)>,
    /// The stream behind the topic, once there is one.
    behind: Rc<RefCell<Option<KStream<K, V>>>>,
}

impl<K, V> Clone for Rekeyed<K, V> {
    fn clone(&self) -> Self {
        Self { node: self.node, output: Arc::clone(&self.output), way: self.way, behind: Rc::clone(&self.behind) }
    }
}

impl<K, V> Rekeyed<K, V> {
    /// The key was changed by `node`.
    pub(crate) fn at(node: NodeId, output: &Arc<Output<K, V>>) -> Self {
        Self { node, output: Arc::clone(output), way: None, behind: Rc::default() }
    }
}

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// As `rekeyed` of this stream, for a stream one node further, which was just added as `child`.
    pub(crate) fn rekeyed_above(&self, child: NodeId) -> Option<Rekeyed<K, V>> {
        let rekeyed = self.rekeyed.clone()?;
        let way = rekeyed.way.or_else(|| Some((child, rekeyed.output.last_place()?)));
        Some(Rekeyed { way, ..rekeyed })
    }

    /// The stream behind the common topic of its key, which is `topic` if this is the first to need one; `None` where topics
    /// are not merged.
    pub(crate) fn through_common(&self, topic: &Arc<str>, serdes: &Grouped<K, V>) -> Option<KStream<K, V>> {
        if !self.builder.borrow().config.optimization.merge_repartition_topics {
            return None;
        }
        self.builder.borrow_mut().repartitioned(self.node);
        let rekeyed = self.rekeyed.as_ref()?;
        if self.builder.borrow().above_merged_topics.contains(&rekeyed.node) {
            return None;
        }
        let known = rekeyed.behind.borrow().clone();
        let behind = known.unwrap_or_else(|| self.common_topic(rekeyed, topic, serdes));
        let Some((child, place)) = rekeyed.way else { return Some(behind) };
        rekeyed.output.move_child(place, &behind.output);
        self.builder.borrow_mut().move_node(child, rekeyed.node, behind.node);
        Some(KStream { sources: behind.sources, key_changed: false, rekeyed: None, ..self.clone() })
    }

    fn common_topic(&self, rekeyed: &Rekeyed<K, V>, topic: &Arc<str>, serdes: &Grouped<K, V>) -> KStream<K, V> {
        let (output, known) = (Arc::clone(&rekeyed.output), self.serdes.clone());
        let above = KStream::new(&self.builder, rekeyed.node, output, known, self.sources.clone());
        let behind = above.through_nodes(topic, names_after(topic), serdes, None);
        self.builder.borrow_mut().rank(behind.node, rekeyed.node);
        rekeyed.behind.replace(Some(behind.clone()));
        behind
    }
}
