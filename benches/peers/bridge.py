"""Steps per second through the Gymnasium bridge beside the same loop in Python: eight environments, random actions.

    cargo build --release -p tilde-envs --example bridge_speed
    .venv/bin/python benches/peers/bridge.py [--rounds 5]

Needs gymnasium[box2d]==1.4.* and minatar. The two take turns; the medians and the median of the ratios are printed.
MinAtar has a generator of its own, which is seeded at each reset, so the Python loop seeds it too.
"""

import argparse
import pathlib
import random
import statistics
import subprocess
import sys
import time

import gymnasium

ENVS = 8
TASKS = [("CartPole-v1", "", 200_000), ("LunarLander-v3", "", 40_000), ("MinAtar/Breakout-v1", "minatar.gym", 200_000)]


def python_loop(name: str, steps: int, seeded: bool) -> float:
    envs = [gymnasium.make(name) for _ in range(ENVS)]
    actions = int(envs[0].action_space.n)
    for seed, env in enumerate(envs):
        env.reset(seed=seed)
    choice = random.Random(9)
    start = time.perf_counter()
    for _ in range(steps // ENVS):
        for env in envs:
            _, _, terminated, truncated, _ = env.step(choice.randrange(actions))
            if terminated or truncated:
                env.reset(seed=choice.randrange(2**31) if seeded else None)
    return steps / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", type=pathlib.Path, default="target/release/examples/bridge_speed")
    arguments = parser.parse_args()
    for name, module, steps in TASKS:
        if module:
            __import__(module, fromlist=["x"]).register_envs()
        pairs = []
        for _ in range(arguments.rounds):
            command = [arguments.program, sys.executable, name, module, str(ENVS), str(steps)]
            bridge = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            pairs.append((bridge, python_loop(name, steps, bool(module))))
        bridge, loop = (statistics.median(column) for column in zip(*pairs))
        ratio = statistics.median(mine / theirs for mine, theirs in pairs)
        print(f"{name:<22} bridge {bridge:>9,.0f}   Python {loop:>9,.0f} steps/s   ratio {ratio:.2f}", flush=True)


main()
