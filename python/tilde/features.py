"""Feature maps in NumPy: from observations ``[N, C]`` to features ``[N, K]``.

Each function takes the ``constants`` of the description that ``tilde export`` writes, and observations as 32-bit floats.
Positions and tile numbers are computed in 32 bits, as the program does: in 64, an observation at the edge of a tile could fall
into the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Constants = Mapping[str, Any]


def identity(constants: Constants, x: np.ndarray) -> np.ndarray:
    """x"""
    return x


def scaled(constants: Constants, x: np.ndarray) -> np.ndarray:
    """(x − centre) · factor"""
    return (x - np.float32(constants["centre"])) * np.float32(constants["factor"])


def cells(constants: Constants, x: np.ndarray) -> np.ndarray:
    """``one_hot`` and ``bins``: the feature of the cell that x lies in is 1. Cells are numbered row-major."""
    numbers = np.zeros(len(x), dtype=int)
    for i, side in enumerate(constants["sides"]):
        # The upper end of the range belongs to the last cell.
        numbers += np.minimum(position(side["axis"], x[:, i]).astype(int), side["last"]) * side["stride"]
    return counts(numbers[:, None], constants["len"])


def tiles(constants: Constants, x: np.ndarray) -> np.ndarray:
    """Tile coding: one tile of each tiling is active.

    Along component i, an observation lies in an undisplaced tile, or in the next one if it is beyond the border of the
    displaced tile. A tile's number is its place in its tiling, or a hash of it where there is a ``memory``.
    """
    tilings = constants["tilings"]
    borders = np.array(constants["borders"], dtype=np.float32).reshape(-1, tilings)
    places = np.stack([position(axis, x[:, i]) for i, axis in enumerate(constants["axes"])], axis=1)  # [N, C]
    whole = places.astype(int)
    coordinates = whole[:, :, None] + ((places - whole.astype(np.float32))[:, :, None] >= borders)  # [N, C, tilings]
    if own := constants["numbering"].get("own"):
        strides = np.array(own["strides"])[:, None]
        numbers = np.arange(tilings) * own["tiles_per_tiling"] + (coordinates * strides).sum(1)
    else:
        numbers = hashed(coordinates, constants["numbering"]["hashed"]["memory"])
    return counts(numbers, constants["len"])


def fourier(constants: Constants, x: np.ndarray) -> np.ndarray:
    """cos(π Σ cᵢ pᵢ) for all combinations of cᵢ, from 0 to ``frequencies[i]`` − 1."""
    frequencies = enumerate(constants["frequencies"])
    angles = [np.arange(n, dtype=np.float32) * np.float32(np.pi) * component(constants, x, i) for i, n in frequencies]
    return np.cos(combined(angles, np.add))


def polynomial(constants: Constants, x: np.ndarray) -> np.ndarray:
    """Π (pᵢ − 1)^cᵢ for all combinations of cᵢ, from 0 to ``powers[i]`` − 1."""
    powers = [(component(constants, x, i) - 1) ** np.arange(n) for i, n in enumerate(constants["powers"])]
    return combined(powers, np.multiply)


def rbf(constants: Constants, x: np.ndarray) -> np.ndarray:
    """Π exp(−½ ((pᵢ − j) / width)²) for all combinations of centres j. With ``normalized``, they sum to 1."""
    is_normalized = constants["normalized"]
    parts = []
    for i, count in enumerate(constants["centres"]):
        centres = np.arange(count) if count > 1 else np.array([0.5])
        exponents = -0.5 * ((component(constants, x, i) - centres) / constants["width"]) ** 2
        if is_normalized:
            exponents -= exponents.max(axis=1, keepdims=True)  # the same features, of which one never vanishes
        parts.append(np.exp(exponents))
    features = combined(parts, np.multiply)
    return features / features.sum(axis=1, keepdims=True) if is_normalized else features


#: The feature maps by their names in a config.
FEATURES: Mapping[str, Callable[[Constants, np.ndarray], np.ndarray]] = {
    "identity": identity,
    "scaled": scaled,
    "one_hot": cells,
    "bins": cells,
    "tiles": tiles,
    "fourier": fourier,
    "polynomial": polynomial,
    "rbf": rbf,
}


def position(axis: Constants, x: np.ndarray) -> np.ndarray:
    """p = clip((x − low) · factor, 0, units)"""
    return np.clip((x - np.float32(axis["low"])) * np.float32(axis["factor"]), np.float32(0), np.float32(axis["units"]))


def component(constants: Constants, x: np.ndarray, i: int) -> np.ndarray:
    """The positions pᵢ of component i, ``[N, 1]``."""
    return position(constants["axes"][i], x[:, [i]])


def combined(parts: Sequence[np.ndarray], operation: np.ufunc) -> np.ndarray:
    """All combinations of the components' parts ``[N, kᵢ]`` as ``[N, Π kᵢ]``, the last component changing fastest."""
    features = parts[-1]
    for part in reversed(parts[:-1]):  # from the last, as the program does: sums are then rounded alike
        features = operation(part[:, :, None], features[:, None, :]).reshape(len(features), -1)
    return features


def counts(numbers: np.ndarray, length: int) -> np.ndarray:
    """How often each of ``length`` features is among the numbers ``[N, active]`` of a row."""
    features = np.zeros((len(numbers), length), dtype=np.float32)
    np.add.at(features, (np.arange(len(numbers))[:, None], numbers), 1)
    return features


def hashed(coordinates: np.ndarray, memory: int) -> np.ndarray:
    """Numbers below ``memory`` of tiles with the coordinates ``[N, C, tilings]``."""
    tilings = coordinates.shape[2]
    hashes = np.tile(mix(np.arange(1, tilings + 1, dtype=np.uint64)), (len(coordinates), 1))
    for i in range(coordinates.shape[1]):
        hashes = mix(hashes ^ coordinates[:, i].astype(np.uint64))
    return ((hashes * np.uint64(memory)) >> np.uint64(32)).astype(int)


def mix(hashes: np.ndarray) -> np.ndarray:
    """The finaliser of MurmurHash3 over 32 bits (Appleby 2011, public domain), in numbers of 64."""
    shift, mask = np.uint64, np.uint64(0xFFFF_FFFF)
    hashes = ((hashes ^ (hashes >> shift(16))) * np.uint64(0x85EB_CA6B)) & mask
    hashes = ((hashes ^ (hashes >> shift(13))) * np.uint64(0xC2B2_AE35)) & mask
    return hashes ^ (hashes >> shift(16))
