//! What goes over the pipes.

use std::io::{self, Read, Write};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::error::SqlError;
use crate::job::{Job, ResultColumn, Summary};
use crate::limits::Limits;
use crate::tables::{About, Wanted};

/// The longest frame. Batches and chunks are far below it.
const FRAME_MAX: usize = 1 << 30;

/// Bytes before the payload: its length, the kind, the number of a scan.
const HEAD_BYTES: usize = 9;

/// To a query process.
#[derive(Debug)]
pub(super) enum Order {
    /// Comes first.
    Start(Box<Start>),
    /// Run a query.
    Run(Box<Job>),
    /// A batch of a scan, as an Arrow stream.
    Batch(u32, Bytes),
    /// The end of a scan.
    ScanEnd(u32, Option<SqlError>),
}

/// What a query process must know.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Start {
    pub(super) limits: Limits,
    pub(super) tables: Vec<About>,
}

/// From a query process.
#[derive(Debug)]
pub(super) enum Message {
    /// Begin a scan; it may send as many batches as `Next` comes.
    Scan(u32, Box<ScanOrder>),
    /// One more batch may come.
    Next(u32),
    /// No more of this scan, please.
    Enough(u32),
    Head(Vec<ResultColumn>),
    Chunk(Bytes),
    Done(Summary),
    Failed(SqlError),
}

/// Which rows.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ScanOrder {
    pub(super) table: String,
    pub(super) wanted: Wanted,
}

/// Kind, number of the scan, payload.
type Parts = (u8, u32, Bytes);

impl Order {
    pub(super) fn into_parts(self) -> io::Result<Parts> {
        Ok(match self {
            Self::Start(start) => (1, 0, json(&start)?),
            Self::Run(job) => (2, 0, json(&job)?),
            Self::Batch(scan, batch) => (3, scan, batch),
            Self::ScanEnd(scan, error) => (4, scan, json(&error)?),
        })
    }

    pub(super) fn of((kind, scan, payload): Parts) -> io::Result<Self> {
        Ok(match kind {
            1 => Self::Start(parsed(&payload)?),
            2 => Self::Run(parsed(&payload)?),
            3 => Self::Batch(scan, payload),
            4 => Self::ScanEnd(scan, parsed(&payload)?),
            kind => return Err(unknown(kind)),
        })
    }
}

impl Message {
    pub(super) fn into_parts(self) -> io::Result<Parts> {
        Ok(match self {
            Self::Scan(scan, order) => (1, scan, json(&order)?),
            Self::Next(scan) => (2, scan, Bytes::new()),
            Self::Enough(scan) => (3, scan, Bytes::new()),
            Self::Head(columns) => (4, 0, json(&columns)?),
            Self::Chunk(chunk) => (5, 0, chunk),
            Self::Done(summary) => (6, 0, json(&summary)?),
            Self::Failed(error) => (7, 0, json(&error)?),
        })
    }

    pub(super) fn of((kind, scan, payload): Parts) -> io::Result<Self> {
        Ok(match kind {
            1 => Self::Scan(scan, parsed(&payload)?),
            2 => Self::Next(scan),
            3 => Self::Enough(scan),
            4 => Self::Head(parsed(&payload)?),
            5 => Self::Chunk(payload),
            6 => Self::Done(parsed(&payload)?),
            7 => Self::Failed(parsed(&payload)?),
            kind => return Err(unknown(kind)),
        })
    }
}

fn json(value: &impl Serialize) -> io::Result<Bytes> {
    serde_json::to_vec(value).map(Bytes::from).map_err(io::Error::other)
}

fn parsed<T: DeserializeOwned>(payload: &[u8]) -> io::Result<T> {
    serde_json::from_slice(payload).map_err(io::Error::other)
}

fn unknown(kind: u8) -> io::Error {
    io::Error::other(format!("there is no frame of kind {kind}"))
}

fn head(parts: &Parts) -> [u8; HEAD_BYTES] {
    let [a, b, c, d] = (parts.2.len() as u32).to_le_bytes();
    let [w, x, y, z] = parts.1.to_le_bytes();
    [a, b, c, d, parts.0, w, x, y, z]
}

/// Length of the payload, kind, scan.
fn split(head: [u8; HEAD_BYTES]) -> io::Result<(usize, u8, u32)> {
    let [a, b, c, d, kind, w, x, y, z] = head;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    if length > FRAME_MAX {
        return Err(io::Error::other(format!("a frame of {length} bytes is none")));
    }
    Ok((length, kind, u32::from_le_bytes([w, x, y, z])))
}

/// Writes a frame and sends it off.
pub(super) fn write(out: &mut impl Write, parts: &Parts) -> io::Result<()> {
    out.write_all(&head(parts))?;
    out.write_all(&parts.2)?;
    out.flush()
}

/// Reads a frame; `None` at the end.
pub(super) fn read(from: &mut impl Read) -> io::Result<Option<Parts>> {
    let mut head = [0; HEAD_BYTES];
    match from.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        outcome => outcome?,
    }
    let (length, kind, scan) = split(head)?;
    let mut payload = vec![0; length];
    from.read_exact(&mut payload)?;
    Ok(Some((kind, scan, payload.into())))
}

/// As [`write`].
pub(super) async fn send(out: &mut (impl AsyncWrite + Unpin), parts: &Parts) -> io::Result<()> {
    out.write_all(&head(parts)).await?;
    out.write_all(&parts.2).await?;
    out.flush().await
}

/// As [`read`]. Not to be given up half way: what was read of a frame would be lost.
pub(super) async fn receive(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Parts>> {
    let mut head = [0; HEAD_BYTES];
    match from.read_exact(&mut head).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        outcome => outcome?,
    };
    let (length, kind, scan) = split(head)?;
    let mut payload = vec![0; length];
    from.read_exact(&mut payload).await?;
    Ok(Some((kind, scan, payload.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_the_pipe_and_a_cut_one_is_an_error() {
        let parts = Message::Failed(SqlError::new(crate::ErrorKind::Time, "too long")).into_parts().unwrap();
        let mut bytes = Vec::new();
        write(&mut bytes, &parts).unwrap();
        write(&mut bytes, &Message::Next(7).into_parts().unwrap()).unwrap();
        let mut from = bytes.as_slice();
        assert!(matches!(Message::of(read(&mut from).unwrap().unwrap()).unwrap(), Message::Failed(_)));
        assert!(matches!(Message::of(read(&mut from).unwrap().unwrap()).unwrap(), Message::Next(7)));
        assert!(read(&mut from).unwrap().is_none());
        assert!(read(&mut &bytes[..12]).is_err());
    }
}
