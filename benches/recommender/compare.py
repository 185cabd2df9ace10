"""ALS here, in irspack and in implicit, side by side: seconds per sweep, and quality on the same split.

    python3 -m venv venv && venv/bin/pip install irspack==0.5.2 implicit==0.7.3 safetensors
    cargo build --package tillstream-bench-recommender
    venv/bin/python benches/recommender/compare.py TARGET_DIR/debug/tillstream-bench-recommender [repeats]

Speed: 20,000 users x 4,000 items, 300,000 distinct pairs, users uniform, items with probability rank^-0.8. Each
implementation runs alone, one after the other, `repeats` times in turns, so that all see the same load.
Quality: the Online Retail split of the tests. Factors of every implementation are judged by this file's own fold-in and
NDCG, which share no code with the Rust evaluation.
"""
import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares
from irspack.recommenders import ials
from irspack.recommenders.ials import IALSTrainer
from safetensors.numpy import load_file

USERS, ITEMS, PAIRS, SWEEPS = 20_000, 4_000, 300_000, 8
SPLITS = Path(__file__).parents[2] / "models/tests/data/online_retail_splits"
OURS = Path(sys.argv[1])
REPEATS = int(sys.argv[2]) if len(sys.argv) > 2 else 3


def synthetic(path):
    rng = np.random.default_rng(0)
    share = 1 / np.arange(1, ITEMS + 1) ** 0.8
    users = rng.integers(0, USERS, PAIRS * 2)
    items = rng.choice(ITEMS, PAIRS * 2, p=share / share.sum())
    pairs = np.unique(users.astype(np.int64) * ITEMS + items)
    rng.shuffle(pairs)
    pairs = np.stack([pairs[:PAIRS] // ITEMS, pairs[:PAIRS] % ITEMS], axis=1)
    np.savetxt(path, pairs, fmt="%d", delimiter="\t")
    return matrix(pairs, USERS, ITEMS)


def matrix(pairs, users, items):
    return sp.csr_matrix((np.ones(len(pairs), np.float32), (pairs[:, 0], pairs[:, 1])), shape=(users, items))


def irspack_trainer(m, factors, alpha0, reg, threads):
    return IALSTrainer(m, n_components=factors, alpha0=alpha0, reg=reg, nu=1.0, init_std=0.1,
                       solver_type=ials.SolverType.CG, max_cg_steps=3, ialspp_subspace_dimension=64,
                       loss_type=ials.LossType.IALSPP, random_seed=0, n_threads=threads,
                       prediction_time_max_cg_steps=5, prediction_time_ialspp_iteration=7)


def irspack_seconds(m, _path, factors, threads):
    trainer, seconds = irspack_trainer(m, factors, 0.1, 0.003, threads), []
    for _ in range(SWEEPS):
        start = time.perf_counter()
        trainer.run_epoch()
        seconds.append(time.perf_counter() - start)
    return np.median(seconds)


def implicit_seconds(m, _path, factors, threads):
    model = AlternatingLeastSquares(factors=factors, regularization=0.05, alpha=10, iterations=SWEEPS,
                                    use_cg=True, num_threads=threads, random_state=1)
    marks = [time.perf_counter()]
    model.fit(m, show_progress=False, callback=lambda *_: marks.append(time.perf_counter()))
    return np.median(np.diff(marks))


def our_seconds(_m, path, factors, threads):
    command = [OURS, path, "--factors", str(factors), "--threads", str(threads), "--sweeps", str(SWEEPS)]
    return float(re.search(r"median ([0-9.]+)", subprocess.check_output(command, text=True))[1])


def speed(folder):
    path = Path(folder) / "pairs.tsv"
    m = synthetic(path)
    print("| factors | threads | tillstream ms | irspack CG3 ms | implicit CG3 ms | irspack / tillstream | load |")
    print("|---|---|---|---|---|---|---|")
    for factors in (64, 128, 192):
        for threads in (1, 2):
            rounds = [[run(m, path, factors, threads) for run in (our_seconds, irspack_seconds, implicit_seconds)]
                      for _ in range(REPEATS)]
            ours, irspack, implicit = 1000 * np.min(rounds, axis=0)
            print(f"| {factors} | {threads} | {ours:.1f} | {irspack:.1f} | {implicit:.1f} | {irspack / ours:.2f} "
                  f"| {os.getloadavg()[0]:.1f} |", flush=True)


def split(name):
    with gzip.open(SPLITS / f"sg_{name}.csv.gz", "rt") as file:
        return np.loadtxt(file, delimiter=",", skiprows=1, dtype=np.int64)


def ndcg100(items, alpha0, reg, fold_in, held_out):
    """Exact fold-in of every user against the item factors, then NDCG@100 of the ranking without the history."""
    items = items.astype(np.float64)
    gram, scores = alpha0 * items.T @ items, []
    for user in np.unique(held_out[:, 0]):
        history = fold_in[fold_in[:, 0] == user, 1]
        wanted = set(held_out[held_out[:, 0] == user, 1])
        rows = items[history]
        ridge = reg * (len(history) + alpha0 * len(items))
        factors = np.linalg.solve(rows.T @ rows + gram + ridge * np.eye(items.shape[1]), rows.sum(axis=0))
        ranking = items @ factors
        ranking[history] = -np.inf
        ranking[np.all(items == 0, axis=1)] = -np.inf
        order = np.argsort(-ranking, kind="stable")[:100]
        gains = 1 / np.log2(np.arange(2, 102))
        scores.append(sum(gains[place] for place, item in enumerate(order) if item in wanted)
                      / gains[:min(100, len(wanted))].sum())
    return np.mean(scores)


def quality(folder):
    train, fold_in, held_out = split("train"), split("test_foldin"), split("test_heldout")
    path, model = Path(folder) / "train.tsv", Path(folder) / "model.safetensors"
    np.savetxt(path, train, fmt="%d", delimiter="\t")
    # Dense numbers for users, as irspack would otherwise count users without pairs.
    m = matrix(np.stack([np.unique(train[:, 0], return_inverse=True)[1], train[:, 1]], axis=1),
               len(np.unique(train[:, 0])), train[:, 1].max() + 1)
    print("\n| factors | alpha0 | lambda | tillstream NDCG@100 | irspack NDCG@100 |\n|---|---|---|---|---|")
    for factors, alpha0, reg in ((64, 0.3, 0.003), (128, 0.3, 0.003), (256, 0.1, 0.01)):
        subprocess.check_call([OURS, path, "--factors", str(factors), "--alpha0", str(alpha0), "--regularization",
                               str(reg), "--sweeps", "16", "--save", model], stdout=subprocess.DEVNULL)
        ours = ndcg100(load_file(model)["item_factors"], alpha0, reg, fold_in, held_out)
        trainer = irspack_trainer(m, factors, alpha0, reg, 2)
        for _ in range(16):
            trainer.run_epoch()
        theirs = ndcg100(np.array(trainer.core_trainer.item), alpha0, reg, fold_in, held_out)
        print(f"| {factors} | {alpha0} | {reg} | {ours:.4f} | {theirs:.4f} |", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        speed(folder)
        quality(folder)
