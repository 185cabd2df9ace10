//! Which queries are known to take long, or to end their process.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

/// So many of them are remembered, those that were seen last.
const REMEMBERED: usize = 512;

/// Remembers queries by their text, whatever values are in it. A dashboard asks the same ones again and again, and so does somebody in a loop: there is no
/// need to find out each time, at the cost of a process, that one does not belong among the young.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Seeded, so that nobody can choose texts that are taken for others'.
    hasher: RandomState,
    /// The latest at the back. std's lock: held for a walk over a few kilobytes.
    heavy: Mutex<VecDeque<u64>>,
}

impl Known {
    /// Whether the query was heavy when it ran last.
    pub(super) fn is_heavy(&self, query: &str) -> bool {
        let query = self.fingerprint(query);
        self.heavy.lock().unwrap_or_else(PoisonError::into_inner).contains(&query)
    }

    /// Notes how it was.
    pub(super) fn note(&self, query: &str, is_heavy: bool) {
        let query = self.fingerprint(query);
        let mut heavy = self.heavy.lock().unwrap_or_else(PoisonError::into_inner);
        heavy.retain(|known| *known != query);
        if is_heavy {
            if heavy.len() == REMEMBERED {
                heavy.pop_front();
            }
            heavy.push_back(query);
        }
    }

    /// The same for queries that differ in their values, spaces and comments only: a dashboard asks for another day each day.
    fn fingerprint(&self, query: &str) -> u64 {
        let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, query).tokenize() else {
            return self.hasher.hash_one(query);
        };
        let mut hasher = self.hasher.build_hasher();
        for token in tokens {
            match token {
                Token::Whitespace(_) => {}
                Token::Number(..) | Token::SingleQuotedString(_) => hasher.write_u8(0),
                other => other.hash(&mut hasher),
            }
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heavy_query_is_known_until_it_has_become_light_or_many_others_came() {
        let known = Known::default();
        known.note("a", true);
        known.note("b", true);
        known.note("a", false);
        assert_eq!(["a", "b", "c"].map(|query| known.is_heavy(query)), [false, true, false]);
        (0..REMEMBERED).for_each(|other| known.note(&format!("c{other}"), true));
        assert!(!known.is_heavy("b") && known.is_heavy("c0") && known.is_heavy("c511"));
    }

    #[test]
    fn values_and_comments_make_no_other_query() {
        let known = Known::default();
        known.note("SELECT a FROM t WHERE b > 1 AND c = 'x'", true);
        assert!(known.is_heavy("SELECT a\n FROM t /* again */ WHERE b > 22 AND c = 'it''s' -- 7"));
        assert!(!known.is_heavy("SELECT a FROM u WHERE b > 1 AND c = 'x'"));
        assert!(!known.is_heavy("SELECT a FROM t WHERE b > 1 AND c = 'x"));
    }
}
