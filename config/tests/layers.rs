//! What each layer does, which one wins, and what is said about faults.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write as _;

use tempfile::NamedTempFile;
use tillstream_config::{Bytes, Config, FaultKind, Faults, Fsync, Loaded, Millis, Origin, Origins, Retention};

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn env(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    variables.iter().map(owned).collect()
}

fn flags(overrides: &[&str]) -> Result<Loaded, Faults> {
    Config::load(None, [], overrides)
}

/// Key and kind of each fault.
fn kinds(faults: &Faults) -> Vec<(&str, FaultKind)> {
    faults.iter().map(|f| (f.key.as_str(), f.kind)).collect()
}

#[test]
fn without_layers_all_is_default() {
    let loaded = Config::load(None, [], [] as [&str; 0]).unwrap();
    assert_eq!(loaded.config, Config::default());
    assert_eq!(loaded.origins, Origins::default());
}

#[test]
fn each_layer_wins_over_the_one_before() {
    let file = file("[streams]\nthreads = 3\npoll = \"50 ms\"\n\n[shop]\nsaga_timeout = \"20 min\"\n");
    let env = env(&[
        ("TILLSTREAM__STREAMS__THREADS", "4"),
        ("TILLSTREAM__STREAMS__POLL", "60 ms"),
        ("PATH", "/bin"),
        ("TILLSTREAM_CONFIG", "not ours"),
    ]);
    let loaded = Config::load(Some(file.path()), env, ["streams.threads=5"]).unwrap();
    let Config { streams, shop, .. } = &loaded.config;
    assert_eq!(streams.commit_interval, Millis::new(100));
    assert_eq!(shop.saga_timeout, Millis::minutes(20));
    assert_eq!(streams.poll, Millis::new(60));
    assert_eq!(streams.threads, 5);

    let origin = |key| loaded.origins.of(key).clone();
    let path = file.path().to_owned();
    assert_eq!(origin("streams.commit_interval"), Origin::Default);
    assert_eq!(origin("shop.saga_timeout"), Origin::File { path, line: 6 });
    let name = "TILLSTREAM__STREAMS__POLL".to_owned();
    assert_eq!(origin("streams.poll"), Origin::Environment(name));
    assert_eq!(origin("streams.threads"), Origin::Flag);
}

#[test]
fn of_two_flags_the_later_wins() {
    let loaded = flags(&["streams.threads=5", "streams.threads=6"]).unwrap();
    assert_eq!(loaded.config.streams.threads, 6);
}

#[test]
fn text_takes_the_type_of_its_key() {
    let config = flags(&[
        "application.id=2026",
        "application.replay=true",
        "log.fsync=never",
        "log.topic_retention={ user-activity = \"90 d\", orders = \"forever\" }",
        "state.memory=300000000",
        "simulate.rate=5",
        "simulate.late_share = 0.5",
        "http.listen=[::1]:0",
        "streams.commit_interval=\"200 ms\"",
    ])
    .unwrap()
    .config;
    assert_eq!(config.application.id, "2026");
    assert!(config.application.replay);
    assert_eq!(config.log.fsync, Fsync::Never);
    let activity = config.log.retention_of("user-activity");
    assert_eq!(activity, Retention::For(Millis::days(90)));
    assert_eq!(config.log.retention_of("orders"), Retention::Forever);
    assert_eq!(config.state.memory, Bytes::new(300_000_000));
    assert!((config.simulate.rate - 5.0).abs() < f64::EPSILON);
    assert!((config.simulate.late_share - 0.5).abs() < f64::EPSILON);
    assert_eq!(config.http.listen.to_string(), "[::1]:0");
    assert_eq!(config.streams.commit_interval, Millis::new(200));
}

#[test]
fn every_kind_of_fault_is_told_at_once() {
    let file = file(
        "[streams]\nthread = 3\npoll = \"soon\"\ncommit_interval = 100\n\n[log]\npartitions = 0\n\
         fsync = \"always\"\n\n[http]\nlisten = \"here\"\n",
    );
    let env = env(&[
        ("TILLSTREAM__STATE__IN_MEMORY", "maybe"),
        ("TILLSTREAM__SHOP__REVENUE_GRACE", "10 min"),
        ("TILLSTREAM__TOPICS__ORDERS", "payments"),
    ]);
    let overrides = ["simulate.late_share=nan", "threads", "application.id=my shop"];
    let faults = Config::load(Some(file.path()), env, overrides).unwrap_err();
    assert_eq!(
        kinds(&faults),
        [
            ("streams.thread", FaultKind::UnknownKey),
            ("streams.poll", FaultKind::WrongType),
            ("streams.commit_interval", FaultKind::WrongType),
            ("log.fsync", FaultKind::WrongType),
            ("http.listen", FaultKind::WrongType),
            ("state.in_memory", FaultKind::WrongType),
            ("", FaultKind::Syntax),
            ("application.id", FaultKind::OutOfRange),
            ("log.partitions", FaultKind::OutOfRange),
            ("topics.payments", FaultKind::Contradiction),
            ("shop.revenue_grace", FaultKind::Contradiction),
            ("simulate.late_share", FaultKind::OutOfRange),
        ]
    );
    let text = faults.to_string();
    assert_eq!(text.lines().count(), faults.len(), "one line each:\n{text}");
}

