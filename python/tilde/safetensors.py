"""Files of weights. The format is that of https://github.com/huggingface/safetensors, here for real numbers alone."""

from __future__ import annotations

import json
import os
import pathlib

import numpy as np

#: The names of types, little-endian.
TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}


def read(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """All tensors of a file: eight bytes with the length of a header in JSON, the header, and the numbers.

    Raises:
        ValueError: If the file is damaged or has tensors of another type.
    """
    data = pathlib.Path(path).read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    try:
        for name, tensor in json.loads(data[8:start]).items():
            if name != "__metadata__":
                first, end = tensor["data_offsets"]
                numbers = np.frombuffer(data[start:][first:end], dtype=TYPES[tensor["dtype"]])
                tensors[name] = numbers.reshape(tensor["shape"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: is no file of tensors of real numbers, or is damaged: {error}") from error
    return tensors
