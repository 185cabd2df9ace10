//! The file's country names as ISO 3166-1 alpha-2 codes.

use tillstream_models::events::Country;

/// Sorted by name. Four names are not countries of the ISO list:
///
/// - `Channel Islands`: Jersey and Guernsey have a code each; Jersey, the larger, stands for both.
/// - `European Community`: `EU`, which ISO reserves for it.
/// - `RSA` is South Africa and `EIRE` Ireland, by their own names.
/// - `Unspecified`: `ZZ`, the unknown country.
const CODES: [(&str, &str); 38] = [
    ("Australia", "AU"),
    ("Austria", "AT"),
    ("Bahrain", "BH"),
    ("Belgium", "BE"),
    ("Brazil", "BR"),
    ("Canada", "CA"),
    ("Channel Islands", "JE"),
    ("Cyprus", "CY"),
    ("Czech Republic", "CZ"),
    ("Denmark", "DK"),
    ("EIRE", "IE"),
    ("European Community", "EU"),
    ("Finland", "FI"),
    ("France", "FR"),
    ("Germany", "DE"),
    ("Greece", "GR"),
    ("Hong Kong", "HK"),
    ("Iceland", "IS"),
    ("Israel", "IL"),
    ("Italy", "IT"),
    ("Japan", "JP"),
    ("Lebanon", "LB"),
    ("Lithuania", "LT"),
    ("Malta", "MT"),
    ("Netherlands", "NL"),
    ("Norway", "NO"),
    ("Poland", "PL"),
    ("Portugal", "PT"),
    ("RSA", "ZA"),
    ("Saudi Arabia", "SA"),
    ("Singapore", "SG"),
    ("Spain", "ES"),
    ("Sweden", "SE"),
    ("Switzerland", "CH"),
    ("USA", "US"),
    ("United Arab Emirates", "AE"),
    ("United Kingdom", "GB"),
    ("Unspecified", "ZZ"),
];

/// The code of a country's name; `None` for a name that the data set does not have.
pub(super) fn country(name: &str) -> Option<Country> {
    let at = CODES.binary_search_by_key(&name, |(known, _)| known).ok()?;
    CODES.get(at)?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_own_code() {
        assert!(CODES.is_sorted());
        let mut codes: Vec<_> = CODES.iter().filter_map(|(name, _)| country(name)).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), CODES.len());
        assert_eq!(country("Unspecified"), Some(Country::UNKNOWN));
        assert_eq!(country("united kingdom"), None);
    }
}
