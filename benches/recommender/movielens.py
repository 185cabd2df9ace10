"""MovieLens 100k, as the benchmark of github.com/recommenders-team/recommenders splits it: three quarters of each user's
ratings to learn from, the rest to be found; every rating counts, lists of ten out of the whole catalogue.

    python3 benches/recommender/movielens.py TARGET_DIR/debug/tillstream

The ratings come from the package recbole on PyPI (GroupLens does not let others hand them on, so they are not in here).
"""
import json
import random
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

BINARY = sys.argv[1]
SEEDS = range(3)
MODELS = {
    "popularity": ["popularity"],
    "item-kNN": ["item-knn"],
    "ALS, 128 factors, grid": ["als", "--grid"],
    "EASE, λ 100": ["ease"],
    "EASE, λ 300": ["ease", "--regularization", "300"],
    "blend, ALS by grid": ["blend", "--grid"],
}


def ratings(folder):
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, "recbole==1.2.1"], check=True)
    with zipfile.ZipFile(next(Path(folder).glob("recbole*.whl"))) as wheel:
        lines = wheel.read("recbole/dataset_example/ml-100k/ml-100k.inter").decode().splitlines()[1:]
    by_user = {}
    for line in lines:
        user, item, _rating, _time = line.split("\t")
        by_user.setdefault(user, []).append(item)
    return by_user


def split(by_user, seed, folder):
    chance = random.Random(seed)
    train, test = Path(folder, f"train-{seed}.tsv"), Path(folder, f"test-{seed}.tsv")
    with train.open("w") as learnt, test.open("w") as held_out:
        for user, items in by_user.items():
            items = chance.sample(items, len(items))
            known = round(0.75 * len(items))
            for place, item in enumerate(items):
                (learnt if place < known else held_out).write(f"{user}\t{item}\n")
    return train, test


def judge(model, train, test, seed):
    command = [BINARY, "evaluate", "--model", *model, "--train", train, "--test", test, "--protocol", "full-ranking"]
    output = subprocess.run([*command, "--k", "10", "--seed", str(seed), "--format", "json"], check=True, stdout=subprocess.PIPE)
    metrics = json.loads(output.stdout)
    return metrics["ndcg"]["10"], metrics["recallOfAll"]["10"]


with tempfile.TemporaryDirectory() as folder:
    by_user = ratings(folder)
    splits = [split(by_user, seed, folder) for seed in SEEDS]
    print("| model | NDCG@10 | Recall@10 (of all held out) |\n|---|---|---|")
    for name, model in MODELS.items():
        figures = [judge(model, *files, seed) for seed, files in zip(SEEDS, splits)]
        ndcg, recall = (sum(column) / len(figures) for column in zip(*figures))
        print(f"| {name} | {ndcg:.4f} | {recall:.4f} |", flush=True)
