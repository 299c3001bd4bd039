"""Writes wrappers.txt: episodes of Gymnasium's CartPole-v1 in wrappers, for tests/wrappers.rs.

    python make_wrappers.py > wrappers.txt

A run starts with "run SEED LIMIT REPEAT FRAMES": one environment, seeded by its first reset only, with max_episode_steps =
LIMIT, each action taken REPEAT times or until the episode ends, and Gymnasium's FrameStackObservation of FRAMES observations.
Then one line per call: the action ("r" for a reset), terminated and truncated as Gymnasium returned them (0 or 1), the reward,
and the stack as FRAMES times four float32, the oldest observation first, as bits in hexadecimal.
"""

import random
import struct

import gymnasium
import numpy as np


class ActionRepeat(gymnasium.Wrapper):
    def __init__(self, env, times):
        super().__init__(env)
        self.times = times

    def step(self, action):
        total = 0.0
        for _ in range(self.times):
            observation, reward, terminated, truncated, info = self.env.step(action)
            total += reward
            if terminated or truncated:
                break
        return observation, total, terminated, truncated, info


def record(action, observation, reward, terminated, truncated):
    seen = " ".join(struct.pack(">f", float(x)).hex() for x in np.asarray(observation).flatten())
    print(action, int(terminated), int(truncated), reward, seen)


def run(seed, limit, repeat, frames, episodes):
    print("run", seed, limit, repeat, frames)
    env = gymnasium.make("CartPole-v1", max_episode_steps=limit)
    env = gymnasium.wrappers.FrameStackObservation(ActionRepeat(env, repeat), frames)
    stream = random.Random(seed)
    for episode in range(episodes):
        observation, _ = env.reset(seed=seed if episode == 0 else None)
        record("r", observation, 0.0, False, False)
        over = False
        while not over:
            action = stream.randrange(2)
            observation, reward, terminated, truncated, _ = env.step(action)
            record(action, observation, reward, terminated, truncated)
            over = terminated or truncated


print(f"# gymnasium {gymnasium.__version__}, numpy {np.__version__}")
run(0, 500, 1, 4, episodes=2)
run(1, 500, 3, 1, episodes=2)
run(2, 25, 2, 3, episodes=4)
run(3, 12, 1, 2, episodes=2)
run(4, 9, 4, 2, episodes=3)
