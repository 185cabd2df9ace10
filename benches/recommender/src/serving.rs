//! Time of a personal list as the service makes it: factors and what sells now, 20 products behind the shop's rules, one
//! thread; from kept factors, and with the customer folded in. First one after the other, then asked for at fixed times: what
//! waits behind a slow one is charged for it.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Parser;
use linfa::ParamGuard;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tillstream_models::{
    als::AlsModel,
    interactions::Interactions,
    recommenders::{ExcludeBought, ItemSet, Personal, Shortlist},
};

/// What to measure.
#[derive(Debug, Parser)]
struct Options {
    /// Products.
    #[arg(long, default_value_t = 20_000)]
    items: u32,
    /// Customers.
    #[arg(long, default_value_t = 100_000)]
    users: u32,
    /// Products of each.
    #[arg(long, default_value_t = 15)]
    bought: u32,
    /// Length of a factor row.
    #[arg(long, default_value_t = 128)]
    factors: usize,
    /// Lists to time.
    #[arg(long, default_value_t = 20_000)]
    lists: u32,
    /// Lists asked for in a second, when they are asked for at fixed times.
    #[arg(long, default_value_t = 5_000)]
    rate: u32,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let matrix = matrix(&options)?;
    let params = AlsModel::params().factors(options.factors).sweeps(1).check()?;
    let model = params.train(&matrix, |_| true);
    let prior = (0..options.items).map(|item| (options.items as f32 / (item + 1) as f32).ln_1p()).collect();
    let personal = Personal::new(model, prior, 0.5);
    let from_kept = |user: u32| {
        let factors = personal.model().users().get(user as usize).unwrap_or_default();
        list(&personal, factors, &matrix, user)
    };
    print("list from kept factors", &times(&options, from_kept));
    let folded = times(&options, |user| {
        let factors = personal.model().fold_in(matrix.row(user as usize));
        list(&personal, &factors, &matrix, user)
    });
    print("folded in, then listed", &folded);
    let asked = times_at_rate(&options, from_kept);
    println!("list from kept factors, asked for {} times a second: {}", options.rate, percentiles(&asked));
    Ok(())
}

/// Customers buy from the front of the catalogue more than from its end.
fn matrix(options: &Options) -> Result<Interactions> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut cells = Vec::new();
    for user in 0..options.users {
        for _ in 0..options.bought {
            let place: f32 = random.random();
            cells.push((user, ((place * place * options.items as f32) as u32).min(options.items - 1), 1.0));
        }
    }
    Ok(Interactions::from_cells(options.users as usize, options.items as usize, &cells)?)
}

/// A list as a storefront asks for it: not what she has, one category in ten, nothing that is sold out.
fn list(personal: &Personal, factors: &[f32], matrix: &Interactions, user: u32) -> usize {
    let nothing = ItemSet::default();
    let bought = ExcludeBought { bought: matrix.row(user as usize).items, replenishable: &nothing };
    let category = |item: u32| item % 10 == user % 10;
    let in_stock = |item: u32| !item.is_multiple_of(17);
    personal.list(factors, &Shortlist::new(20).rule(&bought).rule(&category).rule(&in_stock)).len()
}

/// Seconds of each list, sorted.
fn times(options: &Options, mut make: impl FnMut(u32) -> usize) -> Vec<f64> {
    let time = |number| {
        let begin = Instant::now();
        std::hint::black_box(make(customer(options, number)));
        begin.elapsed().as_secs_f64()
    };
    sorted((0..options.lists).map(time))
}

/// Seconds from when each list was asked for until it was there, sorted.
fn times_at_rate(options: &Options, mut make: impl FnMut(u32) -> usize) -> Vec<f64> {
    let (begin, between) = (Instant::now(), Duration::from_secs(1) / options.rate.max(1));
    let time = |number| {
        let due = begin + between * number;
        while Instant::now() < due {
            std::hint::spin_loop();
        }
        std::hint::black_box(make(customer(options, number)));
        due.elapsed().as_secs_f64()
    };
    sorted((0..options.lists).map(time))
}

fn customer(options: &Options, number: u32) -> u32 {
    number.wrapping_mul(7919) % options.users
}

fn sorted(seconds: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut seconds: Vec<f64> = seconds.collect();
    seconds.sort_by(f64::total_cmp);
    seconds
}

fn print(what: &str, sorted: &[f64]) {
    let per_second = sorted.len() as f64 / sorted.iter().sum::<f64>();
    println!("{what:24} {}, {per_second:.0} a second on one thread", percentiles(sorted));
}

fn percentiles(sorted: &[f64]) -> String {
    let at = |part: f64| sorted.get((sorted.len() as f64 * part) as usize).copied().unwrap_or(0.0) * 1_000.0;
    format!("median {:.3} ms, p99 {:.3} ms", at(0.5), at(0.99))
}
