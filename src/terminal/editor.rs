//! A line at a terminal: moving about, history, completion. Small on purpose; what a shell's line has and no more.

use std::fs::OpenOptions;
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::path::PathBuf;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use super::print;

/// Lines that are remembered.
const HISTORY: usize = 1_000;

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line.
    Text(String),
    /// ctrl-C.
    Interrupted,
    /// ctrl-D.
    End,
}

/// Reads lines.
#[derive(Debug)]
pub(crate) struct LineEditor {
    words: Vec<String>,
    history: Vec<String>,
    file: Option<PathBuf>,
}

impl LineEditor {
    /// An editor that completes these words and keeps its history in `file`.
    pub(crate) fn new(words: Vec<String>, file: Option<PathBuf>) -> Self {
        let known = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
        // A line of the file is a query of possibly several lines.
        let mut history: Vec<String> = known.lines().map(|line| line.replace("\\n", "\n")).collect();
        history.drain(..history.len().saturating_sub(HISTORY));
        Self { words, history, file }
    }

    /// Adds to the history. A history that cannot be kept is none that matters.
    pub(crate) fn remember(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() || self.history.last().is_some_and(|last| last == text) {
            return;
        }
        self.history.push(text.to_owned());
        let opened = self.file.as_ref().and_then(|file| OpenOptions::new().append(true).create(true).open(file).ok());
        if let Some(mut file) = opened {
            let _ = writeln!(file, "{}", text.replace('\n', "\\n"));
        }
    }

    /// Reads a line behind `sign`.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    pub(crate) fn read(&mut self, sign: &str) -> io::Result<Line> {
        let Some(raw) = Raw::enter() else { return plain(sign) };
        let mut edit = Edit { sign, text: Vec::new(), at: 0, place: self.history.len(), draft: Vec::new() };
        edit.draw()?;
        let line = loop {
            match key()? {
                Key::Enter => break Line::Text(edit.text.iter().collect()),
                Key::Interrupt => break Line::Interrupted,
                Key::End if edit.text.is_empty() => break Line::End,
                Key::Closed => break Line::End,
                Key::Tab => self.complete(&mut edit)?,
                Key::Up => edit.recall(&self.history, -1),
                Key::Down => edit.recall(&self.history, 1),
                key => edit.press(&key),
            }
            edit.draw()?;
        };
        drop(raw);
        writeln!(io::stdout())?;
        Ok(line)
    }

    /// Completes the word before the cursor as far as it is clear, and shows the choice where it is not.
    fn complete(&self, edit: &mut Edit<'_>) -> io::Result<()> {
        let begin = edit.text.iter().take(edit.at).rposition(|sign| !is_word(*sign)).map_or(0, |place| place + 1);
        let word: String = edit.text.iter().take(edit.at).skip(begin).collect();
        let fits = |known: &&String| {
            !word.is_empty() && known.to_lowercase().starts_with(&word.to_lowercase()) && known.len() > word.len()
        };
        let known: Vec<&String> = self.words.iter().filter(fits).collect();
        let Some(first) = known.first() else { return Ok(()) };
        let shared = known.iter().fold(first.chars().count(), |shared, other| {
            let same = |(a, b): &(char, char)| a.eq_ignore_ascii_case(b);
            shared.min(first.chars().zip(other.chars()).take_while(same).count())
        });
        if shared > word.chars().count() {
            let whole: Vec<char> = first.chars().take(shared).collect();
            edit.text.splice(begin..edit.at, whole.iter().copied());
            edit.at = begin + whole.len();
        } else {
            let choice: Vec<&str> = known.iter().take(40).map(|word| word.as_str()).collect();
            write!(io::stdout(), "\r\n{}\r\n", choice.join("  "))?;
        }
        Ok(())
    }
}

fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// The line as it is edited.
struct Edit<'a> {
    sign: &'a str,
    text: Vec<char>,
    at: usize,
    /// Place in the history; behind its end: the line itself.
    place: usize,
    draft: Vec<char>,
}

impl Edit<'_> {
    fn press(&mut self, key: &Key) {
        match key {
            Key::Sign(sign) => {
                self.text.insert(self.at, *sign);
                self.at += 1;
            }
            Key::Back if self.at > 0 => {
                self.at -= 1;
                self.text.remove(self.at);
            }
            Key::Delete | Key::End if self.at < self.text.len() => drop(self.text.remove(self.at)),
            Key::Left => self.at = self.at.saturating_sub(1),
            Key::Right => self.at = (self.at + 1).min(self.text.len()),
            Key::First => self.at = 0,
            Key::Last => self.at = self.text.len(),
            Key::KillLine => drop(self.text.drain(..std::mem::take(&mut self.at))),
            Key::KillRest => self.text.truncate(self.at),
            Key::KillWord => {
                let behind =
                    self.text.iter().take(self.at).rposition(|sign| is_word(*sign)).map_or(0, |place| place + 1);
                let begin =
                    self.text.iter().take(behind).rposition(|sign| !is_word(*sign)).map_or(0, |place| place + 1);
                self.text.drain(begin..self.at);
                self.at = begin;
            }
            _ => {}
        }
    }

    fn recall(&mut self, history: &[String], step: isize) {
        let Some(place) = self.place.checked_add_signed(step).filter(|place| *place <= history.len()) else { return };
        if self.place == history.len() {
            self.draft = std::mem::take(&mut self.text);
        }
        self.place = place;
        // A query of several lines comes back as one.
        self.text =
            history.get(place).map_or_else(|| self.draft.clone(), |text| text.replace('\n', " ").chars().collect());
        self.at = self.text.len();
    }

    /// Draws the line anew. One that is longer than the terminal is wide is drawn over several lines by the terminal; only its
    /// last is cleared, which shows old text at worst.
    fn draw(&self) -> io::Result<()> {
        let text: String = self.text.iter().collect();
        let back = self.text.len() - self.at;
        let mut out = io::stdout().lock();
        write!(out, "\r\x1b[K{}{text}", self.sign)?;
        if back > 0 {
            write!(out, "\x1b[{back}D")?;
        }
        out.flush()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Sign(char),
    Enter,
    Tab,
    Back,
    Delete,
    Left,
    Right,
    Up,
    Down,
    First,
    Last,
    KillLine,
    KillRest,
    KillWord,
    Interrupt,
    End,
    Closed,
    Other,
}

