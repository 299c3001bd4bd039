"""The result files of runs, as rows."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import pathlib
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

#: The files of rows that a run has, by the names that :func:`load_results` takes, beside ``summary``.
FILES = ("episodes", "evaluations", "updates", "values", "diagnostics")


class Run(NamedTuple):
    """A run and its folder."""

    experiment: str
    variant: str
    seed: int
    folder: pathlib.Path


def load_results(path: str | os.PathLike[str], name: str = "evaluations", *, pandas: bool | None = None) -> Any:
    """The rows of one result file of all runs, one table.

    Args:
        path: The folder of an experiment, of one of its variants, or of one run; or a folder with several experiments in it.
        name: Which file:

            - ``"evaluations"`` and ``"episodes"``: one row per episode of an evaluation, or of training;
            - ``"updates"``: loss, gradient norm, exploration and learning rate;
            - ``"values"``: the distance from the exact solution, where there is one;
            - ``"diagnostics"``: measures of the learned functions, where the config asks for them;
            - ``"summary"``: one row per run that is over, with the final figures. Keys of inner tables are joined by
              dots, such as ``final_evaluation.mean``.

        pandas: Whether to return a ``pandas.DataFrame``, or a list of dicts. By default a frame if pandas is installed.

    Returns:
        The rows, with the columns ``experiment``, ``variant`` and ``seed`` first. An experiment is called after its folder, from
        ``path`` on. Runs come in the order of these columns, the rows of a run in the order of its file. Numbers
        are numbers, and an empty field is ``None`` in a list and NaN in a frame. Of a run that is still training, the rows
        that are there: a last line that is not complete yet is left out, and so is a run that lacks the file.

    Raises:
        FileNotFoundError: If there is no such folder, no run in it, or no run that has the file.
        ValueError: If the name is none of these, or a file is damaged.
    """
    if name not in (*FILES, "summary"):
        raise ValueError(f"there is no result file {name!r}: choose one of {', '.join((*FILES, 'summary'))}")
    folder = pathlib.Path(path)
    runs = find_runs(folder)
    file = "summary.json" if name == "summary" else f"{name}.csv"
    read = read_summary if name == "summary" else read_rows
    tables = [(run, read(run.folder / file)) for run in runs if (run.folder / file).is_file()]
    if not tables:
        raise FileNotFoundError(f"{folder}: no run has the file {file} ({runs_text(len(runs))} looked at)")
    if pandas is None:
        pandas = importlib.util.find_spec("pandas") is not None
    columns = joined(tables)
    if pandas:
        return frame(columns)
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def find_runs(folder: pathlib.Path) -> list[Run]:
    """All runs in a folder, ordered by experiment, variant and seed.

    Raises:
        FileNotFoundError: If there is no folder, or no run in it.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: there is no such folder")
    place = folder.resolve()
    if (place.parent.parent / "experiment.toml").is_file():
        runs = runs_at([place], place.parent.parent.name)
    elif (place.parent / "experiment.toml").is_file():
        runs = runs_at(place.iterdir(), place.parent.name)
    else:
        runs = [run for experiment, name in find_experiments(place) for run in runs_at(experiment.glob("*/*"), name)]
    if not runs:
        raise FileNotFoundError(f"{folder}: has no runs: give the folder of an experiment, such as runs/cart-pole, or of one run")
    return sorted(runs)


def runs_at(folders: Any, experiment: str) -> list[Run]:
    """Those of the folders that are of runs."""
    matches = ((folder, re.fullmatch(r"seed-(\d+)", folder.name)) for folder in folders)
    return [Run(experiment, folder.parent.name, int(match[1]), folder) for folder, match in matches if match]


def find_experiments(folder: pathlib.Path) -> Iterator[tuple[pathlib.Path, str]]:
    """The folders of experiments in this one, itself included, each with its name."""
    for inside, folders, files in os.walk(folder):
        if "experiment.toml" in files:
            folders.clear()  # there are no experiments in an experiment
            place = pathlib.Path(inside)
            yield place, place.relative_to(folder).as_posix() if place != folder else place.name


def read_rows(path: pathlib.Path) -> dict[str, list[Any]]:
    """The columns of a CSV file. Names have no commas and no quotes.

    Raises:
        ValueError: If a line is damaged. A last line without an end is still being written, and no damage.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    header, *lines = text[: text.rfind("\n") + 1].splitlines() or [""]
    names = header.split(",") if header else []
    rows = []
    for number, line in enumerate(lines, 2):
        fields = line.split(",")
        if len(fields) != len(names):
            raise ValueError(f"{path}, line {number}, is damaged: it has {len(fields)} fields, not {len(names)}")
        rows.append(fields)
    columns: dict[str, list[Any]] = {}
    for index, name in enumerate(names):
        convert = CONVERSIONS.get(name, number_or_none)
        try:
            columns[name] = [convert(fields[index]) for fields in rows]
        except ValueError as error:
            raise ValueError(f"{path}, column {name!r}, is damaged: {error}") from error
    return columns


def number_or_none(field: str) -> float | None:
    """A number, or ``None`` for an empty field."""
    return float(field) if field else None


#: The columns that are not just numbers.
CONVERSIONS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("step", "episode", "length", "update"), int),
    **dict.fromkeys(("ending", "function", "truth"), lambda field: field or None),
}


def read_summary(path: pathlib.Path) -> dict[str, list[Any]]:
    """The figures of a run, as columns of one row."""
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    return {name: [value] for name, value in flat(summary) if name not in ("variant", "seed")}


def flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a table and of those in it."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def joined(tables: list[tuple[Run, dict[str, list[Any]]]]) -> dict[str, list[Any]]:
    """One table, with the columns that any of them has. Where one lacks a column, it has ``None``."""
    names = list(dict.fromkeys(name for _, table in tables for name in table))
    columns: dict[str, list[Any]] = {name: [] for name in ("experiment", "variant", "seed", *names)}
    for run, table in tables:
        count = len(next(iter(table.values()), ()))
        for name, value in zip(("experiment", "variant", "seed"), run):
            columns[name] += [value] * count
        for name in names:
            columns[name] += table.get(name, [None] * count)
    return columns


def frame(columns: dict[str, list[Any]]) -> Any:
    """The columns as a frame of pandas."""
    import pandas

    def without_none(values: list[Any]) -> list[Any]:
        is_text = any(isinstance(value, str) for value in values)
        return values if is_text else [math.nan if value is None else value for value in values]

    return pandas.DataFrame({name: without_none(values) for name, values in columns.items()})


def runs_text(count: int) -> str:
    """How many runs."""
    return "1 run was" if count == 1 else f"{count} runs were"
