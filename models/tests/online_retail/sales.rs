//! The shop's sales lines.

use std::{fs::File, sync::OnceLock};

use flate2::read::GzDecoder;
use tillstream_models::{events::parse_rfc3339, interactions::Ids};

/// A product on an invoice of a known customer.
pub(crate) struct Sale {
    pub(crate) invoice: u32,
    pub(crate) user: u32,
    pub(crate) item: u32,
    pub(crate) at_ms: i64,
}

pub(crate) struct Sales {
    pub(crate) lines: Vec<Sale>,
    /// In the order of their first purchase.
    pub(crate) users: Ids,
    pub(crate) items: Ids,
    pub(crate) invoices: Ids,
}

/// All sales lines with a customer and a product code: no cancellations, postage, fees.
pub(crate) fn sales() -> &'static Sales {
    static SALES: OnceLock<Sales> = OnceLock::new();
    SALES.get_or_init(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/online_retail/online_retail.csv.gz");
        let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(path).unwrap()));
        let (mut users, mut items, mut invoices) = (Ids::default(), Ids::default(), Ids::default());
        let mut lines = Vec::new();
        for record in reader.records() {
            let record = record.unwrap();
            let [invoice, code, _, quantity, date, price, customer] = std::array::from_fn(|at| record[at].trim());
            let code = code.to_uppercase();
            let sold = quantity.parse::<i64>().unwrap() > 0 && price.parse::<f64>().unwrap() > 0.0;
            if invoice.starts_with('C') || !sold || customer.is_empty() || !is_product(&code) {
                continue;
            }
            lines.push(Sale {
                invoice: invoices.intern(invoice).unwrap(),
                user: users.intern(customer).unwrap(),
                item: items.intern(&code).unwrap(),
                at_ms: midnight_or_minute(date),
            });
        }
        Sales { lines, users, items, invoices }
    })
}

/// `2010-12-01 08:26:00`, or a day alone, in milliseconds since 1970.
pub(crate) fn midnight_or_minute(date: &str) -> i64 {
    let (day, time) = date.split_once(' ').unwrap_or((date, "00:00:00"));
    parse_rfc3339(&format!("{day}T{time}Z")).unwrap()
}

/// Five digits, then letters: not postage, fees, discounts.
fn is_product(code: &str) -> bool {
    let letters = code.get(5..).unwrap_or("-");
    code.len() >= 5
        && code.bytes().take(5).all(|byte| byte.is_ascii_digit())
        && letters.bytes().all(|byte| byte.is_ascii_uppercase())
}
