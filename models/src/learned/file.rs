//! Published models as bytes: the length of a JSON header (eight bytes, little endian), the header, the factors as
//! safetensors.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{Card, Demand, LearnedError, LearnedModel};
use crate::{als::AlsModel, interactions::Ids};

/// Version of the layout; a reader refuses any other.
pub const FORMAT_VERSION: u32 = 1;

/// Read before anything else of the header.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Versioned {
    format_version: u32,
    #[serde(flatten)]
    _rest: IgnoredAny,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeaderOut<'a> {
    format_version: u32,
    card: &'a Card,
    users: &'a [String],
    items: &'a [String],
    demand: &'a Demand,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeaderIn {
    card: Card,
    users: Vec<String>,
    items: Vec<String>,
    demand: Demand,
}

impl LearnedModel {
    /// The model as bytes, the same for the same model.
    ///
    /// # Errors
    /// [`LearnedError::Factors`] if a factor is no finite number: such a model is never published.
    pub fn to_bytes(&self) -> Result<Vec<u8>, LearnedError> {
        let header = serde_json::to_vec(&HeaderOut {
            format_version: FORMAT_VERSION,
            card: self.card(),
            users: self.users().names(),
            items: self.items().names(),
            demand: self.demand(),
        })?;
        let factors = self.als().to_bytes()?;
        Ok([&(header.len() as u64).to_le_bytes(), header.as_slice(), factors.as_slice()].concat())
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`LearnedError`]: cut short, of another version, not as many names as rows, unusable factors.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LearnedError> {
        let short = || LearnedError::Short { found: bytes.len() };
        let (length, rest) = bytes.split_first_chunk().ok_or_else(short)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| short())?;
        let (header, factors) = rest.split_at_checked(length).ok_or_else(short)?;
        let found = serde_json::from_slice::<Versioned>(header)?.format_version;
        if found != FORMAT_VERSION {
            return Err(LearnedError::Version { found });
        }
        let HeaderIn { card, users, items, demand } = serde_json::from_slice(header)?;
        let model = AlsModel::from_bytes(factors)?;
        Self::new(card, Ids::from_names(&users), Ids::from_names(&items), demand, model)
    }
}
