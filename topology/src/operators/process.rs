//! `process` and `process_values`: operators written by hand.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::graph::{Output, WiringError, wire_fn};
use crate::processor::{
    Children, Context, Forward, InitContext, ProcessError, Processor, ProcessorContext, Record, Shared,
};
use crate::stream::Serdes;
use crate::{BuildError, KStream};

impl<K: Clone + 'static, V: Clone + 'static> KStream<K, V> {
    /// Processes each record with a [`Processor`] that `supplier` makes for each task, connected to the named stores.
    /// Keys may change, so the next grouping or join repartitions (KS-48).
    pub fn process<K2, V2, P>(
        &self,
        stores: &[&str],
        supplier: impl Fn(&mut InitContext<'_>) -> Result<P, WiringError> + Send + Sync + 'static,
    ) -> KStream<K2, V2>
    where
        K2: Clone + 'static,
        V2: Clone + 'static,
        P: Processor<K, V, K2, V2> + 'static,
    {
        self.processed("KSTREAM-PROCESSOR-", stores, Serdes { key: None, value: None }, supplier).rekeyed()
    }

    /// As [`KStream::process`], for a processor that leaves keys alone: nothing is repartitioned.
    pub fn process_values<V2, P>(
        &self,
        stores: &[&str],
        supplier: impl Fn(&mut InitContext<'_>) -> Result<P, WiringError> + Send + Sync + 'static,
    ) -> KStream<K, V2>
    where
        V2: Clone + 'static,
        P: Processor<K, V, K, V2> + 'static,
    {
        let serdes = Serdes { key: self.serdes.key.clone(), value: None };
        self.processed("KSTREAM-PROCESSVALUES-", stores, serdes, supplier)
    }

    fn processed<K2, V2, P>(
        &self,
        prefix: &str,
        stores: &[&str],
        serdes: Serdes<K2, V2>,
        supplier: impl Fn(&mut InitContext<'_>) -> Result<P, WiringError> + Send + Sync + 'static,
    ) -> KStream<K2, V2>
    where
        K2: Clone + 'static,
        V2: Clone + 'static,
        P: Processor<K, V, K2, V2> + 'static,
    {
        let stores: Vec<String> = stores.iter().map(|store| (*store).to_owned()).collect();
        let name = {
            let mut state = self.builder.borrow_mut();
            // Here, and only here, a name of one's own burns no number.
            let name = self.name.clone().unwrap_or_else(|| state.names.node(prefix));
            for store in stores.iter().filter(|store| !state.stores.contains_key(*store)).cloned().collect::<Vec<_>>() {
                state.errors.push(BuildError::UnknownStore { processor: name.clone(), store });
            }
            name
        };
        let child = self.child_named(name.clone(), stores.clone(), serdes);
        self.output.add(processor_blueprint(name, stores, supplier, Arc::clone(&child.output)));
        child
    }
}

fn processor_blueprint<K, V, K2, V2, P>(
    name: String,
    stores: Vec<String>,
    supplier: impl Fn(&mut InitContext<'_>) -> Result<P, WiringError> + Send + Sync + 'static,
    output: Arc<Output<K2, V2>>,
) -> Arc<dyn crate::graph::Blueprint<K, V>>
where
    K: Clone + 'static,
    V: Clone + 'static,
    K2: Clone + 'static,
    V2: Clone + 'static,
    P: Processor<K, V, K2, V2> + 'static,
{
    wire_fn(move |wiring| {
        let owner = wiring.punctuations.add_owner();
        let processor = supplier(&mut wiring.init(&name, &stores, owner))?;
        let children = output.wire(wiring)?;
        let node = Rc::new(RefCell::new(ProcessorNode { processor, children }));
        let clocked = Rc::clone(&node);
        wiring.punctuations.set_callback(
            owner,
            Box::new(move |at, id, context| {
                let ProcessorNode { processor, children } = &mut *clocked.borrow_mut();
                processor.punctuate(at, id, &mut ProcessorContext { children, context })
            }),
        );
        Ok(Box::new(Shared(node)))
    })
}

struct ProcessorNode<P, K2, V2> {
    processor: P,
    children: Children<K2, V2>,
}

impl<K, V, K2, V2, P: Processor<K, V, K2, V2>> Forward<K, V> for ProcessorNode<P, K2, V2> {
    fn forward(&mut self, record: Record<K, V>, context: &mut Context) -> Result<(), ProcessError> {
        let Self { processor, children } = self;
        processor.process(record, &mut ProcessorContext { children, context })
    }
}
