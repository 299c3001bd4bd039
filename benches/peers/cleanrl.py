"""The loop of CleanRL's DQN on CartPole-v1, which its versions in PyTorch and JAX have in common."""

import common

import time

import gymnasium
import numpy as np
from stable_baselines3.common.buffers import ReplayBuffer


def cart_pole():
    """One cart-pole as CleanRL wraps it."""
    make = lambda: gymnasium.wrappers.RecordEpisodeStatistics(gymnasium.make("CartPole-v1"))
    return gymnasium.vector.SyncVectorEnv([make], autoreset_mode=gymnasium.vector.AutoresetMode.SAME_STEP)


def whole_run(agent, steps=20_000):
    """Measures an agent while it learns, and reports.

    An agent has `greedy(observations)`, `learn(data)` with what the buffer samples, `update_target()`,
    `compile(observations, sample)`, and `wait()` for what is still being computed.
    """
    rng = np.random.default_rng(0)
    envs = cart_pole()
    spaces = envs.single_observation_space, envs.single_action_space
    buffer = ReplayBuffer(common.BUFFER, *spaces, "cpu", handle_timeout_termination=False)
    sample = lambda: buffer.sample(common.BATCH)
    observations, _ = envs.reset(seed=0)
    startup_seconds = time.perf_counter() - common.STARTED
    for step in range(common.LEARNING_STARTS + steps):
        learning = step >= common.LEARNING_STARTS
        if step == common.LEARNING_STARTS:
            start = time.perf_counter()
            agent.compile(observations, sample)
            compile_seconds = time.perf_counter() - start
            start = time.perf_counter()
        if not learning or rng.random() < common.epsilon((step - common.LEARNING_STARTS) / steps):
            actions = np.array([envs.single_action_space.sample()])
        else:
            actions = agent.greedy(observations)
        next_observations, rewards, terminated, truncated, infos = envs.step(actions)
        true_next = next_observations.copy()
        for env in np.flatnonzero(terminated | truncated):
            true_next[env] = infos["final_obs"][env]
        buffer.add(observations, true_next, actions, rewards, terminated, infos)
        observations = next_observations
        if learning and step % common.TRAIN_FREQUENCY == 0:
            agent.learn(sample())
        if learning and step % common.TARGET_INTERVAL == 0:
            agent.update_target()
    agent.wait()
    seconds = time.perf_counter() - start
    common.report(steps_per_second=steps / seconds, startup_seconds=startup_seconds, compile_seconds=compile_seconds)
