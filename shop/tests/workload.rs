//! The benchmark's events are those of the Java generator, byte for byte.

use tillstream_models::events::payload_hash;
use tillstream_shop::ShopRecord;
use tillstream_shop::workload::{Set, Workload};

/// The record as the Java generator writes it to a file.
fn line(record: &ShopRecord) -> String {
    let ShopRecord { topic, key, timestamp, value } = record;
    let value = String::from_utf8_lossy(value);
    format!("{{\"topic\":\"{topic}\",\"key\":\"{key}\",\"ts\":{timestamp},\"value\":{value}}}\n")
}

/// Length and hash of the files that the Java generator wrote for 20,000 orders or activities
/// (Java 17, seed 42).
#[test]
fn same_bytes_as_java() {
    for (name, length, hash) in [
        ("commerce", 21_566_335, 0xFEB3_3037_2429_11C0),
        ("big", 7_835_445, 0x0A58_E3C0_CB71_69F6),
        ("activity", 3_386_177, 0xD38B_2A1F_D90E_D47A),
        ("wide", 3_306_168, 0xB44B_E3F3_9546_5632),
    ] {
        let set: Set = name.parse().unwrap_or_else(|error| panic!("{error}"));
        let file: String = Workload::new(set, 20_000).map(|record| line(&record)).collect();
        assert_eq!((file.len(), payload_hash(file.as_bytes())), (length, hash), "{name}");
    }
}

#[test]
fn counts_of_the_published_runs() {
    let (mut orders, mut payments, mut inventory) = (0, 0, 0);
    for record in Workload::new(Set::Commerce, 400_000) {
        match record.topic {
            "orders" => orders += 1,
            "payments" => payments += 1,
            _ => inventory += 1,
        }
    }
    assert_eq!((orders, payments, inventory), (400_000, 400_000, 1_226_663));
}

#[test]
fn nothing_for_nothing() {
    assert_eq!(Workload::new(Set::Commerce, 0).count(), 0);
    assert_eq!(Workload::new(Set::Wide, 0).count(), 0);
    assert!("everything".parse::<Set>().is_err());
}
