"""Writes catch.txt: episodes of bsuite's Catch, for tests/golden_catch.rs.

    pip install bsuite && python make_catch.py > catch.txt

A run starts with "run SEED ROWS COLUMNS POLICY", and has one line per call: "ACTION REWARD LAST BOARD", where the action of a
reset is "r", LAST is 1 on an episode's last step, and the board is one digit per cell, row by row.

The board, the moves and the rewards are bsuite's own; the ball's first column comes from NumPy's newer generator, which the
environments here have, in place of the older one.
"""

import importlib.metadata
import random

import numpy as np
from bsuite.environments import catch


class Columns:
    """Draws columns as tilde-envs does."""

    def __init__(self, seed: int):
        self.generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))

    def randint(self, columns: int) -> int:
        return int(self.generator.random() * columns)


def show(action, step):
    cells = "".join(str(int(cell)) for cell in step.observation.ravel())
    print(action, float(step.reward or 0.0), int(step.last()), cells)


def chase(env) -> int:
    """Towards the ball: 0 left, 1 stay, 2 right."""
    return 1 + int(np.sign(env._ball_x - env._paddle_x))


def run(seed: int, rows: int, columns: int, policy: str, episodes: int):
    print("run", seed, rows, columns, policy)
    env = catch.Catch(rows, columns)
    env._rng = Columns(seed)
    stream = random.Random(seed)
    for _ in range(episodes):
        step = env.reset()
        show("r", step)
        while not step.last():
            action = {"random": lambda: stream.randrange(3), "chase": lambda: chase(env), "left": lambda: 0, "right": lambda: 2}[policy]()
            step = env.step(action)
            show(action, step)


print(f"# bsuite {importlib.metadata.version('bsuite')}, numpy {np.__version__}")
run(0, 10, 5, "random", 12)
run(1, 10, 5, "chase", 6)
run(2, 10, 5, "left", 4)
run(3, 10, 5, "right", 4)
run(4, 4, 8, "random", 10)
run(5, 2, 1, "random", 3)
