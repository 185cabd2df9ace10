//! Which queries are known to take long, or to end their process.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

/// So many of them are remembered, those that were seen last.
const REMEMBERED: usize = 512;

/// What queries have in common that differ in their values only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape(u64);

/// Remembers queries by their text, whatever values are in it. A dashboard asks the same ones again and again, and so does
/// somebody in a loop: there is no need to find out each time, at the cost of a process, that one does not belong among the young.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Seeded, so that nobody can choose texts that are taken for others'.
    hasher: RandomState,
    /// The latest at the back. std's lock: held for a walk over a few kilobytes.
    heavy: Mutex<VecDeque<Shape>>,
}

impl Known {
    /// The same for queries that differ in their values, spaces and comments only: a dashboard asks for another day each day.
    pub(super) fn shape(&self, query: &str) -> Shape {
        let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, query).tokenize() else {
            return Shape(self.hasher.hash_one(query));
        };
        let mut hasher = self.hasher.build_hasher();
        for token in tokens {
            match token {
                Token::Whitespace(_) => {}
                Token::Number(..) | Token::SingleQuotedString(_) => hasher.write_u8(0),
                other => other.hash(&mut hasher),
            }
        }
        Shape(hasher.finish())
    }

    /// Whether a query of this shape was heavy when it ran last.
    pub(super) fn is_heavy(&self, shape: Shape) -> bool {
        self.heavy().contains(&shape)
    }

    /// Notes how it was.
    pub(super) fn note(&self, shape: Shape, is_heavy: bool) {
        let mut heavy = self.heavy();
        heavy.retain(|known| *known != shape);
        if is_heavy {
            if heavy.len() == REMEMBERED {
                heavy.pop_front();
            }
            heavy.push_back(shape);
        }
    }

    fn heavy(&self) -> MutexGuard<'_, VecDeque<Shape>> {
        self.heavy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(known: &Known, query: &str, is_heavy: bool) {
        known.note(known.shape(query), is_heavy);
    }

    fn is_heavy(known: &Known, query: &str) -> bool {
        known.is_heavy(known.shape(query))
    }

    #[test]
    fn a_heavy_query_is_known_until_it_has_become_light_or_many_others_came() {
        let known = Known::default();
        note(&known, "a", true);
        note(&known, "b", true);
        note(&known, "a", false);
        assert_eq!(["a", "b", "c"].map(|query| is_heavy(&known, query)), [false, true, false]);
        (0..REMEMBERED).for_each(|other| note(&known, &format!("c{other}"), true));
        assert!(!is_heavy(&known, "b") && is_heavy(&known, "c0") && is_heavy(&known, "c511"));
    }

    #[test]
    fn values_and_comments_make_no_other_query() {
        let known = Known::default();
        note(&known, "SELECT a FROM t WHERE b > 1 AND c = 'x'", true);
        assert!(is_heavy(&known, "SELECT a\n FROM t /* again */ WHERE b > 22 AND c = 'it''s' -- 7"));
        assert!(!is_heavy(&known, "SELECT a FROM u WHERE b > 1 AND c = 'x'"));
        assert!(!is_heavy(&known, "SELECT a FROM t WHERE b > 1 AND c = 'x"));
    }
}
