"""Compares exported functions with the outputs that Tilde printed: in NumPy or PyTorch from the safetensors, in ONNX Runtime from the ONNX.

Nothing here knows Tilde but through the exported files: features and networks are written anew from their descriptions.
"""

import json
import math
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    torch = None

TOLERANCE = 1e-6  # of outputs of size 1; larger ones in proportion


def position(axis, x):
    return np.clip((x - np.float32(axis["low"])) * np.float32(axis["factor"]), 0, np.float32(axis["units"]))


def joined(parts, join):
    """Combines [N, k] of each component to [N, product of all k], the last component changing fastest."""
    features = parts[-1]
    for part in reversed(parts[:-1]):  # from the last, as Tilde does: sums are then rounded alike
        features = join(part[:, :, None], features[:, None, :]).reshape(len(features), -1)
    return features


def fourier(c, x):
    parts = [np.arange(n, dtype=np.float32) * np.float32(np.pi) * position(a, x[:, [i]]) for i, (a, n) in enumerate(zip(c["axes"], c["frequencies"]))]
    return np.cos(joined(parts, np.add))


def polynomial(c, x):
    return joined([(position(a, x[:, [i]]) - 1) ** np.arange(n) for i, (a, n) in enumerate(zip(c["axes"], c["powers"]))], np.multiply)


def rbf(c, x):
    parts = []
    for i, (axis, count) in enumerate(zip(c["axes"], c["centres"])):
        places = np.arange(count) if count > 1 else np.array([0.5])
        exponents = -0.5 * ((position(axis, x[:, [i]]) - places) / c["width"]) ** 2
        parts.append(np.exp(exponents - exponents.max(1, keepdims=True)) if c["normalized"] else np.exp(exponents))
    features = joined(parts, np.multiply)
    return features / features.sum(1, keepdims=True) if c["normalized"] else features


def cells(c, x):
    number = sum(np.minimum(position(s["axis"], x[:, i]).astype(int), s["last"]) * s["stride"] for i, s in enumerate(c["sides"]))
    return np.eye(c["len"], dtype=np.float32)[number]


def tiles(c, x):
    borders = np.array(c["borders"], dtype=np.float32).reshape(len(c["axes"]), c["tilings"])
    numbers = np.arange(c["tilings"]) * c["numbering"]["own"]["tiles_per_tiling"] + np.zeros((len(x), 1), dtype=int)
    for i, (axis, stride) in enumerate(zip(c["axes"], c["numbering"]["own"]["strides"])):
        place = position(axis, x[:, [i]])
        tile = place.astype(int)
        numbers = numbers + stride * (tile + (place - tile >= borders[i]))
    features = np.zeros((len(x), c["len"]), dtype=np.float32)
    np.add.at(features, (np.arange(len(x))[:, None], numbers), 1)
    return features


FEATURES = {
    "identity": lambda c, x: x,
    "scaled": lambda c, x: (x - np.float32(c["centre"])) * np.float32(c["factor"]),
    "one_hot": cells, "bins": cells, "fourier": fourier, "rbf": rbf, "polynomial": polynomial, "tiles": tiles,
}  # fmt: skip

ACTIVATIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(z)),
    "gelu": lambda z: z * 0.5 * (1 + np.vectorize(math.erf)(z / math.sqrt(2))),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "identity": lambda z: z,
}


def layer_norm(h, w, b):
    return (h - h.mean(-1, keepdims=True)) / np.sqrt(h.var(-1, keepdims=True) + 1e-5) * w + b


