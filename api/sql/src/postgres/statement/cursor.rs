//! `DECLARE` and `FETCH`.

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::{Statement, is, slice};
use crate::error::{ErrorKind, SqlError};

/// A name as Postgres takes it: in small letters, unless it stands in quotes.
pub(super) fn name(token: &TokenWithSpan) -> String {
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() => word.value.to_lowercase(),
        Token::Word(word) => word.value.clone(),
        other => other.to_string(),
    }
}

/// `DECLARE name … CURSOR [{ WITH | WITHOUT } HOLD] FOR query`, placed in `whole`.
pub(super) fn declare(words: &[&TokenWithSpan], whole: &str) -> Result<Statement, SqlError> {
    let place = words.iter().position(|token| is(token, "FOR"));
    let parts = place.and_then(|place| Some((words.get(1)?, words.get(..place)?, words.get(place + 1..)?)));
    let Some((cursor, options, [first, .., last])) = parts else {
        return Err(expected("DECLARE name CURSOR FOR query"));
    };
    let hold = options.windows(2).any(|pair| matches!(pair, [with, hold] if is(with, "WITH") && is(hold, "HOLD")));
    let query = slice(whole, first.span.start, last.span.end).to_owned();
    Ok(Statement::Declare { cursor: name(cursor), hold, query })
}

/// `FETCH [direction] [{ FROM | IN }] name`, forward.
pub(super) fn fetch(words: &[&TokenWithSpan]) -> Result<Statement, SqlError> {
    let Some((cursor, direction)) = words.get(1..).and_then(<[_]>::split_last) else {
        return Err(expected("FETCH 100 FROM name"));
    };
    let direction = match direction {
        [direction @ .., last] if is(last, "FROM") || is(last, "IN") => direction,
        direction => direction,
    };
    let count = match direction {
        [first, rest @ ..] if is(first, "FORWARD") => rest,
        direction => direction,
    };
    let rows = match count {
        [] => Some(1),
        [next] if is(next, "NEXT") => Some(1),
        [all] if is(all, "ALL") => None,
        [TokenWithSpan { token: Token::Number(number, _), .. }] => {
            Some(number.parse().map_err(|_| expected("FETCH 100 FROM name"))?)
        }
        [other, ..] => {
            let message = format!("FETCH {} is not possible: cursors only go forward", other.token);
            return Err(SqlError::new(ErrorKind::Forbidden, message));
        }
    };
    Ok(Statement::Fetch(name(cursor), rows))
}

fn expected(form: &str) -> SqlError {
    SqlError::new(ErrorKind::Invalid, format!("expected {form}"))
}
