"""Networks in NumPy: from features ``[N, K]`` to outputs ``[N, O]``.

They compute in 64 bits where the program computes in 32, so that outputs differ in the seventh digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

#: The tensors of one network by the names that they have in it, such as ``layers.0.weight``.
Weights = Mapping[str, np.ndarray]
Activation = Callable[[np.ndarray], np.ndarray]

#: Activations by their names in a config.
ACTIVATIONS: Mapping[str, Activation] = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 0.5 * (1 + np.tanh(0.5 * z)),  # 1 / (1 + e⁻ᶻ), which overflows
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "gelu": lambda z: 0.5 * z * (1 + np.vectorize(math.erf, otypes=[float])(z / math.sqrt(2))),
    "silu": lambda z: 0.5 * z * (1 + np.tanh(0.5 * z)),
    "softplus": lambda z: np.logaddexp(0, z),
    "identity": lambda z: z,
}


def mlp(weights: Weights, settings: Mapping[str, Any], activation: Activation, h: np.ndarray) -> np.ndarray:
    """Linear layers of PyTorch's shape ``[outputs, inputs]``.

    The input of each layer but the first is f(norm(h)) of the output h of the layer before; without ``layer_norm``, f(h). With
    ``residual``, h is added to the output of a hidden layer of the same width.
    """
    depth = sum(name.startswith("layers.") and name.endswith(".weight") for name in weights)
    for i in range(depth):
        inputs = h if i == 0 else activation(normalized(weights, i - 1, h) if settings["layer_norm"] else h)
        outputs = inputs @ weights[f"layers.{i}.weight"].T + weights.get(f"layers.{i}.bias", 0)
        is_skipped = settings["residual"] and 0 < i < depth - 1 and outputs.shape == h.shape
        h = outputs + h if is_skipped else outputs
    return h


def conv(weights: Weights, settings: Mapping[str, Any], activation: Activation, images: np.ndarray) -> np.ndarray:
    """Convolutions over images ``[N, height, width, channels]``, and an :func:`mlp` as ``head`` over the outputs of the last
    one, in the order of PyTorch's ``Flatten``: channels first. Norms and residuals are as there."""
    count = len(settings["filters"])
    strides, paddings = of_each(settings["stride"], count), of_each(settings["padding"], count)

    def between(h: np.ndarray, i: int) -> np.ndarray:
        return activation(normalized(weights, i, h) if settings["layer_norm"] else h)

    h = images
    for i in range(count):
        inputs = h if i == 0 else between(h, i - 1)
        kernels, biases = weights[f"convolutions.{i}.weight"], weights[f"convolutions.{i}.bias"]
        outputs = convolution(inputs, kernels, biases, strides[i], paddings[i])
        h = outputs + h if settings["residual"] and i > 0 and outputs.shape == h.shape else outputs
    flat = between(h, count - 1).transpose(0, 3, 1, 2).reshape(len(images), -1)
    return mlp(inside(weights, "head"), settings, activation, flat)


def convolution(x: np.ndarray, kernels: np.ndarray, biases: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """Images ``[N, H, W, C]`` seen through kernels of PyTorch's shape ``[filters, C, k, k]``: ``[N, H′, W′, filters]``."""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernels.shape[2:], axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("nhwcij,fcij->nhwf", windows, kernels, optimize=True) + biases


def normalized(weights: Weights, i: int, h: np.ndarray) -> np.ndarray:
    """Layer norm over the last axis (Ba et al. 2016), with PyTorch's ε."""
    deviation = np.sqrt(h.var(axis=-1, keepdims=True) + 1e-5)
    return (h - h.mean(axis=-1, keepdims=True)) / deviation * weights[f"norms.{i}.weight"] + weights[f"norms.{i}.bias"]


def inside(weights: Weights, prefix: str) -> dict[str, np.ndarray]:
    """The tensors whose names begin with ``prefix`` and a dot, by the rest of their names."""
    return {name[len(prefix) + 1 :]: tensor for name, tensor in weights.items() if name.startswith(f"{prefix}.")}


def of_each(setting: int | Sequence[int], count: int) -> Sequence[int]:
    """A setting of each of ``count`` layers: one number is for all."""
    return [setting] * count if isinstance(setting, int) else setting
