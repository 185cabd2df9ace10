//! Seconds per ALS sweep on a file of `user<TAB>item` pairs, as `compare.py` writes it for all implementations.

use std::{path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use clap::Parser;
use linfa::ParamGuard;
use tillstream_models::{als::AlsModel, interactions::Interactions};

/// What to measure.
#[derive(Debug, Parser)]
struct Options {
    /// Pairs of numbers, `user<TAB>item`.
    pairs: PathBuf,
    /// Length of a factor row.
    #[arg(long, default_value_t = 64)]
    factors: usize,
    /// Threads of the sweep.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Sweeps to time.
    #[arg(long, default_value_t = 8)]
    sweeps: usize,
}

fn main() -> Result<()> {
    let options = Options::parse();
    rayon::ThreadPoolBuilder::new().num_threads(options.threads).build_global()?;
    let text = std::fs::read_to_string(&options.pairs)
        .with_context(|| format!("cannot read {}; compare.py writes it", options.pairs.display()))?;
    let matrix = matrix(&text)?;
    let params =
        AlsModel::params().factors(options.factors).alpha0(0.1).regularization(0.003).sweeps(options.sweeps).check()?;
    let (mut seconds, mut last) = (Vec::new(), Instant::now());
    let model = params.train(&matrix, |_| {
        seconds.push(last.elapsed().as_secs_f64());
        last = Instant::now();
        true
    });
    // The first starts before the factors are drawn and the matrix is transposed.
    seconds.remove(0);
    seconds.sort_by(f64::total_cmp);
    let (least, median) = (seconds.first().copied().unwrap_or(0.0), seconds.get(seconds.len() / 2).copied());
    let name = format!("tillstream CG3, {} thread(s)", options.threads);
    println!("{name:34} median {:.4} s/sweep, min {least:.4}", median.unwrap_or(0.0));
    println!("{:34} loss {:.1}", "", model.loss(&matrix));
    Ok(())
}

fn matrix(text: &str) -> Result<Interactions> {
    let mut cells = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let (user, item) = line.split_once('\t').with_context(|| format!("line {}: no tab", number + 1))?;
        cells.push((user.parse()?, item.parse()?, 1.0));
    }
    let users = cells.iter().map(|&(user, ..)| user as usize + 1).max().unwrap_or(0);
    let items = cells.iter().map(|&(_, item, _)| item as usize + 1).max().unwrap_or(0);
    Ok(Interactions::from_cells(users, items, &cells)?)
}
