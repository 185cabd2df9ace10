//! Offline evaluation from the command line:
//! `evaluate MODEL PROTOCOL TRAIN TEST [fold-in=F] [negatives=F] [factors=N] [alpha0=X] [regularization=X] [sweeps=N]
//! [similarity=count|cosine|lift|jaccard] [neighbours=N] [shrink=X] [half-life=DAYS] [seed=N] [k=10,20] [format=json]
//! [grid]`.

use std::{collections::BTreeMap, error::Error, path::PathBuf};

use tillstream_models::{
    als::AlsParams,
    evaluation::{BlendParams, Dataset, Files, Grid, ModelSpec, Options, evaluate, search},
    interactions::Confidence,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let mut next =
        |what| words.next().ok_or_else(|| format!("no {what}: evaluate MODEL PROTOCOL TRAIN TEST [name=value ..]"));
    let (model, protocol) = (next("model")?, next("protocol")?);
    let (train, test) = (next("training file")?, next("test file")?);
    let named: BTreeMap<String, String> = words
        .map(|word| match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (word, String::new()),
        })
        .collect();
    let path = |name: &str| named.get(name).map(PathBuf::from);
    let files =
        Files { train: train.into(), test: test.into(), fold_in: path("fold-in"), negatives: path("negatives") };

    let mut options = Options { seed: number(&named, "seed")?.unwrap_or(0), ..Options::default() };
    if let Some(list) = named.get("k") {
        options.cutoffs = list.split(',').map(str::parse).collect::<Result<_, _>>()?;
    }
    let mut confidence = Confidence::default();
    if let Some(days) = number::<f64>(&named, "half-life")? {
        confidence.half_life_days = Some(days).filter(|&days| days > 0.0);
    }
    let dataset = Dataset::read(&files, &confidence)?;
    let mut spec = with_parameters(ModelSpec::named(&model)?, &named)?;
    if let (true, ModelSpec::Als(base)) = (named.contains_key("grid"), &spec) {
        let points = search(dataset.training(), base, &Grid::default(), options.seed, &mut |_| {})?;
        for point in &points {
            println!("{}", serde_json::to_string(point)?);
        }
        let best = points.first().map_or_else(|| base.clone(), |point| point.params(base));
        spec = ModelSpec::Als(best);
    }
    let report = evaluate(&dataset, &spec, protocol.parse()?, &options, &mut |_| {})?;
    match named.get("format").map(String::as_str) {
        Some("json") => println!("{}", serde_json::to_string_pretty(&report)?),
        _ => println!("{report}\n{}", report.parameters),
    }
    Ok(())
}

fn with_parameters(spec: ModelSpec, named: &BTreeMap<String, String>) -> Result<ModelSpec, Box<dyn Error>> {
    Ok(match spec {
        ModelSpec::Als(params) => ModelSpec::Als(als_parameters(params, named)?),
        ModelSpec::Blend(params) => ModelSpec::Blend(BlendParams { als: als_parameters(params.als, named)?, ..params }),
        ModelSpec::Ease(mut params) => {
            params.lambda = number(named, "regularization")?.unwrap_or(params.lambda);
            ModelSpec::Ease(params)
        }
        ModelSpec::Neighbours(mut params) => {
            if let Some(name) = named.get("similarity") {
                params = params.similarity(serde_json::from_value(name.as_str().into())?);
            }
            params = params.shrink(number(named, "shrink")?.unwrap_or(0.0));
            if let Some(count) = number(named, "neighbours")? {
                params = params.neighbours(count);
            }
            ModelSpec::Neighbours(params)
        }
        other => other,
    })
}

fn als_parameters(mut params: AlsParams, named: &BTreeMap<String, String>) -> Result<AlsParams, Box<dyn Error>> {
    if let Some(factors) = number(named, "factors")? {
        params = params.factors(factors);
    }
    if let Some(alpha0) = number(named, "alpha0")? {
        params = params.alpha0(alpha0);
    }
    if let Some(regularization) = number(named, "regularization")? {
        params = params.regularization(regularization);
    }
    if let Some(sweeps) = number(named, "sweeps")? {
        params = params.sweeps(sweeps);
    }
    Ok(params)
}

fn number<T: std::str::FromStr>(named: &BTreeMap<String, String>, name: &str) -> Result<Option<T>, String> {
    let value = named.get(name).map(|text| text.parse().map_err(|_| format!("{name}={text} is not a number")));
    value.transpose()
}
