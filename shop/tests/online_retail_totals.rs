//! The real sales history against totals that others computed from the file.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::{BTreeMap, HashSet};

use tillstream_models::events::{Event, InventoryEvent, Money, OrderEvent, PaymentEvent, format_rfc3339};
use tillstream_shop::ShopRecord;
use tillstream_shop::online_retail::{BUNDLED_PATH, BUNDLED_RECORDS, BUNDLED_ROWS, OnlineRetail, Options};

fn replay(options: Options) -> OnlineRetail {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
    OnlineRetail::open(format!("{path}{BUNDLED_PATH}"), options).unwrap()
}

/// What one pass over the events adds up to.
#[derive(Debug, Default)]
struct Totals {
    records: u64,
    gross: Money,
    refunds: Money,
    refunded: Money,
    paid: Money,
    gross_by_month: BTreeMap<String, String>,
    gross_by_country: BTreeMap<String, Money>,
    sale_lines: u64,
    units: i64,
    orders: u64,
    return_lines: u64,
    returns: u64,
    adjustments: u64,
    reserved: u64,
}

impl Totals {
    fn add(&mut self, record: &ShopRecord) {
        self.records += 1;
        match record.topic {
            "orders" => self.add_order(&OrderEvent::decode(&record.value).unwrap()),
            "payments" => match PaymentEvent::decode(&record.value).unwrap() {
                PaymentEvent::Completed(event) => self.paid = plus(self.paid, event.amount),
                PaymentEvent::Refunded(event) => self.refunded = plus(self.refunded, event.amount),
                PaymentEvent::Failed(event) => panic!("{event:?}"),
            },
            "inventory" => match InventoryEvent::decode(&record.value).unwrap() {
                InventoryEvent::Adjusted(_) => self.adjustments += 1,
                InventoryEvent::Reserved(_) => self.reserved += 1,
                event => panic!("{event:?}"),
            },
            topic => panic!("{topic}"),
        }
    }

    fn add_order(&mut self, event: &OrderEvent) {
        match event {
            OrderEvent::Placed(order) => {
                let month = format_rfc3339(event.at_ms().unwrap())[..7].to_owned();
                let sum = self.gross_by_month.entry(month).or_insert_with(|| "0".to_owned());
                *sum = plus(sum.parse().unwrap(), order.total).to_string();
                let country = order.country.unwrap().to_string();
                let sum = self.gross_by_country.entry(country).or_default();
                *sum = plus(*sum, order.total);
                for line in &order.items {
                    self.gross = plus(self.gross, line.amount().unwrap());
                    self.units += i64::from(line.quantity);
                }
                self.sale_lines += order.items.len() as u64;
                self.orders += 1;
            }
            OrderEvent::Returned(returned) => {
                self.refunds = plus(self.refunds, returned.total);
                self.return_lines += returned.items.len() as u64;
                self.returns += 1;
            }
            event => panic!("{event:?}"),
        }
    }
}

fn plus(sum: Money, amount: Money) -> Money {
    sum.checked_add(amount).unwrap()
}

#[test]
fn totals_to_the_tenth_of_a_penny() {
    let mut replay = replay(Options::default());
    let mut totals = Totals::default();
    let mut event_ids = HashSet::new();
    let mut newest = i64::MIN;
    for record in replay.by_ref() {
        let record = record.unwrap();
        assert!(record.timestamp >= newest, "{record:?}");
        newest = record.timestamp;
        let start = record.value.windows(11).position(|bytes| bytes == b"\"eventId\":\"").unwrap();
        let id = record.value[start + 11..].split(|byte| *byte == b'"').next().unwrap();
        assert!(event_ids.insert(id.to_vec()), "{record:?}");
        totals.add(&record);
    }

    assert_eq!(totals.gross.to_string(), "10666684.544");
    assert_eq!(totals.refunds.to_string(), "896812.49");
    assert_eq!((totals.paid, totals.refunded), (totals.gross, totals.refunds));
    let months = [
        ("2010-12", "823746.14"),
        ("2011-01", "691364.56"),
        ("2011-02", "523631.89"),
        ("2011-03", "717639.36"),
        ("2011-04", "537808.621"),
        ("2011-05", "770536.02"),
        ("2011-06", "761739.90"),
        ("2011-07", "719221.191"),
        ("2011-08", "759138.38"),
        ("2011-09", "1058590.172"),
        ("2011-10", "1154979.30"),
        ("2011-11", "1509496.33"),
        ("2011-12", "638792.68"),
    ];
    let found: Vec<_> = totals.gross_by_month.iter().map(|(m, sum)| (&**m, &**sum)).collect();
    assert_eq!(found, months);
    for (country, gross) in
        [("GB", "9025222.084"), ("NL", "285446.34"), ("IE", "283453.96"), ("DE", "228867.14"), ("FR", "209715.11")]
    {
        assert_eq!(totals.gross_by_country[country].to_string(), gross, "{country}");
    }
    assert_eq!(totals.gross_by_country.len(), 38);
    assert_eq!((totals.orders, totals.reserved, totals.units), (19_960, 19_960, 5_588_376));
    assert_eq!((totals.sale_lines, totals.return_lines, totals.adjustments), (530_104, 9_288, 2_517));

    // Every row is accounted for, and the reader's own count agrees with the events.
    assert_eq!(totals.sale_lines + totals.return_lines + totals.adjustments, BUNDLED_ROWS);
    assert_eq!(totals.records, BUNDLED_RECORDS);
    let summary = replay.summary();
    assert_eq!(summary.rows, BUNDLED_ROWS);
    assert_eq!((summary.sale_rows, summary.cancellation_rows, summary.adjustment_rows), (530_104, 9_288, 2_517));
    assert_eq!((summary.orders, summary.returns), (totals.orders, totals.returns));
    assert_eq!((summary.gross, summary.refunds), (totals.gross, totals.refunds));
    assert_eq!((summary.failed_orders, summary.timed_out_orders), (0, 0));
}

#[test]
fn same_seed_same_bytes() {
    let first = |seed| {
        let records = replay(Options { seed, ..Options::default() }).take(2_000);
        records.map(Result::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(first(7), first(7));
    assert_ne!(first(7), first(8));
}

#[test]
fn orders_go_wrong_as_asked() {
    let mut replay = replay(Options { seed: 1, fail_share: 0.10, timeout_share: 0.05 });
    let (mut placed, mut failed, mut legs) = (0_u64, 0_u64, 0_u64);
    for record in replay.by_ref() {
        let record = record.unwrap();
        match record.topic {
            "orders" => match OrderEvent::decode(&record.value).unwrap() {
                OrderEvent::Placed(_) => placed += 1,
                _ => continue,
            },
            "payments" => match PaymentEvent::decode(&record.value).unwrap() {
                PaymentEvent::Completed(_) => legs += 1,
                PaymentEvent::Failed(_) => (failed, legs) = (failed + 1, legs + 1),
                PaymentEvent::Refunded(_) => {}
            },
            _ => match InventoryEvent::decode(&record.value).unwrap() {
                InventoryEvent::Reserved(_) => legs += 1,
                InventoryEvent::Failed(_) => (failed, legs) = (failed + 1, legs + 1),
                _ => {}
            },
        }
    }
    let summary = replay.summary();
    assert_eq!((placed, failed), (19_960, summary.failed_orders));
    assert_eq!(legs, 2 * placed - summary.timed_out_orders);
    assert!((1_800..2_200).contains(&summary.failed_orders), "{summary:?}");
    assert!((850..1_150).contains(&summary.timed_out_orders), "{summary:?}");
}
