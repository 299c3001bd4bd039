"""What a run has learned, in NumPy."""

from __future__ import annotations

import json
import math
import os
import pathlib
import tempfile
from collections.abc import Mapping
from typing import Any

try:
    import numpy as np
except ImportError as error:
    raise ImportError("tilde.load_policy needs NumPy: `pip install numpy`") from error

from . import networks, safetensors
from .binary import output_of
from .errors import TildeError
from .features import FEATURES


def load(path: str | os.PathLike[str], checkpoint: str | None = None) -> Policy:
    """The policy of a run's folder, or of an exported file. See :func:`tilde.load_policy`."""
    path = pathlib.Path(path)
    if path.is_file():
        if checkpoint is not None:
            raise ValueError(f"{path} has the weights of one checkpoint: leave `checkpoint` out, or give the run's folder")
        return read(path)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "policy.safetensors")
        which = [] if checkpoint is None else [f"--checkpoint={checkpoint}"]
        output_of("export", "--format=safetensors", f"--out={file}", *which, "--", path)
        return read(file)


def read(path: pathlib.Path) -> Policy:
    """The policy of an exported file and its description."""
    description = pathlib.Path(f"{path}.json")
    if not description.is_file():
        raise FileNotFoundError(f"{description}: is missing; `tilde export` writes it beside the weights")
    return Policy(json.loads(description.read_text(encoding="utf-8")), safetensors.read(path))


class Policy:
    """The learned functions of a run: Q̃ or Ṽ, or an actor and its critic.

    Observations are arrays as the run's environment gives them, channels last, or their numbers in that order. With the wrapper
    ``frame_stack = k`` the caller joins the latest k observations along their last axis, the oldest first:
    ``numpy.concatenate(frames, axis=-1)``. What ``normalize_observation`` has learned is part of the policy. Actions are numbered as
    the run's environment numbers them.

    Values agree with the program's to about seven digits. Where two actions are as good as equal, the rounding may decide otherwise
    than there.
    """

    def __init__(self, description: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> None:
        """The functions of an export: its description, and its tensors by their names."""
        #: What ``tilde export`` says of the run: environment, spaces, functions, checkpoint and config.
        self.description = description
        #: The shape of one observation.
        self.observation_shape: tuple[int, ...] = tuple(description["observations"]["shape"])
        #: How many actions there are.
        self.actions: int = description["actions"]
        #: The names of the functions, such as ``q``, or ``actor`` and ``critic``.
        self.functions: tuple[str, ...] = tuple(function["prefix"] for function in description["functions"])
        doubles = {name: tensor.astype(np.float64) for name, tensor in weights.items()}
        self._weights = {prefix: networks.inside(doubles, prefix) for prefix in self.functions}
        for function in description["functions"]:
            check(function)

    def __repr__(self) -> str:
        run = self.description["run"]
        where = f"{self.description['environment']['name']}, {run['variant']}/seed-{run['seed']}"
        return f"<tilde.Policy of {where}: {' and '.join(self.functions)} after {run['step']} steps>"

    def act(self, observation: Any) -> int:
        """The greedy action: that of the largest output of Q̃ or of the actor, the first of equal ones.

        Raises:
            TildeError: If the run has learned no policy, as with ``td_prediction``.
            ValueError: If the observation has another size than the run's.
        """
        name = next((name for name in ("q", "actor") if name in self.functions), None)
        if name is None:
            algorithm = self.description["algorithm"]["name"]
            raise TildeError(f"`{algorithm}` has learned no policy but {' and '.join(self.functions)}: use `values`")
        return int(np.argmax(self._outputs_of_one(observation, name)))

    def values(self, observation: Any) -> np.ndarray:
        """Q̃(x, ·), one number per action; or Ṽ(x) alone, of ``td_prediction`` and of a critic.

        Raises:
            ValueError: If the observation has another size than the run's.
        """
        name = next((name for name in ("q", "value", "critic") if name in self.functions), self.functions[0])
        return self._outputs_of_one(observation, name)

    def outputs(self, observations: Any) -> dict[str, np.ndarray]:
        """The outputs ``[N, O]`` of all functions for N observations, by the functions' names."""
        x = np.asarray(observations, dtype=np.float32)
        return {name: self._outputs(x.reshape(len(x), math.prod(self.observation_shape)), name) for name in self.functions}

    def _outputs_of_one(self, observation: Any, name: str) -> np.ndarray:
        x = np.asarray(observation, dtype=np.float32)
        size = math.prod(self.observation_shape)
        if x.size != size:
            raise ValueError(f"the observation has {x.size} numbers, not {size}{self._advice(x.size)}")
        return self._outputs(x.reshape(1, size), name)[0]

    def _advice(self, size: int) -> str:
        shape, stacked = self.observation_shape, math.prod(self.observation_shape) // max(size, 1)
        if "frame_stack = " in self.description["config"] and stacked > 1 and stacked * size == math.prod(shape):
            return (
                f" (shape {shape}): with the wrapper `frame_stack = {stacked}` join the latest {stacked} observations along their"
                " last axis, the oldest first"
            )
        return f" (shape {shape})"

    def _outputs(self, x: np.ndarray, name: str) -> np.ndarray:
        """The outputs of one function for observations ``[N, C]``."""
        function = self.description["functions"][self.functions.index(name)]
        features, network = function["features"], function["network"]
        phi = FEATURES[features["name"]](features["constants"], self.normalized(x)).astype(np.float32).astype(np.float64)
        activation = networks.ACTIVATIONS[function["activation"]]
        if network["name"] == "conv":
            images = phi.reshape(-1, *self.observation_shape)
            return networks.conv(self._weights[name], network["settings"], activation, images)
        return networks.mlp(self._weights[name], network["settings"], activation, phi)

    def normalized(self, x: np.ndarray) -> np.ndarray:
        """What the features are of: clip((x − mean) / deviation, −clip, clip) where the run has ``normalize_observation``, else x."""
        norm = self.description.get("normalization")
        if norm is None:
            return x
        scaled = (x - np.array(norm["mean"])) / np.array(norm["deviation"])
        return np.clip(scaled, -norm["clip"], norm["clip"]).astype(np.float32)


def check(function: Mapping[str, Any]) -> None:
    """Refuses parts that are not written in NumPy: those of a program of the user's own.

    Raises:
        TildeError: If there is one; the message names it.
    """
    parts = [
        ("features", function["features"]["name"], FEATURES),
        ("network", function["network"]["name"], ("mlp", "conv")),
        ("activation", function["activation"], networks.ACTIVATIONS),
    ]
    for slot, name, known in parts:
        if name not in known:
            raise TildeError(
                f"the {slot} `{name}` cannot be computed in NumPy, but only {', '.join(known)}: compute it in Python yourself, "
                "with the weights of `tilde export`, or act with the program that trained it"
            )
