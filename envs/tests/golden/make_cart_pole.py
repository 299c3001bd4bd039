"""Writes cart_pole.txt: episodes of Gymnasium's CartPole-v1, for tests/golden_cart_pole.rs.

    python make_cart_pole.py > cart_pole.txt

A run starts with "run SEED LIMIT POLICY": one environment, seeded by its first reset only. Then one line per call:
the action ("r" for a reset), terminated and truncated as Gymnasium returned them (0 or 1), the state as four float64 and
the observation as four float32, both as bits in hexadecimal.
"""

import random
import struct

import gymnasium
import numpy as np


def f64(value) -> str:
    return struct.pack(">d", float(value)).hex()


def f32(value) -> str:
    return struct.pack(">f", float(value)).hex()


def coin(seed: int):
    stream = random.Random(seed)
    return lambda observation: stream.randrange(2)


def alternate(seed: int):
    last = [seed % 2]

    def act(observation):
        last[0] = 1 - last[0]
        return last[0]

    return act


def balance(seed: int):
    return lambda observation: int(3 * observation[2] + observation[3] > 0)


def drift(seed: int):  # keeps the pole up, but leaning: the cart runs off to the right
    return lambda observation: int(3 * (observation[2] - 0.06) + observation[3] > 0)


def right(seed: int):
    return lambda observation: 1


def record(action, env, observation, terminated, truncated):
    state = " ".join(f64(x) for x in env.unwrapped.state)
    seen = " ".join(f32(x) for x in observation)
    print(action, int(terminated), int(truncated), state, seen)


def run(seed: int, policy, episodes: int, limit: int = 500):
    print("run", seed, limit, policy.__name__)
    env = gymnasium.make("CartPole-v1", max_episode_steps=limit)
    act = policy(seed)
    for episode in range(episodes):
        observation, _ = env.reset(seed=seed if episode == 0 else None)
        record("r", env, observation, False, False)
        over = False
        while not over:
            action = act(observation)
            observation, reward, terminated, truncated, _ = env.step(action)
            assert reward == 1.0
            record(action, env, observation, terminated, truncated)
            over = terminated or truncated


def length(seed: int, policy) -> int:
    env = gymnasium.make("CartPole-v1")
    act = policy(seed)
    observation, _ = env.reset(seed=seed)
    steps, over = 0, False
    while not over:
        observation, _, terminated, truncated, _ = env.step(act(observation))
        steps, over = steps + 1, terminated or truncated
    return steps


print(f"# gymnasium {gymnasium.__version__}, numpy {np.__version__}")
for seed in [0, 1, 42, 2**31 - 1, 2**32 + 5]:
    run(seed, coin, episodes=5)
run(7, alternate, episodes=3)
run(8, right, episodes=3)
run(9, drift, episodes=3)
run(3, balance, episodes=1)
run(4, balance, episodes=3, limit=40)
run(5, coin, episodes=2, limit=length(5, coin))  # terminates on the last allowed step
