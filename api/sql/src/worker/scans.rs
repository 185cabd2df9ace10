//! The scans of a query, from the service's side.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::frame::{Order, ScanOrder};
use crate::engine::{Batches, Source};
use crate::formats::ipc;

/// Where rows come from, and where they are packed for the pipe.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) source: Arc<dyn Source>,
    /// Threads of low priority: packing gives way to processing, as reading does.
    pub(super) packing: Handle,
}

/// The scans of a query. They end with it.
#[derive(Debug, Default)]
pub(super) struct Scans(HashMap<u32, mpsc::UnboundedSender<()>>);

impl Scans {
    pub(super) fn begin(&mut self, scan: u32, order: &ScanOrder, feed: &Feed, orders: &mpsc::Sender<Order>) {
        let batches = feed.source.scan(&order.table, order.wanted.clone());
        // Bounded by the process: it asks for a batch when it has taken one.
        let (credit, credits) = mpsc::unbounded_channel();
        self.0.insert(scan, credit);
        feed.packing.spawn(forward(scan, batches, credits, orders.clone()));
    }

    pub(super) fn next(&self, scan: u32) {
        self.0.get(&scan).map(|credit| credit.send(()));
    }

    pub(super) fn end(&mut self, scan: u32) {
        self.0.remove(&scan);
    }
}

/// Hands batches over as they are asked for.
async fn forward(
    scan: u32,
    mut batches: Batches,
    mut credits: mpsc::UnboundedReceiver<()>,
    orders: mpsc::Sender<Order>,
) {
    while credits.recv().await.is_some() {
        let order = match batches.recv().await {
            Some(Ok(batch)) => match ipc::encode(&batch) {
                Ok(bytes) => Order::Batch(scan, Bytes::from(bytes)),
                Err(error) => Order::ScanEnd(scan, Some(error)),
            },
            Some(Err(error)) => Order::ScanEnd(scan, Some(error)),
            None => Order::ScanEnd(scan, None),
        };
        let last = matches!(order, Order::ScanEnd(..));
        if orders.send(order).await.is_err() || last {
            return;
        }
    }
}
