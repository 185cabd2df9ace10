use super::*;

fn encode<T>(serde: &SharedSerde<T>, value: &T) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    serde.serialize(value, &mut out).unwrap().then_some(out)
}

#[test]
fn bytes_are_those_of_kafka() {
    assert_eq!(encode(&i64_be(), &258).unwrap(), [0, 0, 0, 0, 0, 0, 1, 2]);
    assert_eq!(encode(&i32_be(), &-1).unwrap(), [255; 4]);
    assert_eq!(encode(&utf8(), &"ä".to_owned()).unwrap(), [0xc3, 0xa4]);
    assert_eq!(encode(&json(), &vec![1_u8, 2]).unwrap(), b"[1,2]");
    assert_eq!(encode(&unit(), &()).unwrap(), b"");
    assert_eq!(encode(&nullable(u64_be()), &None), None);
}

#[test]
fn windowed_keys_end_in_the_start_and_sessions_in_end_and_start() {
    let key = Windowed { key: "k".to_owned(), window: Window { start: 1, end: 11 } };
    let time = time_windowed(utf8(), 10);
    let bytes = encode(&time, &key).unwrap();
    assert_eq!(bytes, b"k\0\0\0\0\0\0\0\x01");
    assert_eq!(time.deserialize(Some(&bytes)).unwrap(), key);

    let session = session_windowed(utf8());
    let bytes = encode(&session, &key).unwrap();
    assert_eq!(bytes, b"k\0\0\0\0\0\0\0\x0b\0\0\0\0\0\0\0\x01");
    assert_eq!(session.deserialize(Some(&bytes)).unwrap(), key);

    let unlimited = time_windowed(utf8(), i64::MAX);
    assert_eq!(unlimited.deserialize(Some(b"k\0\0\0\0\0\0\0\x01")).unwrap().window.end, i64::MAX);
    assert_eq!(unlimited.deserialize(Some(b"short")).unwrap_err().class(), "wrong_length");
    assert_eq!(encode(&time_windowed(nullable(utf8()), 1), &Windowed { key: None, window: key.window }), None);
}

#[test]
fn what_is_not_a_value_has_a_stable_class() {
    assert_eq!(json::<u8>().deserialize(None).unwrap_err().class(), "null_value");
    assert_eq!(json::<u8>().deserialize(Some(b"300")).unwrap_err().class(), "invalid_json");
    assert_eq!(utf8().deserialize(Some(&[0xff])).unwrap_err().class(), "invalid_utf8");
    assert_eq!(i64_be().deserialize(Some(&[1])).unwrap_err().class(), "wrong_length");
    assert_eq!(nullable(json::<u8>()).deserialize(None).unwrap(), None);
    assert!(nullable(json::<u8>()).is_null(&None) && !json::<u8>().is_null(&1));
}
