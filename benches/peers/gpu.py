#!/usr/bin/env python3
"""Gradient steps of DQN on an NVIDIA GPU, by Tilde, PyTorch and JAX:

    pip install torch "jax[cuda13]" optax        # or cuda12, as the driver has it
    python3 benches/peers/gpu.py                 # all of them; `--only torch-graph,jax-loop` for some

Networks from small to the size where a GPU earns its place, batches from 32 to 4,096; the complete step of
`compare.py`, with the replay buffer and its sampling on the GPU. Median microseconds per step; what is compiled or
captured before is left out. Without a GPU it says so, and measures nothing.

Tilde's are those that `cargo bench -p tilde-benches --features cuda --bench gradient_step` reports as
`gradient_step/NETWORK/cuda/BATCH`, by the names below.
"""

import common  # first: it starts the clock

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
NETWORKS = [common.mlp(4, 256, 256, 2), common.mlp(8, 1024, 1024, 4), common.CONV]
BATCHES = [32, 256, 1024, 4096]
DEVICE = "cuda"
CONTENDERS = ["tilde", "torch-eager", "torch-compile", "torch-graph", "jax-per-step", "jax-loop"]


def main():
    parser = argparse.ArgumentParser(description="Gradient steps on an NVIDIA GPU: measure, and print a table.")
    parser.add_argument("--only", default=",".join(CONTENDERS), metavar="NAME,…", help=f"of {', '.join(CONTENDERS)}")
    parser.add_argument("--measure", choices=CONTENDERS[1:], help=argparse.SUPPRESS)  # in a process of its own
    options = parser.parse_args()
    if options.measure:
        return common.report(**peer(options.measure))
    listed = shutil.which("nvidia-smi") and subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True)
    if not listed or listed.returncode != 0 or not listed.stdout.strip():
        sys.exit("no NVIDIA GPU here (`nvidia-smi -L` lists none): nothing to measure")
    print(listed.stdout.strip())
    columns = [f"{network.name}, {batch}" for network in NETWORKS for batch in BATCHES]
    print(f"\n| µs per step | {' | '.join(columns)} |\n|{' --- |' * (len(columns) + 1)}", flush=True)
    for name in options.only.split(","):
        times = tilde() if name == "tilde" else in_a_process(name)
        cells = (f"{times[column]:,.0f}" if column in times else "" for column in columns)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def in_a_process(name):
    """A peer's times. JAX takes most of a GPU's memory while it runs, so no two share a process."""
    command = [sys.executable, __file__, "--measure", name]
    finished = subprocess.run(command, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True)
    if finished.returncode != 0:
        print(f"{name}: missing: {(finished.stderr.strip() or 'no message').splitlines()[-1]}", file=sys.stderr)
        return {}
    return json.loads(finished.stdout.splitlines()[-1])


def tilde():
    """The times of the benchmark's rows that end in `cuda/BATCH`."""
    home = REPOSITORY / "target" / "peers" / "criterion-gpu"
    shutil.rmtree(home, ignore_errors=True)
    bench = ["cargo", "bench", "-p", "tilde-benches", "--features", "cuda", "--bench", "gradient_step", "--"]
    command = [*bench, "--noplot", "--measurement-time", "1.5", r"^gradient_step/.*/cuda/\d+$"]
    finished = subprocess.run(command, cwd=REPOSITORY, env=os.environ | {"CRITERION_HOME": str(home)}, stdout=sys.stderr)
    if finished.returncode != 0:
        print("tilde: missing: its benchmark failed", file=sys.stderr)
    times = {}
    for file in home.glob("gradient_step/*_cuda/*/new/sample.json"):
        network, batch = file.parents[2].name.removesuffix("_cuda"), file.parents[1].name
        sample = json.loads(file.read_text())
        each = (time / count / 1000 for time, count in zip(sample["times"], sample["iters"]))
        times[f"{network}, {batch}"] = statistics.median(each)
    return times


def peer(name):
    library, kind = name.split("-", 1)
    prepare = torch_steps if library == "torch" else jax_steps
    times = {}
    for network in NETWORKS:
        for batch in BATCHES:
            steps = prepare(kind, network, batch)
            times[f"{network.name}, {batch}"] = common.microseconds(lambda: steps(100), 100)["median"]
    return times


def torch_steps(kind, network, batch):
    """Eager; with the loss and its backward pass compiled; and that captured as one CUDA graph, which is replayed."""
    import torch

    import torch_dqn

    torch.compiler.reset()
    torch.set_float32_matmul_precision("highest")  # all of 32 bits, as on the CPU
    columns = [torch.from_numpy(column).to(DEVICE) for column in common.replay_rows(network)]
    online, target = (each.to(DEVICE) for each in torch_dqn.pair_of_networks(network))
    update = torch_dqn.stepwise_update("eager-fused" if kind == "eager" else "compile", online, target, kind == "graph")

    def step():
        rows = torch.randint(common.BUFFER, (batch,), device=DEVICE)
        update(*(torch_dqn.channels_first(column[rows]) for column in columns))

    if kind == "graph":
        # As PyTorch's manual has it: some steps beside the usual stream come first, which also compile.
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(5):
                step()
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
        step = graph.replay

    def steps(count):
        for _ in range(count):
            step()
        torch.cuda.synchronize()

    return steps


def jax_steps(kind, network, batch):
    """As on the CPU, but that a call per step takes its rows from the GPU's memory too."""
    import jax

    import jax_dqn

    if jax.default_backend() != "gpu":
        sys.exit(f"JAX finds no GPU but {jax.devices()}")
    jax.config.update("jax_default_matmul_precision", "highest")
    return jax_dqn.loop(network, batch, at_once=1 if kind == "per-step" else None)


if __name__ == "__main__":
    main()
