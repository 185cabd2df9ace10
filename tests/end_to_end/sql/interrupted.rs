//! Queries while state is being restored, and while the service stops: a right answer, or 503.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::amount;
use crate::binary::{Service, slice_of_sales, tillstream};

const QUERY: &str = "SELECT sum(gross_revenue), (SELECT count(*) FROM orders) FROM revenue_by_day";

/// Status and answer of a query; `None` when nobody answers any more.
fn ask(url: &str, query: &str) -> Option<(u16, Value)> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.post(format!("{url}/v1/sql")).send_json(json!({ "query": query })).ok()?;
    // One that is broken off is no answer.
    Some((answer.status().as_u16(), answer.body_mut().read_json().ok()?))
}

#[test]
fn while_state_is_restored_or_the_service_stops_an_answer_is_whole_or_503() {
    let dir = tempfile::tempdir().unwrap();
    let (sales, data) = (slice_of_sales(dir.path(), 20_000), dir.path().join("data"));
    let (sales, data_dir) = (sales.to_str().unwrap(), data.to_str().unwrap());
    let demo = ["demo", "--data", data_dir, "--source", sales];
    let output = tillstream(&demo).args(["--once", "--listen", "127.0.0.1:0"]).output().unwrap();
    let totals: Value = serde_json::from_slice(&output.stdout).unwrap();
    std::fs::remove_dir_all(data.join("state")).unwrap();

    // `run` serves before its tasks are restored.
    let setting = format!("application.data_dir={data_dir}");
    let service = Service::start_unready(&["run", "--set", &setting, "--set", "sql.postgres=false"]);
    let (begin, mut refused, mut answered) = (Instant::now(), 0, 0);
    let mut whole: Option<Value> = None;
    while answered < 20 {
        assert!(begin.elapsed() < Duration::from_secs(60), "{refused} refused, {answered} answered");
        match ask(service.url(), QUERY) {
            Some((200, answer)) => {
                let rows = answer["rows"][0].clone();
                assert_eq!(amount(&rows[0]), amount(&totals["grossRevenue"]), "a part passed for the whole");
                assert_eq!(*whole.get_or_insert_with(|| rows.clone()), rows);
                answered += 1;
            }
            Some((503, problem)) => {
                assert_eq!(problem["type"], "urn:tillstream:problem:not-ready", "{problem}");
                refused += 1;
            }
            Some(other) => panic!("{other:?}"),
            None => std::thread::park_timeout(Duration::from_millis(10)),
        }
    }
    assert!(refused > 0, "it was never seen restoring");
    let whole = whole.unwrap();

    std::thread::scope(|scope| {
        let url = service.url().to_owned();
        let asking: Vec<_> = (0..3)
            .map(|_| {
                let (url, whole) = (url.clone(), &whole);
                scope.spawn(move || {
                    let mut answers = 0;
                    while let Some((status, answer)) = ask(&url, QUERY) {
                        match status {
                            200 => assert_eq!(answer["rows"][0], *whole),
                            503 => {}
                            other => panic!("{other}: {answer}"),
                        }
                        answers += 1;
                    }
                    answers
                })
            })
            .collect();
        std::thread::park_timeout(Duration::from_millis(300));
        let begin = Instant::now();
        assert!(service.stop(), "it did not stop by itself");
        assert!(begin.elapsed() < Duration::from_secs(8), "queries held the stop up: {:?}", begin.elapsed());
        let answers: Vec<i32> = asking.into_iter().map(|asking| asking.join().unwrap()).collect();
        assert!(answers.iter().sum::<i32>() > 0, "{answers:?}");
    });
}
