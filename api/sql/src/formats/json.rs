//! JSON: numbers as numbers, amounts as decimal strings (no reader takes them for floats), times RFC 3339.

use arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array,
    Int64Array, LargeStringArray, ListArray, RecordBatch, StringArray, StringViewArray, TimestampMillisecondArray,
    UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow::datatypes::{DataType, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{DateTime, SecondsFormat};

use super::failed;
use crate::error::SqlError;
use crate::job::{ResultColumn, Summary};

/// `{"columns":[…],"rows":[[…],…],"rowCount":…,"truncated":…,"asOf":…}`
pub(crate) struct Writer {
    out: Vec<u8>,
    first: bool,
    as_of: Option<String>,
}

impl Writer {
    pub(super) fn begin(columns: &[ResultColumn], as_of: Option<String>) -> Self {
        let columns = serde_json::to_string(columns).unwrap_or_default();
        Self { out: format!("{{\"columns\":{columns},\"rows\":[").into_bytes(), first: true, as_of }
    }

    pub(super) fn batch(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
        let columns = cells(batch)?;
        for row in 0..batch.num_rows() {
            self.out.extend_from_slice(if std::mem::take(&mut self.first) { b"[" } else { b",[" });
            for (place, column) in columns.iter().enumerate() {
                if place > 0 {
                    self.out.push(b',');
                }
                column.write(row, &mut self.out);
            }
            self.out.push(b']');
        }
        Ok(())
    }

    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    pub(super) fn finish(&mut self, Summary { rows, truncated }: Summary) {
        let as_of = serde_json::to_string(&self.as_of).unwrap_or_default();
        let end = format!("],\"rowCount\":{rows},\"truncated\":{truncated},\"asOf\":{as_of}}}");
        self.out.extend_from_slice(end.as_bytes());
    }
}

/// An object a row, one a line.
pub(crate) struct Lines {
    out: Vec<u8>,
    /// The names, quoted.
    names: Vec<String>,
}

impl Lines {
    pub(super) fn begin(columns: &[ResultColumn]) -> Self {
        let quoted = |column: &ResultColumn| serde_json::to_string(&column.name).unwrap_or_default();
        Self { out: Vec::new(), names: columns.iter().map(quoted).collect() }
    }

    pub(super) fn batch(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
        let columns = cells(batch)?;
        for row in 0..batch.num_rows() {
            for (place, (name, column)) in self.names.iter().zip(&columns).enumerate() {
                self.out.push(if place == 0 { b'{' } else { b',' });
                self.out.extend_from_slice(name.as_bytes());
                self.out.push(b':');
                column.write(row, &mut self.out);
            }
            self.out.extend_from_slice(if columns.is_empty() { b"{}\n" } else { b"}\n" });
        }
        Ok(())
    }

    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }
}

/// Writes the cell of a row.
type Write<'a> = Box<dyn Fn(usize, &mut Vec<u8>) + 'a>;

/// Writes the cells of a column.
struct Cells<'a> {
    array: &'a dyn Array,
    write: Write<'a>,
}

impl Cells<'_> {
    fn write(&self, row: usize, out: &mut Vec<u8>) {
        if self.array.is_null(row) { out.extend_from_slice(b"null") } else { (self.write)(row, out) }
    }
}

fn cells(batch: &RecordBatch) -> Result<Vec<Cells<'_>>, SqlError> {
    batch.columns().iter().map(|array| of(&**array)).collect()
}

fn of(array: &dyn Array) -> Result<Cells<'_>, SqlError> {
    macro_rules! cells {
        ($array:ty, |$known:ident, $row:ident, $out:ident| $write:expr) => {
            array
                .as_any()
                .downcast_ref::<$array>()
                .map(|$known| Box::new(move |$row: usize, $out: &mut Vec<u8>| $write) as Write<'_>)
        };
    }
    macro_rules! number {
        ($array:ty) => {
            cells!($array, |known, row, out| out.extend_from_slice(known.value(row).to_string().as_bytes()))
        };
    }
    macro_rules! float {
        ($array:ty) => {
            cells!($array, |known, row, out| float(f64::from(known.value(row)), out))
        };
    }
    let known = match array.data_type() {
        DataType::Null => {
            let write: Write<'_> = Box::new(|_, out| out.extend_from_slice(b"null"));
            Some(write)
        }
        DataType::Utf8 => cells!(StringArray, |known, row, out| text(known.value(row), out)),
        DataType::Utf8View => cells!(StringViewArray, |known, row, out| text(known.value(row), out)),
        DataType::LargeUtf8 => cells!(LargeStringArray, |known, row, out| text(known.value(row), out)),
        DataType::Int8 => number!(Int8Array),
        DataType::Int16 => number!(Int16Array),
        DataType::Int32 => number!(Int32Array),
        DataType::Int64 => number!(Int64Array),
        DataType::UInt8 => number!(UInt8Array),
        DataType::UInt16 => number!(UInt16Array),
        DataType::UInt32 => number!(UInt32Array),
        DataType::UInt64 => number!(UInt64Array),
        DataType::Float32 => float!(Float32Array),
        DataType::Float64 => float!(Float64Array),
        DataType::Boolean => {
            cells!(BooleanArray, |known, row, out| out.extend_from_slice(if known.value(row) {
                b"true"
            } else {
                b"false"
            }))
        }
        DataType::Decimal128(..) => cells!(Decimal128Array, |known, row, out| text(&known.value_as_string(row), out)),
        DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => {
            cells!(TimestampMillisecondArray, |known, row, out| time(known.value(row), out))
        }
        DataType::List(_) => array.as_any().downcast_ref::<ListArray>().map(|known| list(|row| known.value(row))),
        _ => None,
    };
    let write = match known {
        Some(write) => write,
        None => shown(array)?,
    };
    Ok(Cells { array, write })
}

/// A list is an array of its items.
fn list<'a>(items: impl Fn(usize) -> ArrayRef + 'a) -> Write<'a> {
    Box::new(move |row, out| {
        let items = items(row);
        let Ok(cells) = of(&*items) else { return out.extend_from_slice(b"null") };
        out.push(b'[');
        for place in 0..items.len() {
            if place > 0 {
                out.push(b',');
            }
            cells.write(place, out);
        }
        out.push(b']');
    })
}

/// What has no form of its own in JSON is text, as the engine shows it.
fn shown(array: &dyn Array) -> Result<Write<'_>, SqlError> {
    const OPTIONS: FormatOptions<'static> = FormatOptions::new();
    let formatter = ArrayFormatter::try_new(array, &OPTIONS).map_err(|error| failed(&error))?;
    Ok(Box::new(move |row, out| text(&formatter.value(row).try_to_string().unwrap_or_default(), out)))
}

fn text(text: &str, out: &mut Vec<u8>) {
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

/// JSON has no infinities.
fn float(number: f64, out: &mut Vec<u8>) {
    if number.is_finite() {
        let _ = serde_json::to_writer(out, &number);
    } else {
        out.extend_from_slice(b"null");
    }
}

fn time(at_ms: i64, out: &mut Vec<u8>) {
    match DateTime::from_timestamp_millis(at_ms) {
        Some(at) => text(&at.to_rfc3339_opts(SecondsFormat::Millis, true), out),
        None => out.extend_from_slice(b"null"),
    }
}
