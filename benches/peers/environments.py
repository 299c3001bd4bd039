#!/usr/bin/env python3
"""Steps per second of environments beside Gymnasium's own, by one command, with a Python that has Gymnasium:

    python3 benches/peers/environments.py
    python3 benches/peers/environments.py --rounds 9

It builds Tilde's benchmarks, then measures in rounds: in each of them Gymnasium's environment and Tilde's, one after the other, for
every environment, on one core. All of Gymnasium's run in this process, as `gymnasium.make` returns them, wrappers included; Tilde's
run through `Box<dyn Env>` in a process of their own, whose start is not measured. Actions are random and drawn beforehand; resets
count. It prints the medians and the median of the ratios of a round.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import gymnasium
import numpy as np

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ENVIRONMENTS = {
    "cart-pole": "CartPole-v1",
    "mountain-car": "MountainCar-v0",
    "acrobot": "Acrobot-v1",
    "pendulum": "Pendulum-v1",
}
TORQUES = np.array([[-2.0], [0.0], [2.0]], dtype=np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer-steps", type=int, default=20_000, help="steps of Gymnasium's in each round")
    parser.add_argument("--steps", type=int, default=2_000_000, help="steps of Tilde's in each round")
    options = parser.parse_args()
    work = build()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # processes that this one starts, too
    envs = {name: gymnasium.make(peer) for name, peer in ENVIRONMENTS.items()}
    rates = {name: [] for name in ENVIRONMENTS}
    for number in range(1, options.rounds + 1):
        for name, env in envs.items():
            peer = gymnasium_rate(env, options.peer_steps, seed=number)
            rates[name].append((peer, our_rate(work, name, options.steps)))
        print(f"round {number} of {options.rounds}", file=sys.stderr)
    print(f"Steps per second; gymnasium {gymnasium.__version__}, numpy {np.__version__}, median of {options.rounds} rounds\n")
    print("| environment | Gymnasium | Tilde | times as fast (least, most) |\n|---|---|---|---|")
    for name, pairs in rates.items():
        peer, ours = (statistics.median(rate) for rate in zip(*pairs))
        ratios = [ours / peer for peer, ours in pairs]
        ratio = f"{statistics.median(ratios):,.0f} ({min(ratios):,.0f}, {max(ratios):,.0f})"
        print(f"| {name} | {peer:,.0f} | {ours:,.0f} | {ratio} |")


def build():
    """The program `work` of Tilde's benchmarks."""
    command = ["cargo", "build", "--release", "--quiet", "-p", "tilde-benches", "--bin", "work"]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "release" / "work"


def gymnasium_rate(env, steps, seed):
    draw = np.random.default_rng(seed)
    discrete = isinstance(env.action_space, gymnasium.spaces.Discrete)
    count = int(env.action_space.n) if discrete else len(TORQUES)
    numbers = draw.integers(0, count, steps).tolist()
    actions = numbers if discrete else [TORQUES[number] for number in numbers]
    env.reset(seed=seed)  # the first reset and step are checked by a wrapper, once
    env.step(actions[0])
    start = time.perf_counter()
    env.reset()
    for action in actions:
        _, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            env.reset()
    return steps / (time.perf_counter() - start)


def our_rate(work, name, steps):
    output = subprocess.run([work, f"random-steps/{name}", str(steps)], check=True, capture_output=True, text=True)
    return 1e6 / float(output.stdout)


if __name__ == "__main__":
    main()
