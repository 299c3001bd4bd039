"""What the peers share: settings, random replay rows, and how a loop is timed. Needs NumPy only where rows are drawn.

Imported first by every peer, so that `STARTED` comes before the imports that take seconds.
"""

import json
import math
import statistics
import time
from typing import NamedTuple

STARTED = time.perf_counter()

# CleanRL's DQN on CartPole-v1.
BUFFER, BATCH, LEARNING_STARTS, TRAIN_FREQUENCY, TARGET_INTERVAL = 10_000, 128, 10_000, 10, 500
GAMMA, LEARNING_RATE, HIDDEN = 0.99, 2.5e-4, (120, 84)
FINAL_EPSILON, EXPLORATION_FRACTION = 0.05, 0.5



class Network(NamedTuple):
    """A Q-network with ReLU: what it sees, perhaps filters of 3×3 with stride 1 and no padding, hidden layers, actions."""

    name: str
    shape: tuple  # of an observation: (inputs,), or (height, width, channels)
    filters: int  # 0: no convolution
    hidden: tuple
    actions: int

    def widths(self):
        """Of the layers that are no convolution, from their inputs to the actions."""
        inputs = self.filters * math.prod(size - 2 for size in self.shape[:2]) if self.filters else self.shape[0]
        return [inputs, *self.hidden, self.actions]


def mlp(*widths):
    return Network("-".join(map(str, widths)), widths[:1], 0, widths[1:-1], widths[-1])


# MinAtar's network and the shape of its observations.
CONV = Network("10x10x4-conv16-128-6", (10, 10, 4), 16, (128,), 6)

# What gradient steps are measured with: networks and batches.
PARTS = {
    "gradient-step": ([mlp(4, 64, 64, 2), mlp(4, *HIDDEN, 2), mlp(4, 256, 256, 2)], [32, 128]),
    "conv-step": ([CONV], [32]),
}


def epsilon(progress):
    """The probability of a random action when this share of a run is over.

    A measurement is shorter than the run that it stands for. It passes through the whole schedule all the same:
    a random action costs less than a greedy one, and the start of the schedule alone would show a loop faster
    than it is.
    """
    return max(FINAL_EPSILON, 1.0 - (1.0 - FINAL_EPSILON) * progress / EXPLORATION_FRACTION)


def replay_rows(network):
    """A full buffer: observations, next observations, actions, rewards, terminations.

    Numbers like cart-pole's, or binary images like MinAtar's.
    """
    import numpy as np

    rng = np.random.default_rng(0)

    def draw():
        shape = BUFFER, *network.shape
        return (rng.integers(0, 2, shape) if network.filters else rng.uniform(-1, 1, shape)).astype(np.float32)

    observations, next_observations = draw(), draw()
    actions = rng.integers(0, network.actions, BUFFER)
    rewards = np.ones(BUFFER, dtype=np.float32)
    terminated = (np.arange(BUFFER) % 50 == 0).astype(np.float32)
    return observations, next_observations, actions, rewards, terminated


def microseconds(block, steps, seconds=1.5):
    """Median and first decile of the time of one of the `steps` in a call of `block`, after a third as long to warm up."""
    times, spent = [], -seconds / 3
    while spent < seconds or len(times) < 10:
        start = time.perf_counter()
        block()
        taken = time.perf_counter() - start
        if spent >= 0:
            times.append(taken / steps * 1e6)
        spent += taken
    return {"median": statistics.median(times), "first_decile": statistics.quantiles(times, n=10, method="inclusive")[0]}


def gradient_steps(part, prepare, count):
    """Reports the times of gradient steps of all networks and batches of a part, timed by so many at once.

    `prepare` makes a function that does a number of steps.
    """
    networks, batches = PARTS[part]
    times, compile_seconds = {}, 0.0
    for network in networks:
        for batch in batches:
            steps = prepare(network, batch)
            start = time.perf_counter()
            steps(count)
            compile_seconds += time.perf_counter() - start
            times[f"{network.name}, {batch}"] = microseconds(lambda: steps(count), count)
    columns = {name: {key: time[name] for key, time in times.items()} for name in ("median", "first_decile")}
    report(**columns, compile_seconds=compile_seconds)


def report(**result):
    """The one line that `compare.py` reads."""
    print(json.dumps(result), flush=True)
