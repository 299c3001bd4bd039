"""Rows of result files that were written by hand."""

import json
import math

import pytest

import tilde


def write(folder, variant, seed, **files):
    run = folder / variant / f"seed-{seed}"
    run.mkdir(parents=True)
    for name, text in files.items():
        (run / name.replace("_", ".")).write_text(text)
    return run


@pytest.fixture
def walk(tmp_path):
    """An experiment with three runs, one of which is still training, and a report."""
    folder = tmp_path / "runs" / "walk"
    header = "step,episode,return,length,ending\n"
    write(folder, "table", 10, evaluations_csv=header + "0,1,-0.5,7,truncated\n")
    write(folder, "table", 2, evaluations_csv=header + "0,1,1,6,terminated\n5,1,inf,6,terminated\n")
    write(folder, "linear", 0, evaluations_csv=header + "0,1,0.25,6,terminated\n5,1,0.7", episodes_csv=header)
    (folder / "experiment.toml").write_text('name = "walk"\n')
    (folder / "report").mkdir()
    (folder / "report" / "scores.csv").write_text("variant\n")
    return folder


def rows(path, name="evaluations"):
    return tilde.load_results(path, name, pandas=False)


def test_rows_come_by_variant_and_seed_with_numbers_as_numbers(walk):
    found = rows(walk)
    assert [list(row.values()) for row in found] == [
        ["walk", "linear", 0, 0, 1, 0.25, 6, "terminated"],
        ["walk", "table", 2, 0, 1, 1.0, 6, "terminated"],
        ["walk", "table", 2, 5, 1, math.inf, 6, "terminated"],
        ["walk", "table", 10, 0, 1, -0.5, 7, "truncated"],
    ]
    assert list(found[0]) == ["experiment", "variant", "seed", "step", "episode", "return", "length", "ending"]
    assert [type(found[1][column]) for column in ("seed", "step", "return")] == [int, int, float]


def test_a_variant_a_run_and_a_folder_of_experiments_are_read_too(walk):
    other = walk.parent / "more" / "walk"
    write(other, "default", 0, evaluations_csv="step,return\n3,4\n")
    (other / "experiment.toml").write_text("")
    assert [row["seed"] for row in rows(walk / "table")] == [2, 2, 10]
    assert rows(walk / "table" / "seed-10") == [row for row in rows(walk) if row["seed"] == 10]
    both = rows(walk.parent)
    assert [row["experiment"] for row in both] == ["more/walk", "walk", "walk", "walk", "walk"]
    assert both[0] == {
        "experiment": "more/walk", "variant": "default", "seed": 0,
        "step": 3, "episode": None, "return": 4.0, "length": None, "ending": None,
    }  # fmt: skip


def test_a_relative_path_has_the_name_of_its_folder(walk, monkeypatch):
    monkeypatch.chdir(walk)
    assert {row["experiment"] for row in rows(".")} == {"walk"}


def test_a_file_without_rows_gives_none(walk):
    assert rows(walk, "episodes") == []
    (walk / "linear" / "seed-0" / "episodes.csv").write_text("")
    assert rows(walk, "episodes") == []


def test_empty_fields_are_none(tmp_path):
    run = write(tmp_path / "x", "default", 0, values_csv="step,value_rmse,truth\n0,,\n5,0.5,q_star\n")
    (tmp_path / "x" / "experiment.toml").write_text("")
    found = rows(run, "values")
    assert [(row["step"], row["value_rmse"], row["truth"]) for row in found] == [(0, None, None), (5, 0.5, "q_star")]


def test_a_summary_is_one_flat_row_per_finished_run(walk):
    summary = {"variant": "table", "seed": 2, "outcome": {"status": "finished"}, "final_evaluation": {"mean": 1.5}}
    (walk / "table" / "seed-2" / "summary.json").write_text(json.dumps(summary))
    row = {"experiment": "walk", "variant": "table", "seed": 2, "outcome.status": "finished", "final_evaluation.mean": 1.5}
    assert rows(walk, "summary") == [row]


def test_what_cannot_be_read_is_named(walk):
    with pytest.raises(FileNotFoundError, match="no run has the file values.csv .3 runs were looked at"):
        rows(walk, "values")
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        rows(walk / "tabel")
    with pytest.raises(FileNotFoundError, match="has no runs"):
        rows(walk / "report")
    with pytest.raises(ValueError, match="no result file 'evaluation': choose one of episodes, evaluations"):
        rows(walk, "evaluation")
    file = walk / "table" / "seed-2" / "evaluations.csv"
    file.write_text("step,return\n1,2,3\n4,5\n")
    with pytest.raises(ValueError, match="seed-2.evaluations.csv, line 2, is damaged: it has 3 fields, not 2"):
        rows(walk)
    file.write_text("step,return\n1,2\nx,5\n")
    with pytest.raises(ValueError, match="evaluations.csv, column 'step', is damaged"):
        rows(walk)


def test_pandas_gets_a_frame(walk):
    pandas = pytest.importorskip("pandas")
    (walk / "linear" / "seed-0" / "updates.csv").write_text("step,loss,epsilon\n8,0.5,\n12,0.25,\n")
    frame = tilde.load_results(walk)
    assert isinstance(frame, pandas.DataFrame)
    assert frame.groupby("variant")["length"].sum().to_dict() == {"linear": 6, "table": 19}
    updates = tilde.load_results(walk, "updates", pandas=True)
    assert updates["loss"].mean() == 0.375
    assert updates["epsilon"].isna().all() and updates["epsilon"].dtype == float and updates["step"].dtype == int
