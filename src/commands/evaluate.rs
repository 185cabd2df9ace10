//! `tillstream evaluate`: how good recommenders are, on pairs of users and items from files.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use tillstream_models::als::AlsParams;
use tillstream_models::evaluation::{
    Dataset, Files, Grid, GridPoint, ModelSpec, Options, Progress, Protocol, Report, evaluate, search,
};
use tillstream_models::interactions::Confidence;

use super::lag::Format;
use crate::configuration::ConfigArgs;
use crate::logging;
use crate::terminal::{Align, GridBar, Table, print};

/// Fits a recommender to one file of pairs and judges it on another. PAIRS are lines of TSV or CSV:
/// user,item[,weight[,timestamp]].
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tillstream evaluate --model als --train train.tsv --fold-in fold_in.tsv --test test.tsv --protocol strong
  tillstream evaluate --model blend --train train.csv --test test.csv --protocol full-ranking --k 10,20
  tillstream evaluate --model als --grid --train train.tsv --fold-in f.tsv --test t.tsv --protocol strong --format json
  tillstream evaluate --model blend --grid --factors 256 --train train.tsv --test test.tsv --protocol full-ranking")]
pub(super) struct EvaluateArgs {
    /// The recommender.
    #[arg(long, value_parser = PossibleValuesParser::new(ModelSpec::NAMES))]
    model: String,
    /// Pairs to fit to.
    #[arg(long, value_name = "PAIRS")]
    train: PathBuf,
    /// Pairs that should be recommended.
    #[arg(long, value_name = "PAIRS")]
    test: PathBuf,
    /// What is known of the users of the test file, where they are not in the training file (strong).
    #[arg(long, value_name = "PAIRS")]
    fold_in: Option<PathBuf>,
    /// Items to rank each test item among (sampled).
    #[arg(long, value_name = "FILE")]
    negatives: Option<PathBuf>,
    /// What is held out and how it is ranked: strong, full-ranking or sampled.
    #[arg(long)]
    protocol: Protocol,
    /// Lengths of the lists that are judged.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 20, 50, 100])]
    k: Vec<usize>,
    #[command(flatten)]
    parameters: Parameters,
    /// Searches the parameters of ALS that are not given first, on a part of the training pairs (als, blend).
    #[arg(long)]
    grid: bool,
    /// What everything random is drawn from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Parameters in place of the model's own.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Parameters of the model")]
struct Parameters {
    /// Length of a factor row (als, blend).
    #[arg(long)]
    factors: Option<usize>,
    /// Weight of what nobody touched (als, blend).
    #[arg(long)]
    alpha0: Option<f32>,
    /// Weight of the length of factor rows (als, blend), or of the diagonal (ease).
    #[arg(long)]
    regularization: Option<f32>,
    /// Sweeps over users and items (als, blend).
    #[arg(long)]
    sweeps: Option<usize>,
    /// Days after which an event counts half; 0: never.
    #[arg(long)]
    half_life: Option<f64>,
}

impl EvaluateArgs {
    pub(super) fn run(&self, configuration: &ConfigArgs) -> anyhow::Result<()> {
        logging::start(&configuration.load(&[])?.config.logging, true)?;
        let mut confidence = Confidence::default();
        if let Some(days) = self.parameters.half_life {
            confidence.half_life_days = Some(days).filter(|days| *days > 0.0);
        }
        let dataset = Dataset::read(&self.files(), &confidence)?;
        let mut spec = self.parameters.over(ModelSpec::named(&self.model)?);
        let mut points = Vec::new();
        if self.grid {
            let als = match &mut spec {
                ModelSpec::Als(params) => params,
                ModelSpec::Blend(params) => &mut params.als,
                _ => anyhow::bail!("--grid searches the parameters of ALS: take --model als or --model blend"),
            };
            points = self.search(&dataset, als)?;
            if let Some(best) = points.first() {
                *als = best.params(als);
            }
        }
        let options = Options { cutoffs: self.k.clone(), seed: self.seed };
        let report = evaluate(&dataset, &spec, self.protocol, &options, &mut |_| {})?;
        self.print(&report, &points)
    }

    fn files(&self) -> Files {
        Files {
            train: self.train.clone(),
            test: self.test.clone(),
            fold_in: self.fold_in.clone(),
            negatives: self.negatives.clone(),
        }
    }

    fn search(&self, dataset: &Dataset, base: &AlsParams) -> anyhow::Result<Vec<GridPoint>> {
        let bar = GridBar::start();
        let found = search(dataset.training(), base, &self.parameters.grid(), self.seed, &mut |progress| {
            if let Progress::GridPoint { done, of } = progress {
                bar.show(done, of);
            }
        });
        bar.finish();
        Ok(found?)
    }

    fn print(&self, report: &Report, points: &[GridPoint]) -> anyhow::Result<()> {
        match self.format {
            Format::Json => {
                let mut json = serde_json::to_value(report)?;
                if let (true, Some(fields)) = (self.grid, json.as_object_mut()) {
                    fields.insert("grid".to_owned(), serde_json::to_value(points)?);
                }
                print(format_args!("{json:#}\n"))?;
            }
            Format::Table => {
                if self.grid {
                    print(format_args!("{}\n", table(points)))?;
                }
                print(format_args!("{report}\n{}\n", report.parameters))?;
            }
        }
        Ok(())
    }
}

impl Parameters {
    /// What to search; a parameter that was given is not searched.
    fn grid(&self) -> Grid {
        let all = Grid::default();
        Grid {
            factors: self.factors.map_or(all.factors, |factors| vec![factors]),
            alpha0: self.alpha0.map_or(all.alpha0, |weight| vec![weight]),
            regularization: self.regularization.map_or(all.regularization, |weight| vec![weight]),
        }
    }

    fn over(&self, spec: ModelSpec) -> ModelSpec {
        match spec {
            ModelSpec::Als(params) => ModelSpec::Als(self.over_als(params)),
            ModelSpec::Blend(mut params) => {
                params.als = self.over_als(params.als);
                ModelSpec::Blend(params)
            }
            ModelSpec::Ease(mut params) => {
                params.lambda = self.regularization.map_or(params.lambda, Into::into);
                ModelSpec::Ease(params)
            }
            other => other,
        }
    }

    fn over_als(&self, params: AlsParams) -> AlsParams {
        let params = self.factors.into_iter().fold(params, AlsParams::factors);
        let params = self.alpha0.into_iter().fold(params, AlsParams::alpha0);
        let params = self.regularization.into_iter().fold(params, AlsParams::regularization);
        self.sweeps.into_iter().fold(params, AlsParams::sweeps)
    }
}

fn table(points: &[GridPoint]) -> Table {
    let heads = ["factors", "alpha0", "regularization", "NDCG@100", "seconds"];
    let mut table = Table::new(&heads.map(|head| (head, Align::Right)));
    for point in points {
        table.row([
            point.factors.to_string(),
            point.alpha0.to_string(),
            point.regularization.to_string(),
            format!("{:.4}", point.ndcg100),
            format!("{:.2}", point.fit_seconds),
        ]);
    }
    table
}
