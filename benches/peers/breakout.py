"""DQN with a convolutional network on MinAtar's Breakout: seconds of a program in PyTorch and of Tilde for the same steps and updates.

    cargo build --release
    .venv/bin/python benches/peers/breakout.py [--steps 40000] [--rounds 3]

Needs gymnasium, minatar and torch. The program is in the manner of CleanRL's `dqn.py`, with the settings of `breakout.toml`, one
environment and one thread. The two take turns. The seconds are those from the first step to the last of both lengths, `--steps`
and half of it, subtracted: neither the start of the programs nor what is different in an empty buffer is in them.
"""

import argparse
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
BUFFER, BATCH, LEARNING_STARTS, TRAIN_FREQ, TARGET, GAMMA, RATE = 100_000, 32, 5_000, 4, 1_000, 0.99, 2.5e-4


def in_pytorch(steps: int):
    import gymnasium
    import minatar.gym
    import numpy as np
    import torch
    from torch import nn

    torch.set_num_threads(1)
    minatar.gym.register_envs()
    env = gymnasium.make("MinAtar/Breakout-v1", max_episode_steps=2500)
    actions = int(env.action_space.n)

    def network():
        return nn.Sequential(nn.Conv2d(4, 16, 3), nn.ReLU(), nn.Flatten(), nn.Linear(1024, 128), nn.ReLU(), nn.Linear(128, actions))

    online, target = network(), network()
    target.load_state_dict(online.state_dict())
    optimizer = torch.optim.Adam(online.parameters(), lr=RATE)
    before, after = (np.zeros((BUFFER, 4, 10, 10), bool) for _ in range(2))
    taken, rewards, ends = np.zeros(BUFFER, np.int64), np.zeros(BUFFER, np.float32), np.zeros(BUFFER, np.float32)
    rng = np.random.default_rng(0)
    observation = env.reset(seed=0)[0].transpose(2, 0, 1)
    for step in range(steps):
        if random.random() < max(0.1, 1 - 0.9 * step / 100_000):
            action = random.randrange(actions)
        else:
            with torch.no_grad():
                action = int(online(torch.from_numpy(observation[None]).float()).argmax())
        following, reward, terminated, truncated, _ = env.step(action)
        following = following.transpose(2, 0, 1)
        row = step % BUFFER
        before[row], after[row], taken[row], rewards[row], ends[row] = observation, following, action, reward, terminated
        observation = env.reset()[0].transpose(2, 0, 1) if terminated or truncated else following
        if step + 1 > LEARNING_STARTS and (step + 1) % TRAIN_FREQ == 0:
            rows = rng.integers(0, min(step + 1, BUFFER), BATCH)
            with torch.no_grad():
                next_q = target(torch.from_numpy(after[rows]).float()).max(1).values
                goal = torch.from_numpy(rewards[rows]) + GAMMA * next_q * (1 - torch.from_numpy(ends[rows]))
            q = online(torch.from_numpy(before[rows]).float()).gather(1, torch.from_numpy(taken[rows])[:, None]).squeeze(1)
            loss = nn.functional.smooth_l1_loss(q, goal)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if (step + 1) % TARGET == 0:
            target.load_state_dict(online.state_dict())


def seconds_of(command) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--program", type=pathlib.Path, default="target/release/tilde")
    parser.add_argument("--in-pytorch", type=int)
    arguments = parser.parse_args()
    if arguments.in_pytorch:
        return in_pytorch(arguments.in_pytorch)

    def torch_program(steps):
        return seconds_of([sys.executable, __file__, "--in-pytorch", str(steps)])

    def tilde(steps):
        with tempfile.TemporaryDirectory() as out:
            settings = [f"env.gymnasium.python={sys.executable}", f"budget.steps={steps}", "budget.evaluation_episodes=0"]
            command = [arguments.program, "train", HERE / "breakout.toml", "--jobs", "1", "--out", out, "--quiet"]
            return seconds_of(command + [word for setting in settings for word in ("--set", setting)])

    pairs = []
    for _ in range(arguments.rounds):
        pairs.append([run(arguments.steps) - run(arguments.steps // 2) for run in (torch_program, tilde)])
        print("PyTorch {:.1f} s, Tilde {:.1f} s".format(*pairs[-1]), flush=True)
    ratio = statistics.median(theirs / mine for theirs, mine in pairs)
    print(f"{arguments.steps // 2:,} steps: Tilde is {ratio:.1f} times as fast (median of {len(pairs)} pairs)")


main()
