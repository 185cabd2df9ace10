//! Columns of a table over rows of a Rust type: name, type, comment, and how a row's cell is found.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMillisecondBuilder,
};
use arrow::datatypes::{DataType, TimeUnit};
use serde::{Deserialize, Serialize};
use tillstream_models::events::Money;

/// Digits of money: those of a 64-bit count of ten-thousandths.
const MONEY_DIGITS: u8 = 19;
/// Decimals of money.
const MONEY_DECIMALS: i8 = 4;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A number with a fraction.
    Number,
    /// An exact amount with four decimals.
    Money,
    /// A moment, in milliseconds, UTC.
    Time,
    /// True or false.
    Flag,
}

impl Kind {
    /// The Arrow type.
    #[must_use]
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::Money => DataType::Decimal128(MONEY_DIGITS, MONEY_DECIMALS),
            Self::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Self::Flag => DataType::Boolean,
        }
    }
}

/// The value of a column in a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(&'a str),
    Owned(String),
    Integer(i64),
    Number(f64),
    Money(Money),
    /// Epoch ms.
    Time(i64),
    Flag(bool),
}

impl<'a> Cell<'a> {
    pub(crate) fn text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }

    pub(crate) fn time(at_ms: Option<i64>) -> Self {
        at_ms.map_or(Self::Null, Self::Time)
    }

    pub(crate) fn money(amount: Option<Money>) -> Self {
        amount.map_or(Self::Null, Self::Money)
    }

    pub(crate) fn integer(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Integer)
    }

    /// Counts beyond 63 bits do not occur; they would show as the greatest there is.
    pub(crate) fn count(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// A column over rows of `R`.
pub(crate) struct Column<R: ?Sized> {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    /// What users are told about it.
    pub(crate) comment: Cow<'static, str>,
    cell: Place<R>,
}

/// Where a row has the cell.
enum Place<R: ?Sized> {
    Known(for<'a> fn(&'a R) -> Cell<'a>),
    /// Of a row whose cells are numbered.
    Numbered(usize, for<'a> fn(&'a R, usize) -> Cell<'a>),
}

impl<R: ?Sized> Column<R> {
    /// A column that always has a value.
    pub(crate) const fn new(
        name: &'static str,
        kind: Kind,
        comment: &'static str,
        cell: for<'a> fn(&'a R) -> Cell<'a>,
    ) -> Self {
        Self {
            name: Cow::Borrowed(name),
            kind,
            nullable: false,
            comment: Cow::Borrowed(comment),
            cell: Place::Known(cell),
        }
    }

    /// A column that may be null.
    pub(crate) const fn optional(
        name: &'static str,
        kind: Kind,
        comment: &'static str,
        cell: for<'a> fn(&'a R) -> Cell<'a>,
    ) -> Self {
        Self {
            name: Cow::Borrowed(name),
            kind,
            nullable: true,
            comment: Cow::Borrowed(comment),
            cell: Place::Known(cell),
        }
    }

    /// A column that is known by a number only when the program runs; it may be null.
    pub(crate) fn numbered(
        name: String,
        kind: Kind,
        comment: String,
        number: usize,
        cell: for<'a> fn(&'a R, usize) -> Cell<'a>,
    ) -> Self {
        let (name, comment) = (Cow::Owned(name), Cow::Owned(comment));
        Self { name, kind, nullable: true, comment, cell: Place::Numbered(number, cell) }
    }

    /// The cell of a row.
    pub(crate) fn cell<'a>(&self, row: &'a R) -> Cell<'a> {
        match self.cell {
            Place::Known(cell) => cell(row),
            Place::Numbered(number, cell) => cell(row, number),
        }
    }
}

impl<R: ?Sized> fmt::Debug for Column<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Cells of one column on their way into an Arrow array.
#[derive(Debug)]
pub(crate) enum Cells {
    Text(StringBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Money(Decimal128Builder),
    Time(TimestampMillisecondBuilder),
    Flag(BooleanBuilder),
}

impl Cells {
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Integer => Self::Integer(Int64Builder::new()),
            Kind::Number => Self::Number(Float64Builder::new()),
            Kind::Money => Self::Money(Decimal128Builder::new().with_data_type(kind.data_type())),
            Kind::Time => Self::Time(TimestampMillisecondBuilder::new().with_data_type(kind.data_type())),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
        }
    }

    /// Adds a cell; answers how many bytes it takes, roughly.
    pub(crate) fn push(&mut self, cell: Cell<'_>) -> usize {
        match (self, cell) {
            (Self::Text(cells), Cell::Text(text)) => {
                cells.append_value(text);
                return text.len() + 4;
            }
            (Self::Text(cells), Cell::Owned(text)) => {
                cells.append_value(&text);
                return text.len() + 4;
            }
            (Self::Text(cells), _) => cells.append_null(),
            (Self::Integer(cells), Cell::Integer(number)) => cells.append_value(number),
            (Self::Integer(cells), _) => cells.append_null(),
            (Self::Number(cells), Cell::Number(number)) => cells.append_value(number),
            (Self::Number(cells), _) => cells.append_null(),
            (Self::Money(cells), Cell::Money(amount)) => cells.append_value(i128::from(amount.units())),
            (Self::Money(cells), _) => cells.append_null(),
            (Self::Time(cells), Cell::Time(at_ms)) => cells.append_value(at_ms),
            (Self::Time(cells), _) => cells.append_null(),
            (Self::Flag(cells), Cell::Flag(flag)) => cells.append_value(flag),
            (Self::Flag(cells), _) => cells.append_null(),
        }
        8
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(cells) => Arc::new(cells.finish()),
            Self::Integer(cells) => Arc::new(cells.finish()),
            Self::Number(cells) => Arc::new(cells.finish()),
            Self::Money(cells) => Arc::new(cells.finish()),
            Self::Time(cells) => Arc::new(cells.finish()),
            Self::Flag(cells) => Arc::new(cells.finish()),
        }
    }
}
