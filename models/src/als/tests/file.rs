//! Saved, loaded, refused.

use super::{super::*, checked, crowd_matrix};

fn model() -> AlsModel {
    checked(AlsModel::params().factors(6).sweeps(2)).train(&crowd_matrix(), |_| true)
}

#[test]
fn a_model_survives_its_file() {
    let bytes = model().to_bytes().unwrap();
    let loaded = AlsModel::from_bytes(&bytes).unwrap();
    assert_eq!(loaded, model());
    assert!(loaded.to_bytes().unwrap() == bytes, "the same model, the same bytes");
}

#[test]
fn other_versions_cut_files_and_shapes_are_refused() {
    let bytes = model().to_bytes().unwrap();
    let edited = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        let mut edited = bytes.clone();
        edited[at..at + to.len()].copy_from_slice(to.as_bytes());
        AlsModel::from_bytes(&edited).unwrap_err()
    };
    assert!(matches!(edited(r#"version\":1"#, r#"version\":2"#), FileError::Version { found: 2 }));
    assert!(matches!(edited("tillstream_als", "tillstream_nmf"), FileError::Foreign));
    assert!(matches!(edited(r#"factors\":6"#, r#"factors\":5"#), FileError::Shape { .. }));
    assert!(matches!(edited(r#"factors\":6"#, r#"factors\":0"#), FileError::Range(_)));
    assert!(matches!(AlsModel::from_bytes(&bytes[..bytes.len() - 1]).unwrap_err(), FileError::Container(_)));
    assert!(AlsModel::from_bytes(b"").is_err());
}

#[test]
fn what_is_not_a_number_is_neither_written_nor_read() {
    let mut spoilt = model();
    spoilt.items.row_mut(2)[1] = f32::NAN;
    assert!(matches!(spoilt.to_bytes(), Err(FileError::NotFinite { tensor: "item_factors", row: 2, .. })));
    assert!(!spoilt.health().finite);
    let mut bytes = model().to_bytes().unwrap();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    assert!(matches!(AlsModel::from_bytes(&bytes), Err(FileError::NotFinite { .. })));
}

#[test]
fn other_tools_get_text() {
    let mut text = Vec::new();
    let factors = crate::Factors::from_dense(2, &[1.0, -0.5, 0.25, 3.0]).unwrap();
    factors.write_word2vec(&["white mug".to_owned()], &mut text).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), "2 2\nwhite_mug 1 -0.5\n1 0.25 3\n");
}
