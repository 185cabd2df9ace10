//! Seconds per ALS sweep on a file of `user<TAB>item` pairs, as `compare.py` writes it for all implementations.

use std::{path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use clap::Parser;
use linfa::ParamGuard;
use tillstream_models::{
    als::AlsModel,
    interactions::{Interactions, Row},
    recommenders::{AlsRecommender, ExcludeBought, ItemSet, Profile, Recommender, Shortlist},
};

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
    /// Weight of cells nobody touched.
    #[arg(long, default_value_t = 0.1)]
    alpha0: f32,
    /// Weight of the length of factor rows.
    #[arg(long, default_value_t = 0.003)]
    regularization: f32,
    /// Where to write the model, for another program to judge.
    #[arg(long)]
    save: Option<PathBuf>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    rayon::ThreadPoolBuilder::new().num_threads(options.threads).build_global()?;
    let text = std::fs::read_to_string(&options.pairs)
        .with_context(|| format!("cannot read {}; compare.py writes it", options.pairs.display()))?;
    let matrix = matrix(&text)?;
    let params = AlsModel::params().factors(options.factors).alpha0(options.alpha0).sweeps(options.sweeps);
    let params = params.regularization(options.regularization).check()?;
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
    serving_times(&model, &matrix);
    if let Some(path) = options.save {
        std::fs::write(&path, model.to_bytes()?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// What one event and one answer cost, on one thread: the user's row, exactly; a list of 20 without what the user has.
fn serving_times(model: &AlsModel, matrix: &Interactions) {
    let recommender = AlsRecommender::new(model.clone());
    let (mut scores, none) = (vec![0.0; matrix.items()], ItemSet::default());
    time("fold-in of one user", matrix, |_, history| {
        std::hint::black_box(model.fold_in(history));
    });
    time("top 20 of one user", matrix, |user, history| {
        recommender.score(&[Profile { user: Some(user), history }], &mut scores);
        let bought = ExcludeBought { bought: history.items, replenishable: &none };
        std::hint::black_box(Shortlist::new(20).rule(&bought).pick(&scores));
    });
    time("the same, fast", matrix, |user, history| {
        let bought = ExcludeBought { bought: history.items, replenishable: &none };
        let profile = Profile { user: Some(user), history };
        std::hint::black_box(recommender.list(&profile, &Shortlist::new(20).rule(&bought)));
    });
}

fn time(what: &str, matrix: &Interactions, mut serve: impl FnMut(u32, Row<'_>)) {
    let mut micros: Vec<u128> = (0..matrix.users().min(2000) as u32)
        .map(|user| {
            let start = Instant::now();
            serve(user, matrix.row(user as usize));
            start.elapsed().as_micros()
        })
        .collect();
    micros.sort_unstable();
    let at = |part: usize| micros.get(micros.len() * part / 100).copied().unwrap_or(0);
    println!("{:34} {what}: median {} us, p99 {} us", "", at(50), at(99));
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
