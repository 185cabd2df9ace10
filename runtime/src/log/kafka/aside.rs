//! Calls that may not come to an end.

use std::io;
use std::sync::mpsc::{Receiver, channel};
use std::thread::Builder;

/// Makes a call on a thread of its own; its answer comes on the channel. Nobody need wait for it.
///
/// # Errors
/// That of the system when it has no more threads: then `call` was dropped here.
pub(super) fn aside<T: Send + 'static>(
    name: &str,
    call: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Receiver<T>> {
    let (sender, answer) = channel();
    let run = move || {
        let answer = call();
        // Whoever has lost patience does not hear it.
        let _ = sender.send(answer);
    };
    Builder::new().name(name.to_owned()).spawn(run)?;
    Ok(answer)
}
