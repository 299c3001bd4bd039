"""Writes frozen_lake.txt: Gymnasium's FrozenLake-v1 as a table and as episodes, for tests/golden_frozen_lake.rs.

    python make_frozen_lake.py > frozen_lake.txt

"p STATE ACTION" and then, for each outcome, "PROBABILITY NEXT REWARD TERMINATED": the slippery 4x4 map's table.
"run SEED MAP SLIPPERY SUCCESS_RATE": one environment, seeded by its first reset only; then one line per call, "ACTION STATE REWARD
TERMINATED TRUNCATED", where the action of a reset is "r".
"""

import random

import gymnasium
import numpy as np


def table():
    env = gymnasium.make("FrozenLake-v1", map_name="4x4", is_slippery=True)
    for state, actions in env.unwrapped.P.items():
        for action, outcomes in actions.items():
            flat = [f"{float(p)!r} {s} {float(r)!r} {int(t)}" for p, s, r, t in outcomes]
            print("p", state, action, *flat)


def run(seed: int, name: str, map_name: str, slippery: bool, episodes: int, success_rate: float = 1.0 / 3.0):
    print("run", seed, map_name, int(slippery), success_rate)
    env = gymnasium.make(name, map_name=map_name, is_slippery=slippery, success_rate=success_rate)
    stream = random.Random(seed)
    for episode in range(episodes):
        state, _ = env.reset(seed=seed if episode == 0 else None)
        print("r", state, 0.0, 0, 0)
        over = False
        while not over:
            action = stream.randrange(4)
            state, reward, terminated, truncated, _ = env.step(action)
            print(action, state, float(reward), int(terminated), int(truncated))
            over = terminated or truncated


print(f"# gymnasium {gymnasium.__version__}, numpy {np.__version__}")
table()
for seed in [0, 1, 2]:
    run(seed, "FrozenLake-v1", "4x4", True, episodes=20)
    run(seed, "FrozenLake8x8-v1", "8x8", True, episodes=5)
run(3, "FrozenLake-v1", "4x4", False, episodes=10)
run(4, "FrozenLake8x8-v1", "8x8", True, episodes=6, success_rate=0.8)
