//! What a query may be before it is parsed: parsing and planning go as deep as the text does, so the text is bounded first.

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use crate::error::{ErrorKind, Place, SqlError};
use crate::limits::Limits;

/// The words of a query, found without parsing it.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    text: &'a str,
    tokens: Vec<TokenWithSpan>,
}

impl<'a> Text<'a> {
    /// Splits the text into words; refuses one that is too long, has too many words or operators, or goes too deep.
    pub(crate) fn read(text: &'a str, limits: &Limits) -> Result<Self, SqlError> {
        if text.len() > limits.max_text {
            let message = format!("the query has {} bytes; at most {} are taken", text.len(), limits.max_text);
            return Err(refused(message, "sql.max_text"));
        }
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, text)
            .tokenize_with_location()
            .map_err(|error| invalid(error.message, text, error.location))?;
        let this = Self { text, tokens };
        this.check(limits)?;
        Ok(this)
    }

    fn words(&self) -> impl Iterator<Item = &TokenWithSpan> {
        self.tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF))
    }

    fn check(&self, limits: &Limits) -> Result<(), SqlError> {
        let (mut words, mut operators, mut depth, mut cases, mut ended) = (0_usize, 0_usize, 0_usize, 0_usize, false);
        for word in self.words() {
            if ended && word.token != Token::SemiColon {
                let message = "one statement at a time, please";
                return Err(SqlError::new(ErrorKind::Forbidden, message).with_place(self.place(word.span.start)));
            }
            words += 1;
            match &word.token {
                Token::SemiColon => ended = true,
                Token::LParen | Token::LBracket | Token::LBrace => depth += 1,
                Token::RParen | Token::RBracket | Token::RBrace => depth = depth.saturating_sub(1),
                Token::Word(known) if known.keyword == Keyword::CASE => cases += 1,
                Token::Word(known) if known.keyword == Keyword::END => cases = cases.saturating_sub(1),
                token => operators += usize::from(is_operator(token)),
            }
            let (what, count, most, key) = match () {
                () if words > limits.max_tokens => ("words and signs", words, limits.max_tokens, "sql.max_tokens"),
                () if operators > limits.max_operators => {
                    ("operators", operators, limits.max_operators, "sql.max_operators")
                }
                () if depth + cases > limits.max_depth => {
                    ("levels of parentheses", depth + cases, limits.max_depth, "sql.max_depth")
                }
                () => continue,
            };
            let message = format!("the query has {count} {what} or more; at most {most} are taken");
            return Err(refused(message, key).with_place(self.place(word.span.start)));
        }
        if words == 0 {
            return Err(SqlError::new(ErrorKind::Invalid, "there is no query"));
        }
        Ok(())
    }

    /// Whether it asks what Postgres clients ask of the catalogue.
    pub(crate) fn is_about_the_catalogue(&self) -> bool {
        let known = ["information_schema", "regclass", "regtype", "regproc", "current_user", "session_user", "collate"];
        self.words().any(|token| match &token.token {
            Token::Word(word) => {
                let word = word.value.to_lowercase();
                word.starts_with("pg_") || known.contains(&word.as_str())
            }
            _ => false,
        })
    }

    /// Where `name` stands first as a word of its own.
    pub(crate) fn place_of(&self, name: &str) -> Option<Place> {
        let is_name = |token: &&TokenWithSpan| match &token.token {
            Token::Word(word) => word.value.eq_ignore_ascii_case(name),
            Token::SingleQuotedString(text) | Token::DoubleQuotedString(text) | Token::Placeholder(text) => {
                text == name
            }
            _ => false,
        };
        self.place(self.words().find(is_name)?.span.start)
    }

    fn place(&self, location: Location) -> Option<Place> {
        place(self.text, location)
    }
}

