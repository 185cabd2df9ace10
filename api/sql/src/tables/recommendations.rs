//! `recommendations` and `trending`: what to show a customer next, and anybody.

use std::sync::Arc;

use tillstream_processors::recommendations::{ListQuery, Recommended};

use super::column::{Cell, Column, Kind};
use super::listed;
use super::{About, State, Table, Wanted};
use crate::error::{ErrorKind, SqlError};

/// Products of a list.
const PRODUCTS: usize = 100;

/// Customers of one query: each list is made when it is asked for.
const CUSTOMERS: usize = 1_000;

/// A product in the list of a customer; of nobody in what is trending.
#[derive(Debug)]
struct Row {
    user_id: Arc<str>,
    rank: i64,
    product: Recommended,
    version: Option<u64>,
}

const RANK: Column<Row> =
    Column::new("rank", Kind::Integer, "Place in the list, from 1.", |row| Cell::Integer(row.rank));
const PRODUCT: Column<Row> =
    Column::new("product_id", Kind::Text, "The product.", |row| Cell::Text(&row.product.product_id));
const NAME: Column<Row> =
    Column::optional("name", Kind::Text, "Its name.", |row| Cell::text(row.product.name.as_deref()));
const CATEGORY: Column<Row> =
    Column::optional("category", Kind::Text, "Its category.", |row| Cell::text(row.product.category.as_deref()));
const SCORE: Column<Row> =
    Column::new("score", Kind::Number, "Compares within one source.", |row| Cell::Number(f64::from(row.product.score)));
const SOURCE: Column<Row> = Column::new("source", Kind::Text, "personal, item-to-item, trending or popular.", |row| {
    Cell::Text(row.product.source.as_str())
});

const LISTS: &[Column<Row>] = &[
    Column::new("user_id", Kind::Text, "The customer; to be named in WHERE.", |row| Cell::Text(&row.user_id)),
    RANK,
    PRODUCT,
    NAME,
    CATEGORY,
    SCORE,
    SOURCE,
    Column::optional("model_version", Kind::Integer, "The model behind the list; null before the first.", |row| {
        row.version.map_or(Cell::Null, Cell::count)
    }),
];

const TRENDING: &[Column<Row>] = &[RANK, PRODUCT, NAME, CATEGORY, SCORE, SOURCE];

/// Both tables.
pub(super) fn tables() -> Vec<Arc<dyn Table>> {
    let comment = "What to show a customer next, at most 100 products, made when it is asked for: \
                   WHERE user_id = '…' or user_id IN ('…', '…').";
    let lists = About::new("recommendations", comment, LISTS, 2, &["user_id"]);
    let comment =
        "What sells more and more of late, at most 100 products; what most have bought, where too little sells.";
    let trending = About::new("trending", comment, TRENDING, 1, &[]);
    vec![listed::of(lists, LISTS, recommended), listed::of(trending, TRENDING, trending_now)]
}

fn recommended(state: &State, wanted: &Wanted) -> Result<Vec<Row>, SqlError> {
    let unnamed = || {
        SqlError::new(ErrorKind::Invalid, "lists are made for customers that are named, and none is")
            .with_hint("add WHERE user_id = '…', or user_id IN ('…', '…')")
    };
    let users = wanted.texts("user_id").ok_or_else(unnamed)?;
    if users.len() > CUSTOMERS {
        let message = format!("{} customers are named, more than {CUSTOMERS}", users.len());
        return Err(SqlError::new(ErrorKind::Refused, message).with_hint("ask for fewer at a time"));
    }
    let query = ListQuery { limit: PRODUCTS, ..ListQuery::default() };
    let mut rows = Vec::new();
    for user in users {
        let list = state.recommendations.for_customer(user, &query)?;
        let version = list.model.map(|(_, card)| card.version);
        rows.extend(ranked(user, list.items, version));
    }
    Ok(rows)
}

fn trending_now(state: &State, _: &Wanted) -> Result<Vec<Row>, SqlError> {
    Ok(ranked("", state.recommendations.trending(None, PRODUCTS)?, None).collect())
}

fn ranked(user: &str, products: Vec<Recommended>, version: Option<u64>) -> impl Iterator<Item = Row> {
    let user_id: Arc<str> = user.into();
    products.into_iter().zip(1..).map(move |(product, rank)| Row {
        user_id: Arc::clone(&user_id),
        rank,
        product,
        version,
    })
}
