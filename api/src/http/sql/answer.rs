//! An answer on its way out. A short one is known whole before its first byte goes out, so that whatever goes wrong is a problem
//! with its status; a longer one is streamed.

use std::collections::VecDeque;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use tillstream_sql::{Event, Format, Reply, Summary};

use crate::http::answer::POSITION;
use crate::http::problem::Problem;
use crate::position_cache::Stamp;

/// Says that rows were cut off.
const TRUNCATED: HeaderName = HeaderName::from_static("tillstream-truncated");

/// Bytes that are kept back to see whether the answer ends well.
const SHORT_BYTES: usize = 64 << 10;

/// The response that the reply is becoming.
pub(super) async fn of(mut reply: Reply, format: Format, stamp: Stamp) -> Result<Response, Problem> {
    let (mut chunks, mut bytes) = (VecDeque::new(), 0);
    while bytes < SHORT_BYTES {
        match reply.next().await {
            Some(Event::Head(_)) => {}
            Some(Event::Chunk(chunk)) => {
                bytes += chunk.len();
                chunks.push_back(chunk);
            }
            Some(Event::Done(summary)) => {
                let mut response = respond(Body::from(joined(chunks)), format, stamp);
                if summary.truncated {
                    response.headers_mut().insert(TRUNCATED, HeaderValue::from_static("true"));
                }
                return Ok(response);
            }
            Some(Event::Failed(error)) => return Err(error.into()),
            None => return Err(Problem::internal(&"a query ended without an answer")),
        }
    }
    Ok(respond(streamed(chunks, reply, format), format, stamp))
}

fn respond(body: Body, format: Format, stamp: Stamp) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    headers.insert(POSITION, stamp.position);
    response
}

fn joined(chunks: VecDeque<Bytes>) -> Bytes {
    match <[Bytes; 1]>::try_from(Vec::from(chunks)) {
        Ok([only]) => only,
        Err(chunks) => chunks.concat().into(),
    }
}

/// An error breaks the body off, which a client sees: what has gone out is not the whole answer.
fn streamed(chunks: VecDeque<Bytes>, reply: Reply, format: Format) -> Body {
    let parts = stream::unfold((chunks, Some(reply)), move |(mut chunks, reply)| async move {
        if let Some(chunk) = chunks.pop_front() {
            return Some((Ok(chunk), (chunks, reply)));
        }
        let mut reply = reply?;
        loop {
            let failure = match reply.next().await {
                Some(Event::Head(_)) => continue,
                Some(Event::Chunk(chunk)) => return Some((Ok(chunk), (chunks, Some(reply)))),
                Some(Event::Done(Summary { truncated, .. })) if !truncated || format == Format::Json => return None,
                Some(Event::Done(_)) => "rows were cut off (sql.max_rows, sql.max_bytes)".to_owned(),
                Some(Event::Failed(error)) => error.to_string(),
                None => "the query ended".to_owned(),
            };
            tracing::info!(%failure, "an answer was broken off");
            return Some((Err(std::io::Error::other(failure)), (chunks, None)));
        }
    });
    Body::from_stream(parts)
}
