"""The gradient step of `benches/benches/gradient_step.rs` in eager PyTorch, on one thread: the peer to measure beside it.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install torch numpy
    /tmp/peers/bin/python benches/peers/gradient_step.py

Sample from replay (NumPy columns), target and online forward, MSE of the TD error, backward, Adam: as CleanRL's DQN does it.
Prints the median and the quartiles, in microseconds, of blocks of 100 steps.
"""

import statistics
import time

import numpy as np
import torch
from torch import nn

STORED, BLOCKS, STEPS = 10_000, 40, 100


def network(hidden):
    widths = [4, *hidden, 2]
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def measure(hidden, batch_size):
    rng = np.random.default_rng(0)
    observations = rng.uniform(-1, 1, (STORED, 4)).astype(np.float32)
    next_observations = rng.uniform(-1, 1, (STORED, 4)).astype(np.float32)
    actions = rng.integers(0, 2, (STORED, 1))
    rewards = np.ones(STORED, dtype=np.float32)
    terminated = (np.arange(STORED) % 50 == 0).astype(np.float32)
    online, target = network(hidden), network(hidden)
    optimizer = torch.optim.Adam(online.parameters(), lr=2.5e-4)

    def step():
        rows = rng.integers(0, STORED, batch_size)
        batch = [torch.from_numpy(column[rows]) for column in (observations, next_observations, actions, rewards, terminated)]
        x, next_x, u, r, done = batch
        with torch.no_grad():
            td_target = r + 0.99 * target(next_x).max(dim=1).values * (1 - done)
        loss = nn.functional.mse_loss(td_target, online(x).gather(1, u).squeeze())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    blocks = []
    for _ in range(BLOCKS + 5):
        start = time.perf_counter()
        for _ in range(STEPS):
            step()
        blocks.append((time.perf_counter() - start) / STEPS * 1e6)
    return statistics.quantiles(blocks[5:], n=4)


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(f"PyTorch {torch.__version__}, eager, one thread; microseconds per gradient step")
    for hidden in [(120, 84), (64, 64), (256, 256)]:
        for batch_size in (32, 128, 256):
            low, median, high = measure(hidden, batch_size)
            print(f"4-{hidden[0]}-{hidden[1]}-2 batch {batch_size}: {median:.0f} ({low:.0f} to {high:.0f})")
