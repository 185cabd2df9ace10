//! Standard output, for results.

use std::fmt::Display;
use std::io::{self, StdoutLock, Write};

/// Standard output that knows when whoever reads it has seen enough, as in `tillstream lag | head`.
#[derive(Debug)]
pub(crate) struct Output<W = StdoutLock<'static>> {
    out: W,
    reader_left: bool,
}

impl Output {
    pub(crate) fn stdout() -> Self {
        Self { out: io::stdout().lock(), reader_left: false }
    }
}

impl<W: Write> Output<W> {
    /// What came of writing here: it did not fail where the reader left.
    pub(crate) fn settle<E>(&self, written: Result<(), E>) -> Result<(), E> {
        if self.reader_left { Ok(()) } else { written }
    }

    fn heed<T>(&mut self, written: io::Result<T>) -> io::Result<T> {
        self.reader_left |= written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        written
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes);
        self.heed(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.heed(flushed)
    }
}

/// Prints a result as it is; nobody is told when the reader left before its end.
///
/// # Errors
/// When standard output takes no more, a full disk for one.
pub(crate) fn print(result: impl Display) -> io::Result<()> {
    let mut out = Output::stdout();
    let written = write!(out, "{result}").and_then(|()| out.flush());
    out.settle(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ends(io::ErrorKind);

    impl Write for Ends {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_left_is_no_failure_and_a_full_disk_is_one() {
        for (kind, fails) in [(io::ErrorKind::BrokenPipe, false), (io::ErrorKind::StorageFull, true)] {
            let mut out = Output { out: Ends(kind), reader_left: false };
            let written = out.write_all(b"rows");
            assert!(written.is_err(), "writing goes on after {kind}");
            assert_eq!(out.settle(written).is_err(), fails, "{kind}");
        }
    }
}
