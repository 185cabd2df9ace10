//! From bytes to checked fields: what all topics' decoders share.
//!
//! A payload is parsed once, into a topic's *wire* struct: every field of every event of the
//! topic, optional, borrowed from the payload. Then the event named by `type` takes the fields
//! it needs and checks them. Serde's own tagging would parse every payload twice.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::error::excerpt;
use super::{
    Country, Currency, Envelope, EventError, MAX_DEPTH, MAX_EVENT_BYTES, MAX_ID_BYTES, MAX_ITEMS, MAX_TEXT_BYTES,
    Money, MoneyError, parse_rfc3339,
};

/// Text as it stands in the payload; owned only where JSON escapes something.
#[derive(Debug)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// A `T` written as a JSON object. Derived structs also accept an array of their fields in
/// order, which no event means.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
            }
        }
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

/// Declares a topic's wire struct: the envelope's fields and the given ones, all optional.
macro_rules! wire_event {
    ($name:ident { $($field:ident: $kind:ty),* $(,)? }) => {
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
        struct $name<'a> {
            #[serde(rename = "type")]
            kind: Option<Text<'a>>,
            version: Option<u32>,
            event_id: Option<Text<'a>>,
            at: Option<&'a serde_json::value::RawValue>,
            $($field: Option<$kind>,)*
        }

        impl $name<'_> {
            /// Takes what every event has.
            fn envelope(&mut self) -> Result<Envelope, EventError> {
                $crate::events::wire::envelope(self.event_id.take(), self.at, self.version)
            }
        }
    };
}
pub(super) use wire_event;

/// Parses a payload into a wire struct.
pub(super) fn parse<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, EventError> {
    if payload.len() > MAX_EVENT_BYTES {
        let (what, size) = ("payload", payload.len());
        return Err(EventError::TooLarge { what, size, limit: MAX_EVENT_BYTES });
    }
    let text =
        std::str::from_utf8(payload).map_err(|error| EventError::InvalidUtf8 { valid_up_to: error.valid_up_to() })?;
    check_depth(payload)?;
    match serde_json::from_str::<Object<T>>(text) {
        Ok(Object(wire)) => Ok(wire),
        Err(error) => Err(parse_error(text, &error)),
    }
}

/// Refuses deep nesting before it is parsed: unknown fields are skipped without a limit of depth.
///
/// Nothing nests deeper than it has opening brackets, so nearly every payload is done after one
/// count.
fn check_depth(payload: &[u8]) -> Result<(), EventError> {
    if openers(payload) <= MAX_DEPTH || deepest(payload) <= MAX_DEPTH {
        return Ok(());
    }
    Err(EventError::InvalidJson { detail: format!("nested deeper than {MAX_DEPTH} levels") })
}

/// How many `[` and `{` there are, strings included.
fn openers(payload: &[u8]) -> usize {
    // Counted in bytes over pieces that cannot overflow one: so it compiles to vector code.
    let in_piece =
        |piece: &[u8]| piece.iter().fold(0_u8, |count, byte| count.wrapping_add(u8::from(byte | 0x20 == b'{')));
    payload.chunks(usize::from(u8::MAX)).map(|piece| usize::from(in_piece(piece))).sum()
}

