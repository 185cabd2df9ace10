//! Files of pairs and negatives.

use std::io::Write;

use super::super::{
    Pair, PairsError,
    negatives::{Negatives, read_negatives},
    pairs::parse_pairs,
    read_pairs,
};
use crate::interactions::Ids;

fn parse(text: &str) -> Result<Vec<Pair>, PairsError> {
    parse_pairs("pairs.csv", text.as_bytes(), &mut Ids::default(), &mut Ids::default())
}

#[test]
fn commas_or_tabs_with_or_without_heading_weight_and_time() {
    let pair = |user, item, weight, at_ms| Pair { user, item, weight, at_ms };
    let text =
        "user,item,weight,timestamp\nann,cup\nbob,cup,2.5\r\n\nann, mug ,,1322839800\nbob,mug,-1,1322839800123\n";
    let expected = [
        pair(0, 0, 1.0, None),
        pair(1, 0, 2.5, None),
        pair(0, 1, 1.0, Some(1_322_839_800_000)),
        pair(1, 1, -1.0, Some(1_322_839_800_123)),
    ];
    assert_eq!(parse(text).unwrap(), expected);
    assert_eq!(parse("a,b\tc\t1\t2011-12-02T15:30:00Z\n").unwrap(), [pair(0, 0, 1.0, Some(1_322_839_800_000))]);
    assert_eq!(parse("user1,item1\nuser2,item1").unwrap().len(), 2, "names that begin with `user` are no heading");
    assert!(parse("").unwrap().is_empty());
}

#[test]
fn a_bad_line_is_named() {
    for (text, line, problem) in [
        ("a,b\na\n", 2, "no item"),
        ("a,b\n,b\n", 2, "no user"),
        ("a,b,many\n", 1, "weight `many` is not a number"),
        ("a,b,NaN\n", 1, "weight `NaN` is not a number"),
        ("a,b\na,b,1,soon\n", 2, "timestamp `soon`"),
        ("a,b,1,2,3\n", 1, "more than four fields"),
    ] {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("pairs.csv, line {line}: {problem}")), "{error}");
    }
    let long = format!("a,{}\n", "b".repeat(100_000));
    assert!(parse(&long).unwrap_err().to_string().contains("over 65536 bytes"));
    let bytes = parse_pairs("x", &b"a,\xff\n"[..], &mut Ids::default(), &mut Ids::default());
    assert!(bytes.unwrap_err().to_string().contains("not UTF-8"));
}

#[test]
fn files_may_be_zipped_or_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pairs.tsv.gz");
    let mut zipped = flate2::write::GzEncoder::new(std::fs::File::create(&path).unwrap(), flate2::Compression::fast());
    zipped.write_all(b"1\t2\n1\t3\n").unwrap();
    zipped.finish().unwrap();
    let (mut users, mut items) = (Ids::default(), Ids::default());
    assert_eq!(read_pairs(&path, &mut users, &mut items).unwrap().len(), 2);
    assert_eq!((users.names().len(), items.name(1)), (1, Some("3")));
    let missing = read_pairs(&folder.path().join("none.csv"), &mut users, &mut items).unwrap_err();
    assert!(missing.to_string().starts_with("cannot read ") && missing.to_string().contains("none.csv"));
}

#[test]
fn negatives_come_by_pair_or_by_user() {
    let (mut users, mut items) = (Ids::default(), Ids::default());
    users.intern("7");
    for item in ["10", "11", "12"] {
        items.intern(item);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("negatives");
    std::fs::write(&path, "(7,10)\t11\t12\t99\n7\t12\n(8,10)\t11\n").unwrap();
    let read = read_negatives(&path, &users, &items).unwrap();
    let line = |held_out, items| Negatives { user: 0, held_out, items };
    assert_eq!(read, [line(Some(0), vec![1, 2]), line(None, vec![2])]);
    std::fs::write(&path, "7\n").unwrap();
    assert!(read_negatives(&path, &users, &items).is_err());
}
