//! Files of sampled negatives.

use std::path::Path;

use super::{
    PairsError,
    pairs::{each_line, open},
};
use crate::interactions::Ids;

/// The items one held-out item is ranked among.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Negatives {
    pub(super) user: u32,
    /// The held-out item; `None` if the file gives negatives for a user, whatever is held out.
    pub(super) held_out: Option<u32>,
    pub(super) items: Vec<u32>,
}

/// Reads lines of tab-separated fields: `(user,item)` or `user`, then the negatives. The first form is that of the
/// published NCF splits. Users and items the other files do not know are passed over.
pub(super) fn read_negatives(path: &Path, users: &Ids, items: &Ids) -> Result<Vec<Negatives>, PairsError> {
    let mut negatives = Vec::new();
    each_line(&path.display().to_string(), &mut open(path)?, |_, text| {
        negatives.extend(parse(text, users, items)?);
        Ok(())
    })?;
    Ok(negatives)
}

fn parse(text: &str, users: &Ids, items: &Ids) -> Result<Option<Negatives>, String> {
    let mut fields = text.split('\t').map(str::trim);
    let first = fields.next().unwrap_or_default();
    let (user, held_out) = match first.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(pair) => {
            let (user, item) = pair.split_once(',').ok_or_else(|| format!("`{first}` is not (user,item)"))?;
            (user.trim(), Some(item.trim()))
        }
        None => (first, None),
    };
    let items_of = fields.filter(|name| !name.is_empty()).filter_map(|name| items.get(name)).collect::<Vec<_>>();
    if text.split('\t').nth(1).is_none() {
        return Err("no negatives after the user; fields are separated by tabs".to_owned());
    }
    let known = users.get(user).zip(held_out.map_or(Some(None), |item| items.get(item).map(Some)));
    Ok(known.map(|(user, held_out)| Negatives { user, held_out, items: items_of }))
}