def convolved(x, w, b, stride, padding):
    """PyTorch's conv2d over x [N, C, H, W] with w [filters, C, k, k]."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], (2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwij,fcij->nfhw", windows, w, optimize=True) + b[:, None, None]


def listed(setting, count):
    return setting if isinstance(setting, list) else [setting] * count


def numpy_network(description, function, w, x):
    f, settings = ACTIVATIONS[function["activation"]], function["network"]["settings"]
    at = lambda name: w[f"{function['prefix']}.{name}"].astype(np.float64)
    norm, residual = settings["layer_norm"], settings["residual"]
    head, h = "", x.astype(np.float64)
    if function["network"]["name"] == "conv":
        head, count = "head.", len(settings["filters"])
        strides, paddings = listed(settings["stride"], count), listed(settings["padding"], count)
        c = h.reshape(-1, *description["observations"]["shape"]).transpose(0, 3, 1, 2)

        def between(c, i):
            if norm:
                c = layer_norm(c.transpose(0, 2, 3, 1), at(f"norms.{i}.weight"), at(f"norms.{i}.bias")).transpose(0, 3, 1, 2)
            return f(c)

        for i in range(count):
            made = convolved(c if i == 0 else between(c, i - 1), at(f"convolutions.{i}.weight"), at(f"convolutions.{i}.bias"), strides[i], paddings[i])
            c = c + made if residual and i > 0 and made.shape == c.shape else made
        h = between(c, count - 1).reshape(len(x), -1)
    depth = len(function["hidden"]) + 1
    for i in range(depth):
        inside = h
        if i > 0:
            inside = f(layer_norm(h, at(f"{head}norms.{i - 1}.weight"), at(f"{head}norms.{i - 1}.bias")) if norm else h)
        bias = f"{head}layers.{i}.bias"
        made = inside @ at(f"{head}layers.{i}.weight").T + (at(bias) if f"{function['prefix']}.{bias}" in w else 0)
        h = h + made if residual and 0 < i < depth - 1 and made.shape == h.shape else made
    return h


def torch_network(description, function, w, x):
    """The plain networks as a PyTorch user writes them: modules in a row, and load_state_dict."""
    nn, settings = torch.nn, function["network"]["settings"]
    if settings["layer_norm"] or settings["residual"] or function["activation"] not in ("relu", "tanh"):
        return None
    activation = {"relu": nn.ReLU, "tanh": nn.Tanh}[function["activation"]]
    shapes = {t["name"].removeprefix(function["prefix"] + "."): t["shape"] for t in function["tensors"]}
    modules, state = [], {}

    def add(module, name):
        for key in ("weight", "bias"):
            if f"{name}.{key}" in shapes:
                state[f"{len(modules)}.{key}"] = torch.from_numpy(w[f"{function['prefix']}.{name}.{key}"])
        modules.append(module)

    x, head = torch.from_numpy(x), ""
    if function["network"]["name"] == "conv":
        head, count = "head.", len(settings["filters"])
        strides, paddings = listed(settings["stride"], count), listed(settings["padding"], count)
        x = x.reshape(-1, *description["observations"]["shape"]).permute(0, 3, 1, 2)
        for i in range(count):
            filters, channels, size, _ = shapes[f"convolutions.{i}.weight"]
            add(nn.Conv2d(channels, filters, size, strides[i], paddings[i]), f"convolutions.{i}")
            modules.append(activation())
        modules.append(nn.Flatten())
    depth = len(function["hidden"]) + 1
    for i in range(depth):
        outputs, inputs = shapes[f"{head}layers.{i}.weight"]
        add(nn.Linear(inputs, outputs, bias=f"{head}layers.{i}.bias" in shapes), f"{head}layers.{i}")
        if i + 1 < depth:
            modules.append(activation())
    network = nn.Sequential(*modules)
    network.load_state_dict(state)
    with torch.no_grad():
        return network(x).numpy()


def main(work):
    failed = False
    print(f"{'run':24}{'function':10}{'NumPy':>10}{'PyTorch':>10}{'ONNX':>10}   largest difference, relative to 1 + |output|")
    for path in sorted(work.glob("*.safetensors")):
        weights = load_file(path)
        description = json.loads(pathlib.Path(f"{path}.json").read_text())
        lines = path.with_suffix(".observations").read_text().splitlines()
        x = np.array([json.loads(line)["observation"] for line in lines], dtype=np.float32).reshape(len(lines), -1)
        values = [json.loads(line) for line in path.with_suffix(".values").read_text().splitlines()]
        onnx = path.with_suffix(".onnx")
        outputs = None
        if onnx.exists():
            import onnx as onnx_format
            import onnxruntime

            onnx_format.checker.check_model(str(onnx), full_check=True)
            session = onnxruntime.InferenceSession(str(onnx), providers=["CPUExecutionProvider"])
            outputs = dict(zip((o.name for o in session.get_outputs()), session.run(None, {"observation": x})))
        seen = x
        if norm := description.get("normalization"):
            seen = np.clip((x - np.array(norm["mean"])) / np.array(norm["deviation"]), -norm["clip"], norm["clip"]).astype(np.float32)
        for function in description["functions"]:
            expected = np.array([line[function["prefix"]] for line in values])
            assert len(expected) >= 1000, len(expected)
            features = FEATURES[function["features"]["name"]](function["features"]["constants"], seen).astype(np.float32)
            found = [numpy_network(description, function, weights, features)]
            found.append(torch_network(description, function, weights, features) if torch else None)
            found.append(outputs[function["prefix"]] if outputs else None)
            differences = [None if y is None else float(np.max(np.abs(y - expected) / (1 + np.abs(expected)))) for y in found]
            shown = "".join(f"{'–':>10}" if d is None else f"{d:10.1e}" for d in differences)
            wrong = any(d is not None and not d <= TOLERANCE for d in differences)
            failed |= wrong
            print(f"{path.stem:24}{function['prefix']:10}{shown}{'   TOO FAR' if wrong else ''}")
    if torch is None:
        print("PyTorch is not installed here, so that NumPy alone has read the safetensors.")
    sys.exit(failed)


main(pathlib.Path(sys.argv[1]))
