//! Which row and column a customer and a product have.

use tillstream_models::{
    interactions::{Ids, InteractionsError},
    learned::LearnedModel,
};

/// Names of rows and columns. They only ever grow, so that a model goes on from the one before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbering {
    /// Customers.
    pub users: Ids,
    /// Products.
    pub items: Ids,
}

impl Numbering {
    /// Goes on from a published model.
    #[must_use]
    pub fn of(model: &LearnedModel) -> Self {
        Self { users: model.users().clone(), items: model.items().clone() }
    }

    /// The row of a customer, a new one if need be.
    ///
    /// # Errors
    /// [`InteractionsError::TooMany`].
    pub fn user(&mut self, id: &str) -> Result<u32, InteractionsError> {
        number(&mut self.users, "user", id)
    }

    /// The column of a product, a new one if need be.
    ///
    /// # Errors
    /// [`InteractionsError::TooMany`].
    pub fn item(&mut self, id: &str) -> Result<u32, InteractionsError> {
        number(&mut self.items, "item", id)
    }
}

fn number(ids: &mut Ids, what: &'static str, id: &str) -> Result<u32, InteractionsError> {
    let count = ids.len();
    ids.intern(id).ok_or(InteractionsError::TooMany { what, count })
}
