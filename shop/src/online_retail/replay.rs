//! Reads the file once, front to back, and gives its events in time order.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::StringRecord;
use flate2::read::GzDecoder;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tillstream_models::events::{EventError, Money};

use super::Summary;
use super::invoice::{Invoice, Order, Outcome};
use super::row::{Row, RowKind};
use crate::ShopRecord;
use crate::timeline::Timeline;

/// An invoice is complete when the file is this much past its first row: none spans more than
/// two minutes, but other invoices' rows lie in between.
const INVOICE_SPAN_MS: i64 = 10 * 60_000;

/// The columns that the file must have, in this order.
const COLUMNS: [&str; 8] =
    ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"];

/// What a replay adds to the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Decides the delays of the legs and which orders go wrong.
    pub seed: u64,
    /// Share of orders with a leg that fails, half of them out of stock, half not paid; 0 to 1.
    pub fail_share: f64,
    /// Share of orders with a leg that never comes; 0 to 1, with `fail_share` at most 1.
    pub timeout_share: f64,
}

impl Default for Options {
    /// Every order succeeds.
    fn default() -> Self {
        Self { seed: 42, fail_share: 0.0, timeout_share: 0.0 }
    }
}

/// Why a replay cannot begin or go on. It ends there: the file has to be repaired.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OnlineRetailError {
    /// The file cannot be opened.
    #[error("cannot open {path}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be read, or is not CSV.
    #[error("cannot read the sales history: {0}")]
    Read(#[from] csv::Error),
    /// The first line does not name the columns of Online Retail.
    #[error("expected the columns InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country")]
    Columns,
    /// A row has a value that cannot be.
    #[error("line {line}: bad value in column {column}")]
    Row {
        /// Line of the file, the first is 1.
        line: u64,
        /// The column's name.
        column: &'static str,
    },
    /// A row is older than the one before it; sort the file by InvoiceDate.
    #[error("line {line} is older than the line before it; sort the file by InvoiceDate")]
    Unsorted {
        /// Line of the file, the first is 1.
        line: u64,
    },
    /// An invoice is worth more than an order may be.
    #[error("invoice {invoice}: {source}")]
    Invoice {
        /// Its number.
        invoice: String,
        /// What is wrong.
        source: EventError,
    },
    /// A share is not between 0 and 1, or both together are more than 1.
    #[error("fail_share and timeout_share must be between 0 and 1, together at most 1")]
    Shares,
}

/// The replay: an iterator of records in order of event time, in bounded memory.
pub struct OnlineRetail {
    reader: csv::Reader<Box<dyn Read + Send>>,
    record: StringRecord,
    options: Options,
    rng: ChaCha8Rng,
    /// Invoices that may still grow, oldest first; about a dozen.
    open: VecDeque<Invoice>,
    timeline: Timeline,
    /// No record that is still to be made can be older than this.
    bound_ms: i64,
    newest_ms: i64,
    ended: bool,
    summary: Summary,
}

impl std::fmt::Debug for OnlineRetail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnlineRetail")
            .field("options", &self.options)
            .field("summary", &self.summary)
            .finish_non_exhaustive()
    }
}

