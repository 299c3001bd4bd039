"""Compares exported functions with the outputs that Tilde printed: in NumPy as `tilde.load_policy` computes them and in PyTorch, from the
safetensors, and in ONNX Runtime from the ONNX.

Nothing here knows Tilde's program but through the exported files: features and networks are written anew from their descriptions.
"""

import json
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))
from tilde import load_policy
from tilde.features import FEATURES
from tilde.networks import of_each

try:
    import torch
except ImportError:
    torch = None

TOLERANCE = 1e-6  # of outputs of size 1; larger ones in proportion


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
        strides, paddings = of_each(settings["stride"], count), of_each(settings["padding"], count)
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
        weights, policy = load_file(path), load_policy(path)
        description = json.loads(pathlib.Path(f"{path}.json").read_text())
        lines = path.with_suffix(".observations").read_text().splitlines()
        x = np.array([json.loads(line)["observation"] for line in lines], dtype=np.float32).reshape(len(lines), -1)
        values = [json.loads(line) for line in path.with_suffix(".values").read_text().splitlines()]
        assert len(values) >= 1000, len(values)
        found_in_numpy = policy.outputs(x)
        onnx = path.with_suffix(".onnx")
        outputs = None
        if onnx.exists():
            import onnx as onnx_format
            import onnxruntime

            onnx_format.checker.check_model(str(onnx), full_check=True)
            session = onnxruntime.InferenceSession(str(onnx), providers=["CPUExecutionProvider"])
            outputs = dict(zip((o.name for o in session.get_outputs()), session.run(None, {"observation": x})))
        for function in description["functions"]:
            name = function["prefix"]
            expected = np.array([line[name] for line in values])
            found = [found_in_numpy[name], None, outputs[name] if outputs else None]
            if torch:
                features = function["features"]
                phi = FEATURES[features["name"]](features["constants"], policy.normalized(x)).astype(np.float32)
                found[1] = torch_network(description, function, weights, phi)
            differences = [None if y is None else float(np.max(np.abs(y - expected) / (1 + np.abs(expected)))) for y in found]
            shown = "".join(f"{'–':>10}" if d is None else f"{d:10.1e}" for d in differences)
            wrong = any(d is not None and not d <= TOLERANCE for d in differences)
            failed |= wrong
            print(f"{path.stem:24}{name:10}{shown}{'   TOO FAR' if wrong else ''}")
        own_values = policy.values(x[0])
        assert any(np.allclose(own_values, y[0], rtol=1e-12) for y in found_in_numpy.values()), "values are not those of a function"
        assert policy.act(x[0]) == int(np.argmax(found_in_numpy["actor" if "actor" in found_in_numpy else "q"][0]))
    if torch is None:
        print("PyTorch is not installed here, so that NumPy alone has read the safetensors.")
    sys.exit(failed)


main(pathlib.Path(sys.argv[1]))
