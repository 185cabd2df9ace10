//! Which form an answer takes: what the client accepts most gladly of what there is.

use axum::http::{HeaderMap, header};
use tillstream_sql::Format;

use crate::http::problem::{Kind, Problem};

/// The form asked for; JSON when none is named.
pub(super) fn format(headers: &HeaderMap) -> Result<Format, Problem> {
    let mut best: Option<(f32, Format)> = None;
    let mut named = false;
    for value in headers.get_all(header::ACCEPT) {
        for part in value.to_str().unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty()) {
            named = true;
            let (media, quality) = split(part);
            // Of two liked equally the first wins.
            if quality > 0.0
                && let Some(format) = known(media)
                && best.is_none_or(|(most, _)| quality > most)
            {
                best = Some((quality, format));
            }
        }
    }
    match best {
        Some((_, format)) => Ok(format),
        None if !named => Ok(Format::Json),
        None => {
            let known: Vec<&str> = Format::ALL.iter().map(|format| format.media_type()).collect();
            Err(Problem::new(Kind::NotAcceptable, format!("answers come as {}", known.join(", "))))
        }
    }
}

fn known(media: &str) -> Option<Format> {
    match media {
        "*/*" | "application/*" => Some(Format::Json),
        "text/*" => Some(Format::Csv),
        "application/jsonl" | "application/ndjson" => Some(Format::Ndjson),
        "application/vnd.apache.arrow" => Some(Format::Arrow),
        "application/parquet" | "application/x-parquet" => Some(Format::Parquet),
        media => Format::ALL.into_iter().find(|format| format.media_type() == media),
    }
}

/// The media type and how much it is liked.
fn split(part: &str) -> (&str, f32) {
    let (media, parameters) = part.split_once(';').unwrap_or((part, ""));
    let quality = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("q=")?.parse().ok());
    (media.trim(), quality.unwrap_or(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(accept: &str) -> Option<Format> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
        format(&headers).ok()
    }

    #[test]
    fn the_form_liked_most_wins() {
        assert_eq!(format(&HeaderMap::new()).ok(), Some(Format::Json));
        for (accept, format) in [
            ("text/csv", Some(Format::Csv)),
            ("text/csv;q=0.5, application/json", Some(Format::Json)),
            ("application/x-ndjson;q=0.9,text/csv;q=0.9", Some(Format::Ndjson)),
            ("image/png, */*;q=0.1", Some(Format::Json)),
            ("application/vnd.apache.parquet", Some(Format::Parquet)),
            ("image/png", None),
            ("text/csv;q=0", None),
        ] {
            assert_eq!(of(accept), format, "{accept}");
        }
    }
}