/// A place in the text; `None` where the parser knows none.
pub(crate) fn place(text: &str, location: Location) -> Option<Place> {
    let (line, column) = (location.line, location.column);
    let before = usize::try_from(line.checked_sub(1)?).ok()?;
    let lines: usize = text.split_inclusive('\n').take(before).map(|line| line.chars().count()).sum();
    let offset = lines.checked_add(usize::try_from(column.checked_sub(1)?).ok()?)?;
    Some(Place { line, column, offset })
}

pub(crate) fn invalid(message: impl Into<String>, text: &str, location: Location) -> SqlError {
    SqlError::new(ErrorKind::Invalid, message).with_place(place(text, location))
}

fn refused(message: String, key: &str) -> SqlError {
    SqlError::new(ErrorKind::Refused, message).with_hint(format!("make it shorter, or raise {key}"))
}

/// What makes a tree of the parser deeper when there is more of it in a row.
fn is_operator(token: &Token) -> bool {
    use Keyword::{
        AND, BETWEEN, COLLATE, EXCEPT, FROM, ILIKE, IN, INTERSECT, IS, JOIN, LIKE, MINUS, NOT, OR, REGEXP, SELECT,
        SIMILAR, UNION, WITH, XOR,
    };
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            AND | OR
                | XOR
                | NOT
                | IS
                | LIKE
                | ILIKE
                | SIMILAR
                | REGEXP
                | IN
                | BETWEEN
                | COLLATE
                | UNION
                | INTERSECT
                | EXCEPT
                | MINUS
                | JOIN
                | SELECT
                | FROM
                | WITH
        ),
        Token::EOF
        | Token::Number(..)
        | Token::Char(_)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::DollarQuotedString(_)
        | Token::NationalStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::UnicodeStringLiteral(_)
        | Token::HexStringLiteral(_)
        | Token::Comma
        | Token::Whitespace(_)
        | Token::Period
        | Token::Placeholder(_) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Result<(), ErrorKind> {
        Text::read(text, &Limits::default()).map(drop).map_err(|error| error.kind)
    }

    #[test]
    fn what_would_go_too_deep_is_refused_before_it_is_parsed() {
        for text in [
            format!("SELECT 1{}", " OR 1=1".repeat(100_000 / 7)),
            format!("SELECT 1{}", " + 1".repeat(2_000)),
            format!("SELECT {}1{}", "(".repeat(500), ")".repeat(500)),
            format!("SELECT {} TRUE", "NOT ".repeat(2_000)),
            format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(1_000)),
            format!("SELECT {}1{}", "CASE WHEN TRUE THEN ".repeat(100), " END".repeat(100)),
            format!("SELECT '{}'", "x".repeat(10 << 20)),
            format!("SELECT {}1", "1, ".repeat(20_000)),
            format!("SELECT {}1", "- ".repeat(2_000)),
        ] {
            assert_eq!(kind(&text), Err(ErrorKind::Refused), "{text:.60}");
        }
    }

    #[test]
    fn one_statement_whatever_stands_around_it() {
        for text in ["SELECT 1; DROP TABLE orders", "SELECT 1;/* */;SELECT 2", "SELECT 1; -- a\nDELETE FROM orders"] {
            assert_eq!(kind(text), Err(ErrorKind::Forbidden), "{text}");
        }
        for text in ["SELECT 1", "SELECT 1;", "/* ; */ SELECT ';' -- ; DROP TABLE orders\n;;", "SELECT \"a;b\" FROM x"]
        {
            assert_eq!(kind(text), Ok(()), "{text}");
        }
        assert_eq!(kind(" -- nothing"), Err(ErrorKind::Invalid));
    }

    #[test]
    fn places_are_lines_columns_and_characters() {
        let text = "SELECT é,\n  wrong FROM x";
        let place = Text::read(text, &Limits::default()).unwrap().place_of("WRONG").unwrap();
        assert_eq!(place, Place { line: 2, column: 3, offset: 12 });
        assert_eq!(text.chars().nth(place.offset), Some('w'));
    }
}
