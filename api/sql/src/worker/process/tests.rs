use arrow::array::RecordBatch;

use super::*;
use crate::engine::{Batches, Source};
use crate::tables::Wanted;

/// More than a pipe holds.
const LONG: usize = 1 << 20;

/// No tables.
#[derive(Debug)]
struct Nothing;

impl Source for Nothing {
    fn scan(&self, _: &str, _: Wanted) -> Batches {
        mpsc::channel::<Result<RecordBatch, SqlError>>(1).1
    }
}

/// Its pipe is full after the first query, and what waits for the pipe after some more.
#[tokio::test]
async fn each_query_ends_in_its_time_however_many_a_deaf_process_was_given() {
    let limits = Limits { time_limit: Duration::from_millis(50), ..Limits::default() };
    let (governor, arguments) = (Arc::new(Governor::new(&limits)), ["60".to_owned()]);
    let mut process = Process::start(Path::new("sleep"), &arguments, &[], &governor, &limits).await.unwrap();
    let feed = Feed { source: Arc::new(Nothing), packing: tokio::runtime::Handle::current() };
    let ((events, _kept), mut lane) = (mpsc::channel(1), Lane::of_nobody());
    for _ in 0..FRAMES + 4 {
        let job = Job { query: "-".repeat(LONG), ..Job::default() };
        let driven = process.drive(job, &events, &feed, &mut lane, &limits);
        let outcome = timeout(Duration::from_secs(10), driven).await.expect("it ends");
        assert!(matches!(outcome, Outcome::Ended(_)), "{outcome:?}");
    }
}
