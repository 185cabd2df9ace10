//! Frames on their way over the pipes of a query process.

use tokio::io::BufReader;
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::mpsc;

use super::frame::{self, Message, Order};

/// Sends orders as they come, until there are no more or the process does not take them.
pub(super) async fn send(mut input: ChildStdin, mut orders: mpsc::Receiver<Order>) {
    while let Some(order) = orders.recv().await {
        let Ok(parts) = order.into_parts() else { return };
        if frame::send(&mut input, &parts).await.is_err() {
            return;
        }
    }
}

/// Receives messages until the process says no more.
pub(super) async fn receive(output: ChildStdout, messages: mpsc::Sender<Message>) {
    let mut output = BufReader::with_capacity(64 << 10, output);
    while let Ok(Some(parts)) = frame::receive(&mut output).await {
        let Ok(message) = Message::of(parts) else { return };
        if messages.send(message).await.is_err() {
            return;
        }
    }
}
