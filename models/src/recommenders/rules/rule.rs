//! Whether an item may be shown.

use super::ItemSet;

/// Decides about single items; all rules of a [`Shortlist`](super::Shortlist) must agree. Any function of an item is
/// one, such as a look at live stock: `let in_stock = |item: u32| stock.contains(item);`.
pub trait Rule {
    /// Whether the item may be shown.
    fn allows(&self, item: u32) -> bool;
}

impl<F: Fn(u32) -> bool> Rule for F {
    fn allows(&self, item: u32) -> bool {
        self(item)
    }
}

/// Nothing the customer has, except what is used up and bought again.
#[derive(Debug, Clone, Copy)]
pub struct ExcludeBought<'a> {
    /// What the customer has, ascending.
    pub bought: &'a [u32],
    /// What may be shown all the same.
    pub replenishable: &'a ItemSet,
}

impl Rule for ExcludeBought<'_> {
    fn allows(&self, item: u32) -> bool {
        self.bought.binary_search(&item).is_err() || self.replenishable.contains(item)
    }
}
