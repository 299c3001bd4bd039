#!/usr/bin/env python3
"""Prints which settings of each approximator did best in a tuning experiment: `choose.py runs/networks [COUNT]`.

A variant `APPROXIMATOR.WAY-optimizer=NAME.NUMBER` is one setting of APPROXIMATOR. Its score is the mean over its runs, of the
regret after the last step where the environment has a model (lowest first; among equal ones the lowest mean value rmse), else
of the return of the final evaluation (highest first, and among equal ones the highest return of the last training episodes).
A failed run is worse than any other.
"""
import json
import math
import pathlib
import sys


def score(summary, has_model):
    """Lower is better."""
    if summary["outcome"]["status"] != "finished":
        return (math.inf, math.inf) if has_model else (0.0, 0.0)
    if has_model:
        return summary["distance"]["regret"], summary["distance"]["value_rmse"]
    return -summary["final_evaluation"]["mean"], -summary["training_return"]


def main(folder, count=5):
    settings = {}
    for path in sorted(folder.glob("*/seed-*/summary.json")):
        settings.setdefault(path.parent.parent.name, []).append(json.loads(path.read_text()))
    runs = {len(summaries) for summaries in settings.values()}
    if not settings or len(runs) > 1:
        sys.exit(f"{folder}: settings have {sorted(runs)} runs each: tuning is not finished")
    has_model = any(summary.get("distance") for summaries in settings.values() for summary in summaries)
    ranked = {}
    for name, summaries in settings.items():
        scores = [score(summary, has_model) for summary in summaries]
        means = tuple(round(sum(column) / len(column), 12) for column in zip(*scores))
        ranked.setdefault(name.split(".")[0], []).append((means, name))
    for approximator, entries in ranked.items():
        print(f"{approximator}: {len(entries)} settings of {runs.copy().pop()} runs")
        for means, name in sorted(entries, key=lambda entry: entry[0])[:count]:
            shown = f"regret {means[0]:.4f}, rmse {means[1]:.4f}" if has_model else f"return {-means[0]:.1f}, in training {-means[1]:.1f}"
            print(f"    {name}: {shown}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:3]))
