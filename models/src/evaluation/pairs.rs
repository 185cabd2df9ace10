//! Files of `user,item[,weight[,timestamp]]`.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use flate2::read::MultiGzDecoder;

use crate::{events::parse_rfc3339, interactions::Ids};

/// Longest line, in bytes: ids and two numbers.
const MAX_LINE: u64 = 64 * 1024;
/// Smaller timestamps are seconds, larger ones milliseconds: as seconds it is the year 5138, as milliseconds 1973.
const SECONDS_BELOW: f64 = 1e11;

/// One line: a user dealt with an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Number of the user's name.
    pub user: u32,
    /// Number of the item's name.
    pub item: u32,
    /// What it counts, 1 if the file does not say.
    pub weight: f32,
    /// When, in milliseconds since 1970, if the file says.
    pub at_ms: Option<i64>,
}

/// Why a file of pairs was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PairsError {
    /// The file cannot be opened or read.
    #[error("cannot read {file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line is not a pair.
    #[error("{file}, line {line}: {problem}; a line is user,item[,weight[,timestamp]] with commas or tabs")]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

/// Reads a file of pairs, gzipped if its name ends in `.gz`; names are numbered in `users` and `items`.
///
/// Fields are separated by tabs if the first line has one, else by commas; a first line that starts with `user` is a
/// heading. Timestamps are RFC 3339 or numbers: seconds below 10¹¹, milliseconds from there.
///
/// # Errors
/// If the file cannot be read, or a line is not a pair: the error names the line.
pub fn read_pairs(path: &Path, users: &mut Ids, items: &mut Ids) -> Result<Vec<Pair>, PairsError> {
    parse_pairs(&path.display().to_string(), open(path)?, users, items)
}

pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>, PairsError> {
    let file = File::open(path).map_err(|source| PairsError::Io { file: path.display().to_string(), source })?;
    Ok(if path.extension().is_some_and(|extension| extension == "gz") {
        Box::new(BufReader::new(MultiGzDecoder::new(file)))
    } else {
        Box::new(BufReader::new(file))
    })
}

pub(super) fn parse_pairs(
    file: &str,
    mut reader: impl BufRead,
    users: &mut Ids,
    items: &mut Ids,
) -> Result<Vec<Pair>, PairsError> {
    let (mut pairs, mut separator) = (Vec::new(), ',');
    each_line(file, &mut reader, |number, text| {
        if number == 1 {
            separator = if text.contains('\t') { '\t' } else { ',' };
            if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("user")) && !pairs_like(text, separator) {
                return Ok(());
            }
        }
        pairs.push(parse_line(text, separator, users, items)?);
        Ok(())
    })?;
    Ok(pairs)
}

/// A first line such as `user7,item9,1`, which only looks like a heading.
fn pairs_like(text: &str, separator: char) -> bool {
    let first = text.split(separator).next().unwrap_or_default();
    first.ends_with(|last: char| last.is_ascii_digit())
}

fn parse_line(text: &str, separator: char, users: &mut Ids, items: &mut Ids) -> Result<Pair, String> {
    let mut fields = text.split(separator).map(str::trim);
    let mut name = |what: &str, ids: &mut Ids| match fields.next() {
        Some(name) if !name.is_empty() => ids.intern(name).ok_or_else(|| format!("too many {what}s")),
        _ => Err(format!("no {what}")),
    };
    let (user, item) = (name("user", users)?, name("item", items)?);
    let weight = match fields.next() {
        None | Some("") => 1.0,
        Some(text) => match text.parse::<f32>() {
            Ok(weight) if weight.is_finite() => weight,
            _ => return Err(format!("weight `{}` is not a number", shortened(text))),
        },
    };
    let at_ms = fields.next().filter(|text| !text.is_empty()).map(parse_time).transpose()?;
    match fields.next() {
        None => Ok(Pair { user, item, weight, at_ms }),
        Some(_) => Err("more than four fields".to_owned()),
    }
}

fn parse_time(text: &str) -> Result<i64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds.abs() < SECONDS_BELOW => Ok((seconds * 1000.0) as i64),
        Ok(millis) if millis.is_finite() => Ok(millis as i64),
        _ => parse_rfc3339(text).ok_or_else(|| {
            format!("timestamp `{}` is neither a number nor a time such as 2011-12-09T12:50:00Z", shortened(text))
        }),
    }
}

/// Calls back for every line that is not empty; an `Err` of the callback becomes one that names file and line.
pub(super) fn each_line(
    file: &str,
    reader: &mut impl BufRead,
    mut take: impl FnMut(usize, &str) -> Result<(), String>,
) -> Result<(), PairsError> {
    let (mut bytes, mut line) = (Vec::new(), 0);
    let refuse = |line, problem: String| PairsError::Line { file: file.to_owned(), line, problem };
    loop {
        bytes.clear();
        line += 1;
        let read = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes);
        match read {
            Ok(0) => return Ok(()),
            Ok(_) if bytes.len() as u64 == MAX_LINE => return Err(refuse(line, format!("over {MAX_LINE} bytes long"))),
            Ok(_) => {}
            Err(source) => return Err(PairsError::Io { file: file.to_owned(), source }),
        }
        let text = str::from_utf8(&bytes).map_err(|_| refuse(line, "not UTF-8".to_owned()))?;
        let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
        if !text.is_empty() {
            take(line, text).map_err(|problem| refuse(line, problem))?;
        }
    }
}

pub(super) fn shortened(text: &str) -> String {
    text.chars().take(40).collect::<String>().escape_debug().to_string()
}