#[test]
fn a_fault_names_key_value_origin_and_what_to_do() {
    let file = file("[streams]\nthread = 3\n");
    let env = env(&[("TILLSTREAM__SHOP__REVENUE_GRACE", "10 min")]);
    let overrides = ["log.partitions=0", "streams.poll=5"];
    let text = Config::load(Some(file.path()), env, overrides).unwrap_err().to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[0],
        format!(
            "streams.thread = 3 ({}:2): there is no such key; did you mean streams.threads?",
            file.path().display()
        )
    );
    assert_eq!(
        lines[1..],
        [
            "streams.poll = \"5\" (flag): the unit is missing (one of ms, s, min, h, d); \
             write it like the default, \"100 ms\"",
            "log.partitions = 0 (flag): out of range; set it between 1 and 1024",
            "shop.revenue_grace = \"10 min\" (environment TILLSTREAM__SHOP__REVENUE_GRACE): \
             less than shop.saga_timeout = \"30 min\" (default), but an order cancelled by time-out must still \
             find the window it was counted in; raise shop.revenue_grace or lower shop.saga_timeout",
        ]
    );
}

#[test]
fn every_contradiction_is_found() {
    let faults = flags(&[
        "log.max_record_bytes=16 MiB",
        "streams.commit_interval=1 min",
        "shop.saga_timeout=2 h",
        "shop.event_retention=1 h",
        "shop.revenue_grace=90 min",
        "topics.models=orders",
    ])
    .unwrap_err();
    let both = |fault: &tillstream_config::Fault| {
        assert_eq!(fault.kind, FaultKind::Contradiction, "{fault}");
        fault.key.clone()
    };
    let keys: Vec<_> = faults.iter().map(both).collect();
    assert_eq!(
        keys,
        [
            "topics.models",
            "streams.sender_idle_timeout",
            "shop.revenue_grace",
            "shop.event_retention",
            "shop.event_retention",
            "http.body_limit",
            "streams.fetch_max_bytes",
        ]
    );
}

#[test]
fn syntax_errors_do_not_hide_the_other_layers() {
    let file = file("[streams]\nthreads = \npoll = = 1\n");
    let faults = Config::load(Some(file.path()), [], ["log.partitions=0"]).unwrap_err();
    let lines: Vec<_> = faults
        .iter()
        .filter_map(|fault| match &fault.origin {
            Origin::File { line, .. } => Some(*line),
            _ => None,
        })
        .collect();
    assert!(lines.contains(&2) && lines.contains(&3), "{faults}");
    assert!(kinds(&faults).contains(&("log.partitions", FaultKind::OutOfRange)));
}

#[test]
fn a_missing_file_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent.toml");
    let faults = Config::load(Some(&path), [], ["a.b=1"]).unwrap_err();
    assert_eq!(kinds(&faults), [("", FaultKind::Unreadable), ("a.b", FaultKind::UnknownKey)]);
    assert!(faults.to_string().contains("absent.toml"));
}

#[test]
fn a_file_too_large_is_a_fault() {
    let file = file(&"# padding\n".repeat(200_000));
    let faults = Config::load(Some(file.path()), [], [] as [&str; 0]).unwrap_err();
    assert_eq!(kinds(&faults), [("", FaultKind::Unreadable)]);
}

#[test]
fn sections_and_keys_are_not_taken_for_each_other() {
    let file = file("threads = 1\nstreams = 5\n\n[empty]\n\n[http.listen]\nport = 1\n");
    let faults = Config::load(Some(file.path()), [], [] as [&str; 0]).unwrap_err();
    assert_eq!(
        kinds(&faults),
        [
            ("threads", FaultKind::UnknownKey),
            ("streams", FaultKind::UnknownKey),
            ("empty", FaultKind::UnknownKey),
            ("http.listen", FaultKind::WrongType),
        ]
    );
    let text = faults.to_string();
    assert!(text.contains("did you mean streams.threads?"), "{text}");
    assert!(text.contains("put keys under [streams]"), "{text}");
}

#[test]
fn an_empty_section_is_no_fault() {
    let file = file("[streams]\n");
    let loaded = Config::load(Some(file.path()), [], [] as [&str; 0]).unwrap();
    assert_eq!(loaded.config, Config::default());
}

#[test]
fn a_long_value_is_cut_short() {
    let faults = flags(&[&format!("log.fsync={}", "x".repeat(10_000))]).unwrap_err();
    assert!(faults.iter().next().unwrap().value.len() < 200);
}

#[test]
fn the_print_tells_origins_and_loads_again() {
    let before =
        flags(&["streams.threads=5", "simulate.rate=0.25", "log.topic_retention={ user-activity = \"90 d\" }"])
            .unwrap();
    let text = before.print();
    assert!(text.contains("\nthreads = 5  # flag\n"), "{text}");
    assert!(text.contains("\npoll = \"100 ms\"  # default\n"), "{text}");
    assert!(text.starts_with("[application]\nid = \"tillstream\"  # default\n"));

    let file = file(&text);
    let after = Config::load(Some(file.path()), [], [] as [&str; 0]).unwrap();
    assert_eq!(after.config, before.config);
}

#[test]
fn a_change_in_code_is_checked_too() {
    let mut loaded = flags(&["shop.saga_timeout=30 min"]).unwrap();
    loaded.config.check(&loaded.origins).unwrap();
    loaded.config.shop.revenue_grace = Millis::minutes(1);
    let faults = loaded.config.check(&loaded.origins).unwrap_err();
    assert_eq!(kinds(&faults), [("shop.revenue_grace", FaultKind::Contradiction)]);
}
