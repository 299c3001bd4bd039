"""Experiments, run from Python."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, TextIO, Union

from . import toml_writer
from .binary import environment, find_binary
from .errors import TildeError

Config = Union[str, "os.PathLike[str]", Mapping[str, Any]]


def run(
    config: Config,
    *,
    out: str | os.PathLike[str] | None = None,
    seeds: str | int | Iterable[int] | None = None,
    only: str | Iterable[str] | None = None,
    set: Mapping[str, Any] | None = None,
    device: str | None = None,
    jobs: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    from_: str | os.PathLike[str] | None = None,
    part: str | None = None,
    tensorboard: bool = False,
    quiet: bool = False,
) -> pathlib.Path:
    """Trains every variant × seed of an experiment, as ``tilde train`` does, and returns the folder of the results.

    What the program prints is printed, and its progress is shown in a terminal. Ctrl-C stops it: the runs write a
    checkpoint, ``KeyboardInterrupt`` is raised, and the same call with ``resume=True`` goes on. A second Ctrl-C ends it at once.

    Args:
        config: The path of a config file; or the config itself, as a ``dict`` or as TOML of several lines. Paths in the
            latter are relative to the current folder.
        out: Folder for the results, in which the experiment gets a folder with its name. By default ``runs``.
        seeds: Seeds in place of the config's: a half-open range such as ``"0..30"`` or ``range(30)``, one seed, or several.
        only: Only this variant, or these.
        set: Values of the config by their dotted keys, such as ``{"optimizer.adam.learning_rate": 1e-3}``; those of one variant
            are ``variant.NAME.KEY``.
        device: Device in place of the config's.
        jobs: Runs at the same time. By default as many as there are cores.
        resume: Continue an experiment that is there.
        overwrite: Delete an earlier experiment of this name.
        from_: Begin from the checkpoints of the experiment in this folder.
        part: ``"K/N"``: make part K of N of the runs.
        tensorboard: Write event files beside the results.
        quiet: Show no progress, and log errors only.

    Raises:
        TildeError: If the program fails: ``exit_code`` is 2 for a mistake in the config or the options, and 1 if a run failed.
    """
    flags = {"resume": resume, "overwrite": overwrite, "tensorboard": tensorboard, "quiet": quiet}
    options: list[tuple[str, Any]] = [("out", out), ("device", device), ("jobs", jobs), ("from", from_), ("part", part)]
    options.append(("seeds", None if seeds is None else seeds_text(seeds)))
    options.extend(("only", name) for name in ([only] if isinstance(only, str) else only or []))
    options.extend(("set", f"{key}={toml_writer.value(value)}") for key, value in (set or {}).items())
    arguments = [f"--{name}={os.fspath(v) if isinstance(v, os.PathLike) else v}" for name, v in options if v is not None]
    arguments += [f"--{name}" for name, is_on in flags.items() if is_on]
    with config_file(config) as path:
        return folder_of_results(passed_through(["train", *arguments, "--", path]))


def seeds_text(seeds: str | int | Iterable[int]) -> str:
    """Seeds as the option ``--seeds`` takes them."""
    if isinstance(seeds, (str, int)):
        return str(seeds)
    if isinstance(seeds, range) and seeds.step == 1:
        return f"{seeds.start}..{seeds.stop}"
    return ",".join(str(int(seed)) for seed in seeds)


@contextlib.contextmanager
def config_file(config: Config) -> Iterator[str]:
    """The path of the config. A dict or a text is written to the current folder for as long as it is needed, since paths in a
    config are relative to its folder."""
    if isinstance(config, Mapping):
        text = toml_writer.document(config)
    elif isinstance(config, str) and "\n" in config:
        text = config
    else:
        yield os.fspath(config)
        return
    handle, path = tempfile.mkstemp(prefix=".tilde-", suffix=".toml", dir=os.curdir)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        yield path
    finally:
        os.unlink(path)


def passed_through(arguments: list[str]) -> str:
    """Runs the program, passes on what it prints, and returns what went to its standard output.

    Standard error is the terminal's own where it is one, as only there the program shows its progress.
    """
    in_terminal = sys.stderr is sys.__stderr__ and sys.stderr is not None and sys.stderr.isatty()
    process = subprocess.Popen(
        [str(find_binary()), *arguments],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if in_terminal else subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    printed: list[str] = []
    logged: list[str] = []
    readers = [forward(process.stdout, sys.stdout, printed)]
    if not in_terminal:
        readers.append(forward(process.stderr, sys.stderr, logged))
    interrupted = wait(process)
    for reader in readers:
        reader.join()
    if interrupted:
        raise KeyboardInterrupt
    if process.returncode != 0:
        message = "".join(logged).strip() or "its message stands above"
        raise TildeError(f"tilde {arguments[0]} ended with exit code {process.returncode}: {message}", process.returncode)
    return "".join(printed)


def forward(source: IO[str] | None, sink: TextIO | None, kept: list[str]) -> threading.Thread:
    """Copies lines as they come, in a thread of its own, and keeps them."""

    def copy() -> None:
        for line in source or ():
            kept.append(line)
            if sink is not None:
                sink.write(line)
                sink.flush()

    thread = threading.Thread(target=copy, daemon=True)
    thread.start()
    return thread


def wait(process: subprocess.Popen[str]) -> bool:
    """Waits for the program to end. An interruption is passed on to it, and it is given the time to write its checkpoints.
    Returns whether there was one."""
    interrupted = False
    while True:
        try:
            process.wait()
            return interrupted
        except KeyboardInterrupt:
            interrupted = True
            # A terminal has sent it to the program too, which takes both for one. Elsewhere this is the only one.
            if os.name == "posix":
                process.send_signal(signal.SIGINT)


def folder_of_results(printed: str) -> pathlib.Path:
    """The folder that the program says the results are in."""
    found = re.search(r"^Results: (.+)$", printed, re.MULTILINE)
    if found is None:  # other processes make some of the runs
        found = re.search(r"`\S+ status (.+?)`", " ".join(printed.split()))
    if found is None:
        raise TildeError("the program did not say where the results are", 0)
    return pathlib.Path(shlex.split(found[1])[0])
