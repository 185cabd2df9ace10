//! Query parameters, read strictly: a name nobody knows, or a value that cannot be, is the client's to hear about.

use std::fmt::Display;

use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;

use super::problem::Problem;

/// The query string of a request while it is read. Reading a parameter also makes its name known, for "did you mean".
#[derive(Debug)]
pub(crate) struct Params {
    given: Vec<(String, String)>,
    known: Vec<&'static str>,
}

impl Params {
    pub(crate) fn of(uri: &Uri) -> Result<Self, Problem> {
        let Query(given) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|error| Problem::parameter("query", format!("the query string cannot be read: {error}")))?;
        Ok(Self { given, known: Vec::new() })
    }

    /// The value of `name`, if it was given once.
    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        self.known.push(name);
        let Some(place) = self.given.iter().position(|(key, _)| key == name) else {
            return Ok(None);
        };
        let (_, value) = self.given.swap_remove(place);
        if self.given.iter().any(|(key, _)| key == name) {
            return Err(Problem::parameter(name, format!("`{name}` is given more than once")));
        }
        Ok(Some(value))
    }

    /// The value of `name` as `parse` reads it; `parse` says what it expects.
    pub(crate) fn parsed<T, E: Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        parse(&text)
            .map(Some)
            .map_err(|error| Problem::parameter(name, format!("`{name}` is {:?}: {error}", excerpt(&text))))
    }

    /// A whole number between `least` and `most`.
    pub(crate) fn number(
        &mut self,
        name: &'static str,
        least: usize,
        most: usize,
        default: usize,
    ) -> Result<usize, Problem> {
        let number = self.parsed(name, |text| {
            text.parse::<usize>()
                .ok()
                .filter(|number| (least..=most).contains(number))
                .ok_or_else(|| format!("expected a whole number from {least} to {most}"))
        })?;
        Ok(number.unwrap_or(default))
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&'static str, T)],
    ) -> Result<Option<T>, Problem> {
        self.parsed(name, |text| {
            choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice).ok_or_else(|| {
                let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
                format!("expected {}{}", alternatives(&words), did_you_mean(text, &words))
            })
        })
    }

    /// Refuses what nobody asked for.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        let Some((name, _)) = self.given.first() else {
            return Ok(());
        };
        let advice = match (self.known.as_slice(), did_you_mean(name, &self.known)) {
            ([], _) => "; this route takes none".to_owned(),
            (known, advice) if advice.is_empty() => format!("; known are {}", quoted(known)),
            (_, advice) => advice,
        };
        let name = excerpt(name);
        Err(Problem::parameter(name.clone(), format!("there is no parameter `{name}`{advice}")))
    }
}

/// A set of query parameters.
pub(crate) trait QueryParams: Sized {
    fn read(params: &mut Params) -> Result<Self, Problem>;
}

/// Extracts a set of query parameters, and refuses any other.
#[derive(Debug)]
pub(crate) struct Strict<T>(pub(crate) T);

impl<S: Sync, T: QueryParams> FromRequestParts<S> for Strict<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut params = Params::of(&parts.uri)?;
        let read = T::read(&mut params)?;
        params.finish()?;
        Ok(Self(read))
    }
}

/// No parameters at all.
#[derive(Debug)]
pub(crate) struct Nothing;

impl QueryParams for Nothing {
    fn read(_: &mut Params) -> Result<Self, Problem> {
        Ok(Self)
    }
}

/// `; did you mean …?` if one of the words is close.
pub(crate) fn did_you_mean(text: &str, words: &[&str]) -> String {
    let best = words
        .iter()
        .map(|word| (strsim::damerau_levenshtein(&text.to_lowercase(), &word.to_lowercase()), word))
        .min_by_key(|(distance, _)| *distance);
    match best {
        Some((distance, word)) if distance <= (word.len() / 3).max(1) => format!("; did you mean `{word}`?"),
        _ => String::new(),
    }
}

fn alternatives(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Foreign text in a message stays short.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(64) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        Params::of(&format!("/x?{query}").parse().unwrap()).unwrap()
    }

    fn detail(problem: &Problem) -> String {
        serde_json::to_value(problem).unwrap()["detail"].as_str().unwrap().to_owned()
    }

    #[test]
    fn an_unknown_parameter_is_named_with_what_was_meant() {
        let mut query = params("limt=3");
        assert_eq!(query.number("limit", 1, 10, 5).unwrap(), 5);
        let problem = query.finish().unwrap_err();
        assert_eq!(detail(&problem), "there is no parameter `limt`; did you mean `limit`?");
    }

    #[test]
    fn values_out_of_range_and_repeats_are_refused() {
        assert!(detail(&params("limit=0").number("limit", 1, 10, 5).unwrap_err()).contains("from 1 to 10"));
        assert!(detail(&params("limit=-1").number("limit", 1, 10, 5).unwrap_err()).contains("from 1 to 10"));
        assert!(detail(&params("a=1&a=2").text("a").unwrap_err()).contains("more than once"));
        assert_eq!(params("a=x%20y").text("a").unwrap().as_deref(), Some("x y"));
    }

    #[test]
    fn a_choice_names_its_words() {
        let choices = [("units", 1), ("revenue", 2)];
        assert_eq!(params("by=units").choice("by", &choices).unwrap(), Some(1));
        let problem = params("by=unit").choice("by", &choices).unwrap_err();
        assert_eq!(detail(&problem), "`by` is \"unit\": expected units or revenue; did you mean `units`?");
    }
}