impl OnlineRetail {
    /// Opens the file, packed (`.gz`) or plain.
    ///
    /// # Errors
    /// When it cannot be opened, has other columns, or an option is out of range.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, OnlineRetailError> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|source| OnlineRetailError::Open { path: path.to_owned(), source })?;
        if path.extension().is_some_and(|extension| extension == "gz") {
            Self::from_reader(GzDecoder::new(BufReader::new(file)), options)
        } else {
            Self::from_reader(file, options)
        }
    }

    /// Reads plain CSV.
    ///
    /// # Errors
    /// When it has other columns, or an option is out of range.
    pub fn from_reader(reader: impl Read + Send + 'static, options: Options) -> Result<Self, OnlineRetailError> {
        let share = 0.0..=1.0;
        let together = options.fail_share + options.timeout_share;
        if ![options.fail_share, options.timeout_share, together].iter().all(|s| share.contains(s)) {
            return Err(OnlineRetailError::Shares);
        }
        let mut reader = csv::Reader::from_reader(Box::new(reader) as Box<dyn Read + Send>);
        if reader.headers()? != COLUMNS.as_slice() {
            return Err(OnlineRetailError::Columns);
        }
        Ok(Self {
            reader,
            record: StringRecord::new(),
            options,
            rng: ChaCha8Rng::seed_from_u64(options.seed),
            open: VecDeque::new(),
            timeline: Timeline::default(),
            bound_ms: i64::MIN,
            newest_ms: i64::MIN,
            ended: false,
            summary: Summary::default(),
        })
    }

    /// What was read so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// Reads one row, or closes everything at the end of the file.
    fn advance(&mut self) -> Result<(), OnlineRetailError> {
        if !self.reader.read_record(&mut self.record)? {
            self.ended = true;
            return self.close_before(i64::MAX);
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        let row = Row::parse(&self.record).map_err(|column| OnlineRetailError::Row { line, column })?;
        if row.at_ms < self.newest_ms {
            return Err(OnlineRetailError::Unsorted { line });
        }
        self.newest_ms = row.at_ms;
        self.count(&row);
        let at_ms = row.at_ms;
        match self.open.iter_mut().rfind(|invoice| invoice.number() == row.invoice) {
            Some(invoice) => invoice.push(row),
            None => self.open.push_back(Invoice::begin(row)),
        }
        self.close_before(at_ms - INVOICE_SPAN_MS)
    }

    fn count(&mut self, row: &Row) {
        let summary = &mut self.summary;
        summary.rows += 1;
        *match row.kind() {
            RowKind::Sale => &mut summary.sale_rows,
            RowKind::Cancellation => &mut summary.cancellation_rows,
            RowKind::Adjustment => &mut summary.adjustment_rows,
        } += 1;
    }

    /// Turns the invoices that began before `at_ms` into records.
    fn close_before(&mut self, at_ms: i64) -> Result<(), OnlineRetailError> {
        while let Some(invoice) = self.open.pop_front_if(|invoice| invoice.at_ms() < at_ms) {
            self.close(&invoice)
                .map_err(|source| OnlineRetailError::Invoice { invoice: invoice.number().to_owned(), source })?;
        }
        self.bound_ms = self.open.front().map_or(i64::MAX, Invoice::at_ms);
        Ok(())
    }

    fn close(&mut self, invoice: &Invoice) -> Result<(), EventError> {
        if invoice.number().starts_with('C') {
            let Order { total, records } = invoice.returned(&mut self.rng)?;
            self.summary.returns += 1;
            self.summary.refunds = add(self.summary.refunds, total)?;
            self.schedule(records);
        } else if invoice.has_order() {
            let outcome = self.outcome();
            let Order { total, records } = invoice.order(outcome, &mut self.rng)?;
            self.summary.orders += 1;
            self.summary.gross = add(self.summary.gross, total)?;
            self.schedule(records);
        }
        self.schedule(invoice.adjustments());
        Ok(())
    }

    fn schedule(&mut self, records: impl IntoIterator<Item = ShopRecord>) {
        for record in records {
            self.timeline.push(record.timestamp, record);
        }
    }

    /// Draws how an order turns out.
    fn outcome(&mut self) -> Outcome {
        let Options { fail_share, timeout_share, .. } = self.options;
        let (drawn, inventory) = (self.rng.random::<f64>(), self.rng.random::<bool>());
        if drawn < fail_share {
            self.summary.failed_orders += 1;
            if inventory { Outcome::OutOfStock } else { Outcome::Declined }
        } else if drawn < fail_share + timeout_share {
            self.summary.timed_out_orders += 1;
            if inventory { Outcome::InventorySilent } else { Outcome::PaymentSilent }
        } else {
            Outcome::Succeeds
        }
    }
}

fn add(sum: Money, amount: Money) -> Result<Money, EventError> {
    sum.checked_add(amount).ok_or(EventError::Overflow)
}

impl Iterator for OnlineRetail {
    type Item = Result<ShopRecord, OnlineRetailError>;

    /// The next record; after an error the replay has ended.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.timeline.pop_before(self.bound_ms) {
                return Some(Ok(record));
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.advance() {
                self.ended = true;
                self.bound_ms = i64::MIN;
                return Some(Err(error));
            }
        }
    }
}
