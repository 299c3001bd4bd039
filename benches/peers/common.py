"""What the peers share: settings, random replay rows, and how a loop is timed. Needs NumPy only where rows are drawn.

Imported first by every peer, so that `STARTED` comes before the imports that take seconds.
"""

import json
import statistics
import time

STARTED = time.perf_counter()

# CleanRL's DQN on CartPole-v1.
BUFFER, BATCH, LEARNING_STARTS, TRAIN_FREQUENCY, TARGET_INTERVAL = 10_000, 128, 10_000, 10, 500
GAMMA, LEARNING_RATE, HIDDEN = 0.99, 2.5e-4, (120, 84)
FINAL_EPSILON, EXPLORATION_FRACTION = 0.05, 0.5

# What the gradient step is measured with.
NETWORKS = [(64, 64), (120, 84), (256, 256)]
BATCHES = [32, 128]


def epsilon(progress):
    """The probability of a random action when this share of a run is over.

    A measurement is shorter than the run that it stands for. It passes through the whole schedule all the same:
    a random action costs less than a greedy one, and the start of the schedule alone would show a loop faster
    than it is.
    """
    return max(FINAL_EPSILON, 1.0 - (1.0 - FINAL_EPSILON) * progress / EXPLORATION_FRACTION)


def label(hidden, batch):
    return f"4-{hidden[0]}-{hidden[1]}-2, {batch}"


def replay_rows():
    """A full buffer of rows like cart-pole's: observations, next observations, actions, rewards, terminations."""
    import numpy as np

    rng = np.random.default_rng(0)
    observations = rng.uniform(-1, 1, (BUFFER, 4)).astype(np.float32)
    next_observations = rng.uniform(-1, 1, (BUFFER, 4)).astype(np.float32)
    actions = rng.integers(0, 2, BUFFER)
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


def gradient_steps(prepare, count):
    """Reports the times of gradient steps of all networks and batches, timed by so many at once.

    `prepare` makes a function that does a number of steps.
    """
    times, compile_seconds = {}, 0.0
    for hidden in NETWORKS:
        for batch in BATCHES:
            steps = prepare(hidden, batch)
            start = time.perf_counter()
            steps(count)
            compile_seconds += time.perf_counter() - start
            times[label(hidden, batch)] = microseconds(lambda: steps(count), count)
    columns = {name: {key: time[name] for key, time in times.items()} for name in ("median", "first_decile")}
    report(**columns, compile_seconds=compile_seconds)


def report(**result):
    """The one line that `compare.py` reads."""
    print(json.dumps(result), flush=True)
