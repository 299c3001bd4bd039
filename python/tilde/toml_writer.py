"""Values of Python as TOML, as far as a config needs them."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any


def document(table: Mapping[str, Any]) -> str:
    """A TOML document with one line per key. Tables inside are written inline, which means the same as sections."""
    return "".join(f"{key(name)} = {value(item)}\n" for name, item in table.items())


def value(item: Any) -> str:
    """A value on one line.

    Raises:
        TypeError: If TOML has no such value.
    """
    if hasattr(item, "tolist"):  # a number or an array of NumPy
        item = item.tolist()
    if isinstance(item, bool):
        return str(item).lower()
    if isinstance(item, int):
        return str(item)
    if isinstance(item, float):
        return repr(item) if math.isfinite(item) else str(item)  # 1e-05, inf and nan are TOML too
    if isinstance(item, os.PathLike):
        item = os.fspath(item)
    if isinstance(item, str):
        return string(item)
    if isinstance(item, Mapping):
        return "{ " + ", ".join(f"{key(name)} = {value(inner)}" for name, inner in item.items()) + " }" if item else "{}"
    if isinstance(item, Sequence) and not isinstance(item, (bytes, bytearray)):
        return "[" + ", ".join(map(value, item)) + "]"
    raise TypeError(f"TOML has no value for {item!r}: leave its key out, or give a number, text, list or dict")


def key(name: str) -> str:
    """A key, in quotes where TOML asks for them."""
    if not isinstance(name, str):
        raise TypeError(f"the keys of a config are text, not {name!r}")
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else string(name)


def string(text: str) -> str:
    """A text in quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")  # the one character that only JSON has bare
