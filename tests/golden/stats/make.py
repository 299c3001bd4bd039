"""Writes estimates.json, survival.json, tests.json and intervals.json: what rliable, SciPy, statsmodels and lifelines
say of example data, for tests/stats.rs.

    python -m venv venv && venv/bin/pip install "rliable==1.2.0" scipy statsmodels lifelines && venv/bin/python make.py

It takes some minutes, most of them rliable's. No package has an exact signed-rank test with ties: its patterns are
enumerated here.
"""

import itertools
import json
import math
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import numpy as np
from lifelines import KaplanMeierFitter
from rliable import library, metrics
from scipy import stats
from statsmodels.stats.multitest import multipletests

HERE = Path(__file__).parent
RESAMPLES = 50_000
PACKAGES = ["rliable", "arch", "numpy", "scipy", "statsmodels", "lifelines"]


def write(name: str, content: dict) -> None:
    content = {"made_by": " ".join(f"{package} {version(package)}" for package in PACKAGES), **content}
    (HERE / name).write_text(json.dumps(content, indent=1) + "\n")


def samples(rng) -> list[np.ndarray]:
    """Few scores, odd and even numbers of them, ties, skewness, two modes, large offsets."""
    few = [rng.normal(size=n) for n in range(1, 6)]
    return [
        *few,
        rng.normal(size=10),
        rng.exponential(size=11),
        rng.integers(0, 4, size=13).astype(float),
        np.where(rng.random(20) < 0.6, rng.normal(0.95, 0.03, 20), rng.normal(0.1, 0.1, 20)),
        np.where(rng.random(30) < 0.5, 1.0, 0.0),
        1e6 + rng.normal(size=14),
        rng.standard_t(2, size=50),
        np.full(7, 0.1),
    ]


def one_task(scores: np.ndarray) -> np.ndarray:
    """rliable's runs x tasks."""
    return scores[:, np.newaxis]


def estimates() -> dict:
    rng = np.random.default_rng(1)
    thresholds = [-1.0, 0.0, 0.25, 0.5, 1.0, 2.0]

    def of_sample(x):
        profile, _ = library.create_performance_profile({"x": one_task(x)}, np.array(thresholds), reps=2)
        return {
            "scores": x.tolist(),
            "mean": np.mean(x),
            "median": np.median(x),
            "iqm": stats.trim_mean(x, 0.25),
            "gap": metrics.aggregate_optimality_gap(one_task(x), gamma=0.5),
            "profile": profile["x"].tolist(),
        }

    def of_pair(x, y):
        probability = metrics.probability_of_improvement(one_task(x), one_task(y))
        return {"x": x.tolist(), "y": y.tolist(), "probability": probability}

    def mann_whitney(x, y):
        u = stats.mannwhitneyu(x, y).statistic / (len(x) * len(y))
        return {"x": x.tolist(), "y": y.tolist(), "probability": u}

    pairs = [of_pair(x, rng.permutation(x) + rng.normal(0.2, 1.0, size=len(x))) for x in samples(rng)]
    pairs += [of_pair(x[:4], x) for x in samples(rng)]  # different numbers of runs, ties
    pairs += [mann_whitney(rng.integers(0, 5, 12) * 1.0, rng.integers(1, 5, 9) * 1.0) for _ in range(5)]
    return {"thresholds": thresholds, "samples": [of_sample(x) for x in samples(rng)], "pairs": pairs}


def band(resampled: np.ndarray, level: float, deviation: float) -> list[float]:
    """Where the end of another implementation's interval may lie, if it is this quantile of as many resamples.

    `deviation` is the standard deviation of the level itself, times the root of the number of resamples. Both sides are
    uncertain, hence the root of 2; five standard deviations are exceeded by one end in two million. Looking the levels
    up among the resamples needs no density, and is right for statistics that take a few values only.
    """
    reach = 5 * math.sqrt(2) * deviation / math.sqrt(len(resampled))
    return np.quantile(resampled, np.clip([level - reach, level + reach], 0, 1)).tolist()


