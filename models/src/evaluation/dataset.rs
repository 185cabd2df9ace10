//! The files of an evaluation, read.

use std::{collections::BTreeMap, path::PathBuf};

use super::{
    EvaluationError, Pair, Training,
    negatives::{Negatives, read_negatives},
    pairs::{parse_pairs, read_pairs},
};
use crate::interactions::{Confidence, Ids};

/// Where the data is; the format is that of [`read_pairs`].
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// What models learn from.
    pub train: PathBuf,
    /// What they are to find.
    pub test: PathBuf,
    /// Histories of test users that are not in the training data.
    pub fold_in: Option<PathBuf>,
    /// For sampled ranking: lines of `(user,item)` or `user`, then the negatives, with tabs.
    pub negatives: Option<PathBuf>,
}

/// Training data and held-out pairs with common numbers for users and items: those of the training data come first.
#[derive(Debug, Clone)]
pub struct Dataset {
    pub(super) users: Ids,
    pub(super) items: Ids,
    pub(super) training: Training,
    pub(super) fold_in: Option<Vec<Pair>>,
    /// Held-out items of each user, ascending.
    pub(super) held_out: BTreeMap<u32, Vec<u32>>,
    pub(super) negatives: Option<Vec<Negatives>>,
}

impl Dataset {
    /// Reads all files; timed pairs fade as `confidence` says.
    ///
    /// # Errors
    /// If a file cannot be read, a line is not what it should be, or the training data is unusable.
    pub fn read(files: &Files, confidence: &Confidence) -> Result<Self, EvaluationError> {
        let (mut users, mut items) = (Ids::default(), Ids::default());
        let train = read_pairs(&files.train, &mut users, &mut items)?;
        let training = Training::new(users.len(), items.len(), &train, confidence)?;
        let fold_in = files.fold_in.as_ref().map(|path| read_pairs(path, &mut users, &mut items)).transpose()?;
        let test = read_pairs(&files.test, &mut users, &mut items)?;
        let negatives = files.negatives.as_ref().map(|path| read_negatives(path, &users, &items)).transpose()?;
        Ok(Self { users, items, training, fold_in, held_out: by_user(&test), negatives })
    }

    /// The same from the text of files, with default confidence.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_text(train: &str, test: &str, fold_in: Option<&str>) -> Result<Self, EvaluationError> {
        let (mut users, mut items) = (Ids::default(), Ids::default());
        let mut parse = |name, text: &str| parse_pairs(name, text.as_bytes(), &mut users, &mut items);
        let train = parse("train", train)?;
        let fold_in = fold_in.map(|text| parse("fold-in", text)).transpose()?;
        let test = parse("test", test)?;
        let known = |number: fn(&Pair) -> u32| train.iter().map(number).max().map_or(0, |most| most as usize + 1);
        let (known_users, known_items) = (known(|pair| pair.user), known(|pair| pair.item));
        let training = Training::new(known_users, known_items, &train, &Confidence::default())?;
        Ok(Self { users, items, training, fold_in, held_out: by_user(&test), negatives: None })
    }

    /// What models learn from.
    #[must_use]
    pub fn training(&self) -> &Training {
        &self.training
    }

    /// Names of all users.
    #[must_use]
    pub fn users(&self) -> &Ids {
        &self.users
    }

    /// Names of all items.
    #[must_use]
    pub fn items(&self) -> &Ids {
        &self.items
    }
}

fn by_user(pairs: &[Pair]) -> BTreeMap<u32, Vec<u32>> {
    let mut held_out: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| pair.weight > 0.0) {
        held_out.entry(pair.user).or_default().push(pair.item);
    }
    for items in held_out.values_mut() {
        items.sort_unstable();
        items.dedup();
    }
    held_out
}
