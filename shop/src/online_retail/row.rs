//! One line of the file.

use csv::StringRecord;
use tillstream_models::events::{Country, Money, parse_rfc3339};

use super::category::category;
use super::country::country;

/// A line of an invoice.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) invoice: String,
    /// Trimmed and in upper case: the file writes some products both ways.
    pub(super) product_id: String,
    /// The description; the product's code where there is none.
    pub(super) name: String,
    pub(super) category: &'static str,
    pub(super) quantity: i32,
    pub(super) at_ms: i64,
    pub(super) unit_price: Money,
    /// The customer's number; 135,080 lines have none.
    pub(super) customer: Option<String>,
    pub(super) country: Country,
}

/// What a row means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    Sale,
    Cancellation,
    /// Neither: breakage, found goods, written-off debt.
    Adjustment,
}

impl Row {
    /// Reads a record; the error says which column is wrong.
    pub(super) fn parse(record: &StringRecord) -> Result<Self, &'static str> {
        let column = |at: usize| record.get(at).map(str::trim).unwrap_or_default();
        let product_id = column(1).to_uppercase();
        let name = if column(2).is_empty() { product_id.clone() } else { column(2).to_owned() };
        let row = Self {
            invoice: column(0).to_owned(),
            category: category(&product_id, &name),
            name,
            quantity: column(3).parse().map_err(|_| "Quantity")?,
            at_ms: timestamp(column(4)).ok_or("InvoiceDate")?,
            unit_price: Money::from_json(column(5)).map_err(|_| "UnitPrice")?,
            customer: Some(column(6).to_owned()).filter(|customer| !customer.is_empty()),
            country: country(column(7)).ok_or("Country")?,
            product_id,
        };
        match () {
            () if row.invoice.is_empty() => Err("InvoiceNo"),
            () if row.product_id.is_empty() => Err("StockCode"),
            // Its amount is taken as returned goods, so it must have a size.
            () if row.kind() == RowKind::Cancellation && row.quantity == 0 => Err("Quantity"),
            () if row.kind() == RowKind::Cancellation && row.unit_price.is_negative() => Err("UnitPrice"),
            () => Ok(row),
        }
    }

    pub(super) fn kind(&self) -> RowKind {
        if self.invoice.starts_with('C') {
            RowKind::Cancellation
        } else if self.quantity > 0 && self.unit_price > Money::ZERO {
            RowKind::Sale
        } else {
            RowKind::Adjustment
        }
    }
}

/// `2010-12-01 08:26:00`, which has no zone and is taken as UTC.
fn timestamp(text: &str) -> Option<i64> {
    parse_rfc3339(&format!("{}Z", text.replacen(' ', "T", 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[&str]) -> Result<Row, &'static str> {
        Row::parse(&StringRecord::from(line))
    }

    const SALE: [&str; 8] = [
        "536365",
        " 85123a ",
        "WHITE HANGING HEART T-LIGHT HOLDER",
        "6",
        "2010-12-01 08:26:00",
        "2.55",
        "17850",
        "United Kingdom",
    ];

    #[test]
    fn a_row_is_read_exactly() {
        let row = parse(&SALE).unwrap();
        assert_eq!((&*row.product_id, row.category), ("85123A", "lighting"));
        assert_eq!((row.quantity, row.at_ms), (6, 1_291_191_960_000));
        assert_eq!((row.unit_price.units(), row.country.as_str()), (25_500, "GB"));
        assert_eq!((row.kind(), row.customer.as_deref()), (RowKind::Sale, Some("17850")));
    }

    #[test]
    fn kinds() {
        for (column, text, kind) in [
            (0, "C536379", RowKind::Cancellation),
            (3, "-6", RowKind::Adjustment),
            (5, "0", RowKind::Adjustment),
            (5, "-11062.06", RowKind::Adjustment),
            (0, "A563185", RowKind::Sale),
        ] {
            let mut line = SALE;
            line[column] = text;
            assert_eq!(parse(&line).unwrap().kind(), kind, "{text}");
        }
    }

    #[test]
    fn a_bad_column_is_named() {
        for (column, text, name) in [
            (0, "", "InvoiceNo"),
            (1, " ", "StockCode"),
            (3, "six", "Quantity"),
            (4, "2010-12-01", "InvoiceDate"),
            (5, "2.55e1", "UnitPrice"),
            (7, "Atlantis", "Country"),
        ] {
            let mut line = SALE;
            line[column] = text;
            assert_eq!(parse(&line).unwrap_err(), name);
        }
    }
}