/// The next key.
fn key() -> io::Result<Key> {
    let Some(byte) = byte()? else { return Ok(Key::Closed) };
    Ok(match byte {
        b'\r' | b'\n' => Key::Enter,
        b'\t' => Key::Tab,
        1 => Key::First,
        2 => Key::Left,
        3 => Key::Interrupt,
        4 => Key::End,
        5 => Key::Last,
        6 => Key::Right,
        8 | 127 => Key::Back,
        11 => Key::KillRest,
        14 => Key::Down,
        16 => Key::Up,
        21 => Key::KillLine,
        23 => Key::KillWord,
        27 => escape()?,
        byte if byte < 32 => Key::Other,
        byte => sign(byte)?.map_or(Key::Other, Key::Sign),
    })
}

fn escape() -> io::Result<Key> {
    if !matches!(byte()?, Some(b'[' | b'O')) {
        return Ok(Key::Other);
    }
    Ok(match byte()? {
        Some(b'A') => Key::Up,
        Some(b'B') => Key::Down,
        Some(b'C') => Key::Right,
        Some(b'D') => Key::Left,
        Some(b'H') => Key::First,
        Some(b'F') => Key::Last,
        Some(number @ b'1'..=b'8') => match (number, byte()?) {
            (b'1' | b'7', Some(b'~')) => Key::First,
            (b'4' | b'8', Some(b'~')) => Key::Last,
            (b'3', Some(b'~')) => Key::Delete,
            _ => Key::Other,
        },
        _ => Key::Other,
    })
}

/// The character that begins with this byte.
fn sign(first: u8) -> io::Result<Option<char>> {
    let length = match first {
        0..0x80 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    let mut bytes = vec![first];
    while bytes.len() < length {
        let Some(byte) = byte()? else { break };
        bytes.push(byte);
    }
    Ok(std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()))
}

fn byte() -> io::Result<Option<u8>> {
    let mut one = [0];
    Ok((io::stdin().lock().read(&mut one)? == 1).then_some(one[0]))
}

/// Without a terminal of the usual kind: lines as they come.
fn plain(sign: &str) -> io::Result<Line> {
    print(sign)?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line)?;
    Ok(if read == 0 { Line::End } else { Line::Text(line.trim_end_matches(['\n', '\r']).to_owned()) })
}

/// The terminal hands over each key as it is pressed, until this is dropped.
struct Raw(Termios);

impl Raw {
    fn enter() -> Option<Self> {
        let stdin = io::stdin();
        let before = tcgetattr(&stdin).ok()?;
        let mut raw = before.clone();
        raw.make_raw();
        // Answers may be printed while it is raw: line feeds keep their meaning.
        raw.output_modes = before.output_modes;
        tcsetattr(&stdin, OptionalActions::Now, &raw).ok()?;
        Some(Self(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(keys: &[Key]) -> (String, usize) {
        let mut edit = Edit { sign: "", text: Vec::new(), at: 0, place: 0, draft: Vec::new() };
        keys.iter().for_each(|key| edit.press(key));
        (edit.text.iter().collect(), edit.at)
    }

    #[test]
    fn a_line_is_edited_like_a_shells() {
        use Key::{Back, Delete, First, KillWord, Last, Left, Sign};
        let typed = [Sign('a'), Sign('é'), Sign('c')];
        assert_eq!(edited(&[&typed[..], &[Left, Back]].concat()), ("ac".to_owned(), 1));
        assert_eq!(edited(&[&typed[..], &[First, Delete, Last, Sign('!')]].concat()), ("éc!".to_owned(), 3));
        assert_eq!(edited(&[&typed[..], &[Sign(' '), Sign('x'), KillWord]].concat()), ("aéc ".to_owned(), 4));
    }

    #[test]
    fn words_are_completed_as_far_as_they_are_clear() {
        let editor = LineEditor::new(vec!["orders".into(), "orders_by_status".into(), "SELECT".into()], None);
        let mut edit =
            Edit { sign: "", text: "select * from ord".chars().collect(), at: 17, place: 0, draft: Vec::new() };
        editor.complete(&mut edit).unwrap();
        assert_eq!(edit.text.iter().collect::<String>(), "select * from orders");
        let mut edit = Edit { sign: "", text: "sel".chars().collect(), at: 3, place: 0, draft: Vec::new() };
        editor.complete(&mut edit).unwrap();
        assert_eq!((edit.text.iter().collect::<String>().as_str(), edit.at), ("SELECT", 6));
    }

    #[test]
    fn history_is_walked_and_the_draft_comes_back() {
        let history = ["one".to_owned(), "two\nlines".to_owned()];
        let mut edit = Edit { sign: "", text: "dra".chars().collect(), at: 3, place: 2, draft: Vec::new() };
        let shown = |edit: &Edit<'_>| edit.text.iter().collect::<String>();
        edit.recall(&history, -1);
        assert_eq!(shown(&edit), "two lines");
        edit.recall(&history, -1);
        edit.recall(&history, -1);
        assert_eq!(shown(&edit), "one");
        edit.recall(&history, 1);
        edit.recall(&history, 1);
        assert_eq!(shown(&edit), "dra");
    }
}
