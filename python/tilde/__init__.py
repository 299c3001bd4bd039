"""Reinforcement-learning experiments with interchangeable function approximators, from one config file.

The package has the program ``tilde`` and reads what it writes:

>>> import tilde
>>> folder = tilde.run("configs/cart_pole.toml", seeds="0..3")
>>> evaluations = tilde.load_results(folder)
>>> policy = tilde.load_policy(folder / "default" / "seed-0")
>>> action = policy.act(observation)

It needs nothing but Python. :func:`load_policy` needs NumPy, and :func:`load_results` gives a pandas frame where pandas is
installed.
"""

from __future__ import annotations

import os
from importlib import metadata
from typing import TYPE_CHECKING

from .binary import find_binary
from .errors import TildeError
from .results import load_results
from .training import run

if TYPE_CHECKING:
    from .policy import Policy

__all__ = ["TildeError", "find_binary", "load_policy", "load_results", "run"]

try:
    __version__ = metadata.version("tilde-rl")
except metadata.PackageNotFoundError:  # imported from the sources
    __version__ = "unknown"


def load_policy(run: str | os.PathLike[str], checkpoint: str | None = None) -> Policy:
    """What a run has learned, to act with in Python. Needs NumPy.

    Args:
        run: The folder of a run, such as ``runs/cart-pole/default/seed-0``; or a file that
            ``tilde export RUN_DIR --format safetensors --out FILE`` wrote, beside its description ``FILE.json``.
        checkpoint: ``"best"``, the parameters of the evaluation with the highest mean return, or ``"last"``, the newest ones.
            By default the best, or the last if there is no best.

    Returns:
        A policy with ``act(observation)`` and ``values(observation)``.

    Raises:
        TildeError: If the run cannot be read or has learned nothing, or has features or a network that only the program
            can compute.
        ImportError: If NumPy is missing.
    """
    from .policy import load  # NumPy is needed here only

    return load(run, checkpoint)
