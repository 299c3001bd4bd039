"""Dicts as TOML."""

import pathlib

import pytest

from tilde import toml_writer

CONFIG = {
    "name": 'a "b" \\ \n\t\x01\x7f ö 🎲',
    "steps": 50_000,
    "seeds": [0, 1],
    "rate": 1e-3,
    "small": 1e-30,
    "infinite": [float("inf"), -float("inf")],
    "on": True,
    "path": pathlib.PurePosixPath("maps/own.txt"),
    "env": {"grid world": {"map": ["SF", "FG"], "slip": 0.0}},
    "empty": {"list": [], "table": {}},
    "variant": [{"name": "x", "approximator": {"hidden": (8, 8)}}],
}


def test_values_are_written_as_toml_has_them():
    assert toml_writer.document(CONFIG).splitlines() == [
        'name = "a \\"b\\" \\\\ \\n\\t\\u0001\\u007f ö 🎲"',
        "steps = 50000",
        "seeds = [0, 1]",
        "rate = 0.001",
        "small = 1e-30",
        "infinite = [inf, -inf]",
        "on = true",
        'path = "maps/own.txt"',
        'env = { "grid world" = { map = ["SF", "FG"], slip = 0.0 } }',
        "empty = { list = [], table = {} }",
        'variant = [{ name = "x", approximator = { hidden = [8, 8] } }]',
    ]


def test_what_was_written_is_read():
    tomllib = pytest.importorskip("tomllib", reason="Python's own from 3.11 on")
    read = tomllib.loads(toml_writer.document(CONFIG))
    assert read == {**CONFIG, "path": "maps/own.txt", "variant": [{"name": "x", "approximator": {"hidden": [8, 8]}}]}


def test_numbers_of_numpy_are_numbers():
    numpy = pytest.importorskip("numpy")
    assert toml_writer.value([numpy.float64(0.5), numpy.int64(3), numpy.arange(2)]) == "[0.5, 3, [0, 1]]"


@pytest.mark.parametrize("value", [None, {1: 2}, b"x", [object()]])
def test_what_toml_lacks_is_refused(value):
    with pytest.raises(TypeError):
        toml_writer.document({"key": value})
