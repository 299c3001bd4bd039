"""Writes tasks.json: estimates over several tasks (environments) and their stratified bootstrap, for tests/stats.rs.

    python make_tasks.py        # NumPy and SciPy

It follows rliable's definitions without rliable: scores are runs x tasks; the IQM is SciPy's trimmed mean of all of
them; profiles and probabilities of improvement (SciPy's Mann-Whitney U) are means over tasks; a resample draws runs
with replacement within each task by itself (Agarwal et al. 2021, section 4.1), of each of two methods.
"""

import json
import math
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy import stats

RESAMPLES = 50_000
LEVELS = [0.025, 0.975]
THRESHOLDS = [-0.5, 0.0, 0.5, 0.9, 1.0]


def iqm(tasks):
    return stats.trim_mean(np.concatenate(tasks), 0.25)


def gap(tasks):
    return 1.0 - np.minimum(np.concatenate(tasks), 1.0).mean()


def profile(tasks):
    return [float(np.mean([np.mean(task > threshold) for task in tasks])) for threshold in THRESHOLDS]


def improvement(x, y):
    return float(np.mean([stats.mannwhitneyu(a, b).statistic / (len(a) * len(b)) for a, b in zip(x, y)]))


def fast_improvement(x, y):
    def of_task(a, b):
        return np.mean((a[:, None] > b) + 0.5 * (a[:, None] == b))

    return float(np.mean([of_task(a, b) for a, b in zip(x, y)]))


def mean_ranks(methods):
    scores = np.array([[stats.trim_mean(task, 0.25) for task in tasks] for tasks in methods])
    return np.mean([stats.rankdata(-scores[:, task]) for task in range(scores.shape[1])], axis=0).tolist()


def resample(rng, tasks):
    return [task[rng.integers(0, len(task), len(task))] for task in tasks]


def band(replicates, level):
    """As in make.py: where an end of another interval by as many resamples may lie, five standard deviations off."""
    reach = 5 * math.sqrt(2) * math.sqrt(level * (1 - level)) / math.sqrt(len(replicates))
    return np.quantile(replicates, np.clip([level - reach, level + reach], 0, 1)).tolist()


def bands(replicates):
    return {"interval": np.quantile(replicates, LEVELS).tolist(), "bands": [band(replicates, level) for level in LEVELS]}


def case(rng, x, y):
    assert math.isclose(improvement(x, y), fast_improvement(x, y), abs_tol=1e-12)
    drawn = [(resample(rng, x), resample(rng, y)) for _ in range(RESAMPLES)]
    return {
        "x": [task.tolist() for task in x],
        "y": [task.tolist() for task in y],
        "iqm": iqm(x),
        "gap": gap(x),
        "profile": profile(x),
        "improvement": improvement(x, y),
        "mean_ranks": mean_ranks([x, y]),
        "intervals": {
            "iqm": bands([iqm(a) for a, _ in drawn]),
            "gap": bands([gap(a) for a, _ in drawn]),
            "profile": bands([np.mean([np.mean(task > 0.5) for task in a]) for a, _ in drawn]),  # at 0.5
            "improvement": bands([fast_improvement(a, b) for a, b in drawn]),
        },
    }


def cases():
    rng = np.random.default_rng(5)
    tasks = lambda draws: [np.asarray(draw, dtype=float) for draw in draws]
    normal = lambda sizes, mean: tasks(rng.normal(mean + 0.2 * k, 0.3, size=n) for k, n in enumerate(sizes))
    ties = lambda mean: tasks(rng.integers(0, 4, size=8) / 3 + mean for _ in range(4))
    skewed = lambda sizes: tasks(1.0 - rng.exponential(0.5, size=n) for n in sizes)
    yield case(rng, normal([10, 10, 10], 0.5), normal([10, 10, 10], 0.4))
    yield case(rng, ties(0.0), ties(0.0))
    yield case(rng, skewed([5, 20, 7, 12, 30]), skewed([6, 20, 7, 3, 30]))  # unequal numbers of runs


made_by = " ".join(f"{package} {version(package)}" for package in ["numpy", "scipy"])
content = {"made_by": made_by, "thresholds": THRESHOLDS, "cases": list(cases())}
(Path(__file__).parent / "tasks.json").write_text(json.dumps(content, indent=1) + "\n")
