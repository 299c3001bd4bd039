"""Stable-Baselines3's DQN and SBX's, which is the same in JAX: `sb3_dqn.py whole-run` or `sb3_dqn.py zoo sb3|sbx`."""

import common  # first: it starts the clock

import sys
import time

import torch


def whole_run(steps=20_000):
    """CleanRL's settings, but for the Huber loss and clipped gradients: Stable-Baselines3 has no other loss."""
    from stable_baselines3 import DQN

    torch.set_num_threads(1)
    model = DQN(
        "MlpPolicy",
        "CartPole-v1",
        learning_rate=common.LEARNING_RATE,
        buffer_size=common.BUFFER,
        learning_starts=common.LEARNING_STARTS,
        batch_size=common.BATCH,
        gamma=common.GAMMA,
        train_freq=common.TRAIN_FREQUENCY,
        gradient_steps=1,
        target_update_interval=common.TARGET_INTERVAL,
        policy_kwargs={"net_arch": list(common.HIDDEN)},
        device="cpu",
    )
    all_steps = common.LEARNING_STARTS + steps
    model.exploration_schedule = lambda remaining: common.epsilon(max(0.0, 1 - remaining * all_steps / steps))
    startup_seconds = time.perf_counter() - common.STARTED
    model.learn(common.LEARNING_STARTS)
    start = time.perf_counter()
    model.learn(steps, reset_num_timesteps=False)
    seconds = time.perf_counter() - start
    common.report(steps_per_second=steps / seconds, startup_seconds=startup_seconds, compile_seconds=0.0)


def zoo_model(library, seed=None):
    """An agent with RL Zoo's tuned settings for CartPole-v1."""
    if library == "sbx":
        from sbx import DQN
    else:
        from stable_baselines3 import DQN
    return DQN(
        "MlpPolicy",
        "CartPole-v1",
        learning_rate=2.3e-3,
        buffer_size=100_000,
        learning_starts=1_000,
        batch_size=64,
        gamma=0.99,
        train_freq=256,
        gradient_steps=128,
        target_update_interval=10,
        exploration_fraction=0.16,
        exploration_final_eps=0.04,
        policy_kwargs={"net_arch": [256, 256]},
        device="cpu",
        seed=seed,
    )


def zoo(library):
    """RL Zoo's run of 50,000 steps. How many threads there are is left to the library."""
    compile_seconds = compile_clock() if library == "sbx" else lambda: 0.0
    model = zoo_model(library)
    startup_seconds = time.perf_counter() - common.STARTED
    compiled_before = compile_seconds()
    start = time.perf_counter()
    model.learn(50_000)
    seconds = time.perf_counter() - start
    compiled = compile_seconds() - compiled_before
    common.report(
        seconds=seconds,
        seconds_without_compiling=seconds - compiled,
        startup_seconds=startup_seconds,
        compile_seconds=compiled,
    )


def compile_clock():
    """A function that tells for how many seconds JAX has traced and compiled since now."""
    import jax

    durations = []

    def note(event, duration, **_):
        if event.startswith("/jax/core/compile/"):
            durations.append(duration)

    jax.monitoring.register_event_duration_secs_listener(note)
    return lambda: sum(durations)


if __name__ == "__main__":
    if sys.argv[1] == "zoo":
        zoo(sys.argv[2])
    else:
        whole_run()
