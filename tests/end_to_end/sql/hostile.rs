//! Queries that would bring a process down.

use std::time::{Duration, Instant};

use serde_json::json;

use super::Demo;

/// F-68, F-69, F-71, F-73: each would bring down whatever runs it, or never end.
pub(super) fn hostile_queries_harm_nobody(demo: &Demo) {
    let hostile = [
        // Never ends, and never pauses.
        "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b, generate_series(1, 100000) c",
        "SELECT count(*) FROM generate_series(1, 1000000000000)",
        "SELECT count(*) FROM generate_series(1, 100000) a JOIN generate_series(1, 100000) b ON a.value % 2 = b.value % 2 \
         WHERE a.value + b.value < 0",
        // Memory that is counted, and memory that is not.
        "SELECT value FROM generate_series(1, 1000000000000) ORDER BY value DESC",
        "SELECT length(repeat('x', 2000000000))",
        "SELECT length(repeat(repeat('x', 100000), 20000))",
        "SELECT array_length(generate_series(1, 1000000000000))",
        "SELECT array_agg(value) FROM generate_series(1, 1000000000)",
        "SELECT value * 7 % 1000000007, count(*) FROM generate_series(1, 1000000000) GROUP BY 1",
    ];
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for query in hostile {
            scope.spawn(move || {
                let asked = Instant::now();
                let (status, answer) = demo.ask(query);
                assert!([413, 422, 429, 503, 400].contains(&status), "{query}: {status} {answer}");
                // In the queue, once young, once more in full.
                assert!(asked.elapsed() < Duration::from_secs(17), "{query}: {:?} {answer}", asked.elapsed());
            });
        }
        // Whoever asks little is answered all the while.
        let mut slowest = Duration::ZERO;
        while begin.elapsed() < Duration::from_secs(5) {
            let asked = Instant::now();
            let (status, answer) = demo.ask("SELECT status FROM orders WHERE order_id = '536365'");
            assert_eq!(status, 200, "{answer}");
            slowest = slowest.max(asked.elapsed());
        }
        assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    });
    let (status, _) = demo.service.try_get("/readyz").unwrap();
    assert_eq!(status, 200);
    assert_eq!(demo.rows("SELECT count(*) > 0 FROM orders"), json!([[true]]));
}

/// F-73: a process that is ended costs whoever has it ended more time than others.
pub(super) fn whoever_ends_processes_waits(demo: &Demo) {
    const CLIENTS: usize = 8;
    const SPELL: Duration = Duration::from_secs(5);
    let begin = Instant::now();
    let ended: usize = std::thread::scope(|scope| {
        let torment = || {
            let mut ended = 0;
            while begin.elapsed() < SPELL {
                let (status, answer) = demo.ask("SELECT length(repeat(repeat('x', 100000), 20000))");
                assert!([413, 422, 429, 503].contains(&status), "{status} {answer}");
                ended += 1;
            }
            ended
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(torment)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    // A few at once, then two a second, and the last of each client.
    assert!(ended <= 4 + 2 * SPELL.as_secs() as usize + CLIENTS, "{ended} processes were ended");
    assert_eq!(demo.rows("SELECT count(*) > 0 FROM orders"), json!([[true]]));
}