/// The deepest nesting, with brackets inside strings left out.
fn deepest(payload: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in payload {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Sorts serde's errors into ours.
fn parse_error(text: &str, error: &serde_json::Error) -> EventError {
    let detail = error.to_string();
    match error.classify() {
        Category::Data if detail.starts_with("duplicate field") => EventError::DuplicateField { detail },
        // An array, a number … in place of the event.
        Category::Data if !text.trim_ascii_start().starts_with('{') => EventError::InvalidJson { detail },
        Category::Data => EventError::InvalidField { detail },
        Category::Syntax | Category::Eof | Category::Io => EventError::InvalidJson { detail },
    }
}

/// The error for a `type` the topic does not know.
pub(super) fn unknown_type(topic: &'static str, kind: &str) -> EventError {
    EventError::UnknownType { topic, kind: excerpt(kind) }
}

/// Takes what every event has.
pub(super) fn envelope(
    event_id: Option<Text<'_>>,
    at: Option<&RawValue>,
    version: Option<u32>,
) -> Result<Envelope, EventError> {
    Ok(Envelope {
        event_id: id("eventId", event_id)?,
        at_ms: at.map(timestamp).transpose()?,
        version: version.unwrap_or(1),
    })
}

/// A field that must be there.
pub(super) fn required<T>(field: &'static str, value: Option<T>) -> Result<T, EventError> {
    value.ok_or(EventError::MissingField { field })
}

/// A required id or label: not empty, at most [`MAX_ID_BYTES`], no control characters.
pub(super) fn id(field: &'static str, value: Option<Text<'_>>) -> Result<Box<str>, EventError> {
    let Text(value) = required(field, value)?;
    if value.len() > MAX_ID_BYTES {
        return Err(EventError::TooLarge { what: field, size: value.len(), limit: MAX_ID_BYTES });
    }
    if value.is_empty() || value.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(EventError::InvalidId { field });
    }
    Ok(value.into())
}

/// An optional id.
pub(super) fn optional_id(field: &'static str, value: Option<Text<'_>>) -> Result<Option<Box<str>>, EventError> {
    value.map(|value| id(field, Some(value))).transpose()
}

/// Optional free text of at most [`MAX_TEXT_BYTES`], kept as it is.
pub(super) fn text(field: &'static str, value: Option<Text<'_>>) -> Result<Option<Box<str>>, EventError> {
    match value {
        Some(Text(value)) if value.len() > MAX_TEXT_BYTES => {
            Err(EventError::TooLarge { what: field, size: value.len(), limit: MAX_TEXT_BYTES })
        }
        value => Ok(value.map(|Text(value)| value.into())),
    }
}

/// A required amount of zero or more.
pub(super) fn amount(field: &'static str, value: Option<&RawValue>) -> Result<Money, EventError> {
    Money::from_json(required(field, value)?.get())
        .and_then(|money| if money.is_negative() { Err(MoneyError::Negative) } else { Ok(money) })
        .map_err(|source| EventError::Money { field, source })
}

/// An optional amount of zero or more.
pub(super) fn optional_amount(field: &'static str, value: Option<&RawValue>) -> Result<Option<Money>, EventError> {
    value.map(|value| amount(field, Some(value))).transpose()
}

/// A required currency.
pub(super) fn currency(value: Option<Text<'_>>) -> Result<Currency, EventError> {
    required("currency", value)?.0.parse()
}

/// An optional country.
pub(super) fn country(value: Option<Text<'_>>) -> Result<Option<Country>, EventError> {
    value.map(|code| code.0.parse()).transpose()
}

/// A required count of at least `least`.
pub(super) fn count(field: &'static str, value: Option<i64>, least: i32) -> Result<i32, EventError> {
    let value = required(field, value)?;
    i32::try_from(value).ok().filter(|count| *count >= least).ok_or(EventError::Quantity { field, value })
}

/// The items of an array, each converted, at most [`MAX_ITEMS`].
pub(super) fn items<W, T>(
    items: Vec<Object<W>>,
    convert: impl Fn(W) -> Result<T, EventError>,
) -> Result<Vec<T>, EventError> {
    if items.len() > MAX_ITEMS {
        return Err(EventError::TooLarge { what: "items", size: items.len(), limit: MAX_ITEMS });
    }
    items.into_iter().map(|Object(item)| convert(item)).collect()
}

/// The milliseconds of a JSON string with an RFC 3339 instant.
fn timestamp(json: &RawValue) -> Result<i64, EventError> {
    let json = json.get();
    json.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .and_then(parse_rfc3339)
        .ok_or_else(|| EventError::InvalidTimestamp { text: excerpt(json) })
}