def intervals() -> dict:
    """95 % percentile intervals, and the band in which each of their ends may lie."""
    rng = np.random.default_rng(2)
    levels = [0.025, 0.975]

    def of_rliable(m, name, function):
        replicates = []

        def recorded(*scores):
            replicates.append(function(*scores))
            return np.array(replicates[-1:])

        np.random.seed(1)  # rliable draws from the global state
        _, intervals = library.get_interval_estimates({"x": m}, recorded)
        interval, replicates = intervals["x"][:, 0], np.array(replicates[-RESAMPLES:])
        assert np.allclose(np.quantile(replicates, levels), interval, rtol=0, atol=1e-12)
        bands = [band(replicates, level, math.sqrt(level * (1 - level))) for level in levels]
        data = {"scores": m[:, 0].tolist()} if isinstance(m, np.ndarray) else {"x": m[0][:, 0].tolist(), "y": m[1][:, 0].tolist()}
        return {**data, "statistic": name, "interval": interval.tolist(), "bands": bands}

    aggregates = {
        "mean": metrics.aggregate_mean,
        "median_over_tasks": metrics.aggregate_median,
        "iqm": metrics.aggregate_iqm,
        "gap": lambda m: metrics.aggregate_optimality_gap(m, gamma=0.5),
        "profile": lambda m: library.run_score_deviation(m, 0.5),  # at 0.5
    }
    one = [
        of_rliable(m, name, function)
        for m in [rng.normal(0.5, 0.3, size=(10, 1)), rng.normal(0.5, 0.3, size=(5, 1)), rng.exponential(size=(20, 1))]
        for name, function in aggregates.items()
    ]
    shapes = [((10, 1), (12, 1)), ((6, 1), (6, 1))]
    samples_of_two = [(rng.normal(0.5, 1, size=x), rng.normal(0, 1, size=y)) for x, y in shapes]
    two = [of_rliable(pair, "improvement", metrics.probability_of_improvement) for pair in samples_of_two]

    return {"one": one, "two": two}


def enumerated_signed_rank(differences: np.ndarray) -> float:
    differences = differences[differences != 0]
    ranks = [Fraction(int(2 * rank), 2) for rank in stats.rankdata(np.abs(differences))]
    sums = [sum(itertools.compress(ranks, pattern)) for pattern in itertools.product([0, 1], repeat=len(ranks))]
    centre, seen = sum(ranks) / 2, sum(itertools.compress(ranks, differences > 0))
    return float(Fraction(sum(abs(s - centre) >= abs(seen - centre) for s in sums), len(sums)))


def tests() -> dict:
    rng = np.random.default_rng(3)

    def wilcoxon(x):
        answer = stats.wilcoxon(x, method="exact", zero_method="wilcox", correction=False)
        return {"differences": x.tolist(), "p": answer.pvalue}

    smooth = [rng.normal(0.4, 1.0, size=n) for n in [1, 2, 3, 4, 5, 6, 9, 10, 15, 20, 30, 50]]
    tied = [rng.integers(-2, 4, size=n) / 2 for n in [3, 5, 8, 10, 12, 14]]  # halves are exact in binary
    tied += [np.array([0.0, 0.0, 1.0]), np.array([-1.0, 1.0, 0.0, 2.0, -2.0, 3.0])]
    p_values = [rng.random(n) ** 3 for n in [1, 2, 5, 10, 45]] + [np.array([0.01, 0.01, 0.04, 0.01, 1.0, 0.0])]
    return {
        "wilcoxon": [wilcoxon(x) for x in smooth],
        "wilcoxon_with_ties": [{"differences": x.tolist(), "p": enumerated_signed_rank(x)} for x in tied],
        "holm": [{"p": p.tolist(), "adjusted": multipletests(p, method="holm")[1].tolist()} for p in p_values],
    }


def survival() -> dict:
    rng = np.random.default_rng(4)

    def curve(times, reached):
        fitted = KaplanMeierFitter().fit(times, reached)
        share = 1 - fitted.survival_function_.iloc[:, 0]
        jumps = [[step, share[step]] for step in np.unique(times[reached])]
        # Not lifelines' median, which misses a share of one half that is rounded to a little less.
        median = next((step for step, share in jumps if share >= 0.5 - 1e-9), None)
        return {
            "steps": times.tolist(),
            "reached": reached.tolist(),
            "share": jumps,
            "median": median,
        }

    cases = []
    for n, end in [(1, 10), (5, 10), (10, 8), (20, 6), (20, 15), (30, 4)]:
        times = np.ceil(rng.exponential(8.0, size=n))  # whole steps, hence ties
        stopped = np.minimum(end, np.ceil(rng.uniform(2, 20, size=n)))
        cases.append(curve(np.minimum(times, stopped), times <= stopped))

    def area(n):
        steps, values = np.cumsum(rng.integers(1, 1000, size=n)).astype(float), rng.normal(size=n)
        return {"steps": steps.tolist(), "values": values.tolist(),
                "height": np.trapezoid(values, steps) / (steps[-1] - steps[0])}

    return {"kaplan_meier": cases, "areas": [area(n) for n in [2, 3, 10, 101]]}


for section in [estimates, survival, tests, intervals]:
    write(f"{section.__name__}.json", section())
