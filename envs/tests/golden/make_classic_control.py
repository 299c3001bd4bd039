"""Writes episodes of Gymnasium's classic control tasks, for tests/golden_classic_control.rs.

    python make_classic_control.py mountain_car > mountain_car.txt
    python make_classic_control.py acrobot > acrobot.txt
    python make_classic_control.py pendulum > pendulum.txt

A run starts with "run SEED POLICY SETTINGS": one environment, seeded by its first reset only, with the settings of the
config file as an inline table. Then one line per call: the action ("r" for a reset, "s" where the state was set to the one that
follows, with all steps left), terminated and truncated as Gymnasium returned them (0 or 1), the reward as float64 ("-" without
one), the state as float64 and the observation as float32, all of them as bits in hexadecimal.

The last bit of a sine, cosine or power depends on the C library, and in glibc on whether the processor has fused
multiply-add, in about one of 1,400 arguments. So every run is played in two processes, with and without it, and only runs
that are the same in both are written: of each kind, those of the first seeds. Most are, for what is added to a state mostly
rounds such a bit away.
"""

import json
import os
import random
import struct
import subprocess
import sys

import gymnasium
import numpy as np

WITHOUT_FMA = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2"}
IDS = {"mountain_car": "MountainCar-v0", "acrobot": "Acrobot-v1", "pendulum": "Pendulum-v1"}
COMPONENTS = {"mountain_car": 2, "acrobot": 4, "pendulum": 2}


def f64(value) -> str:
    return struct.pack(">d", float(value)).hex()


def f32(value) -> str:
    return struct.pack(">f", float(value)).hex()


# Policies: from a seed and the number of actions to a function from (state, observation) to an action.


def coin(seed, actions):
    stream = random.Random(seed)
    return lambda state: stream.randrange(actions)


def first(seed, actions):
    return lambda state: 0


def last(seed, actions):
    return lambda state: actions - 1


def middle(seed, actions):
    return lambda state: actions // 2


def along(seed, actions):
    """Pushes where it moves, which adds energy: the last component that is a velocity decides."""
    return lambda state: actions - 1 if state[-1] >= 0 else 0


def lean(seed, actions):
    """Pushes where it moves, but not to the right beyond the bottom of mountain-car's valley: runs into the left end."""
    return lambda state: 0 if state[1] < 0 or state[0] > -0.3 else 2


POLICIES = {policy.__name__: policy for policy in (coin, first, last, middle, along, lean)}


def play(name, seed, policy, settings, episodes, start=None):
    """The lines of a run, and the length of its first episode."""
    options = {"gravity": "g", "goal_velocity": "goal_velocity"}
    arguments = {options[key]: value for key, value in settings.items() if key in options}
    limit = {"max_episode_steps": settings["time_limit"]} if "time_limit" in settings else {}
    env = gymnasium.make(IDS[name], **limit, **arguments)
    torques = settings.get("torques", [-2.0, 0.0, 2.0])
    act = POLICIES[policy](seed, len(torques) if name == "pendulum" else 3)
    table = ", ".join(f"{key} = {json.dumps(value)}" for key, value in settings.items())
    lines = [f"run {seed} {policy} {{ {table} }}"]
    lengths = []

    def record(action, observation, reward, terminated, truncated):
        state = env.unwrapped.state
        assert len(state) == COMPONENTS[name]
        words = [f64(x) for x in state] + [f32(x) for x in observation]
        flags = [str(int(terminated)), str(int(truncated)), "-" if reward is None else f64(reward)]
        lines.append(" ".join([str(action), *flags, *words]))

    for episode in range(episodes):
        observation, _ = env.reset(seed=seed if episode == 0 else None)
        record("r", observation, None, False, False)
        if start is not None:
            env.unwrapped.state = np.array(start, dtype=np.float64)
            get = getattr(env.unwrapped, "_get_ob", None) or getattr(env.unwrapped, "_get_obs", None)
            record("s", get() if get else np.array(start, dtype=np.float32), None, False, False)
        over, length = False, 0
        while not over:
            action = act(env.unwrapped.state)
            given = np.array([torques[action]], dtype=np.float32) if name == "pendulum" else action
            observation, reward, terminated, truncated, _ = env.step(given)
            record(action, observation, reward, terminated, truncated)
            over, length = terminated or truncated, length + 1
        lengths.append(length)
    return lines, lengths


def kinds(name):
    """What is wanted: how many runs, and the arguments of `play` without the seed."""
    pi = np.pi
    if name == "mountain_car":
        return [
            (2, dict(policy="coin", settings={}, episodes=1)),
            (1, dict(policy="coin", settings=dict(time_limit=30), episodes=4)),
            (3, dict(policy="along", settings={}, episodes=2)),
            (1, dict(policy="lean", settings={}, episodes=2)),
            (1, dict(policy="last", settings={}, episodes=1)),
            (2, dict(policy="along", settings=dict(goal_velocity=0.03), episodes=2)),
            (1, dict(policy="middle", settings=dict(goal_velocity=0.07, time_limit=40), episodes=1, start=[0.4, 0.06])),
            (1, dict(policy="last", settings=dict(goal_velocity=0.07, time_limit=40), episodes=1, start=[0.45, 0.05])),
            (1, dict(policy="last", settings=dict(time_limit=60), episodes=1, start=[-1.1, 0.069])),
            (1, dict(policy="first", settings=dict(time_limit=60), episodes=1, start=[0.3, -0.069])),
            (1, dict(policy="along", settings="length", episodes=1)),
        ]
    if name == "acrobot":
        fast = [1.5, -1.3, -0.4, 26.9]  # reaches both limits and wraps
        return [
            (3, dict(policy="coin", settings=dict(time_limit=70), episodes=1)),
            (1, dict(policy="coin", settings=dict(time_limit=10), episodes=8)),
            (3, dict(policy="along", settings={}, episodes=1)),
            (1, dict(policy="first", settings=dict(time_limit=50), episodes=1)),
            (1, dict(policy="last", settings=dict(time_limit=12), episodes=1, start=fast)),
            (1, dict(policy="first", settings=dict(time_limit=12), episodes=1, start=[-x for x in fast])),
            (1, dict(policy="along", settings="length", episodes=1)),
            (1, dict(policy="middle", settings={}, episodes=1)),
            # First observations that are not the rounded sine and cosine: a sine of one, a cosine of the other.
            (2, dict(policy="middle", settings=dict(time_limit=1), episodes=1, seeds=[100_377, 100_408])),
        ]
    return [
        (2, dict(policy="coin", settings={}, episodes=1)),
        (2, dict(policy="along", settings={}, episodes=1)),
        (1, dict(policy="middle", settings={}, episodes=1)),
        (2, dict(policy="coin", settings=dict(torques=[-1.3, -0.7, 0.1, 0.9, 2.0], gravity=9.81), episodes=1)),
        (1, dict(policy="coin", settings=dict(time_limit=7), episodes=12)),
        (1, dict(policy="last", settings=dict(torques=[0.3, 1.7], time_limit=60), episodes=2, start=[0.1, 7.9])),
        (1, dict(policy="first", settings=dict(time_limit=60), episodes=1, start=[-30.0, -7.9])),
        (1, dict(policy="last", settings=dict(gravity=0.0, time_limit=40), episodes=1, start=[pi, 0.0])),
    ]


def candidates(name):
    """For each kind, runs of 60 seeds; those of another kind have other seeds."""
    found = []
    for number, (count, arguments) in enumerate(kinds(name)):
        runs = []
        seeds = arguments.pop("seeds", range(100 * number, 100 * number + 60))
        for seed in seeds:
            if seed % 100 == 0:  # of each kind one with a seed of more than 32 bits
                seed += 2**32
            this = dict(arguments)
            if this["settings"] == "length":  # terminates on the last allowed step
                this["settings"] = dict(time_limit=play(name, seed, this["policy"], {}, 1)[1][0])
            runs.append("\n".join(play(name, seed, **this)[0]))
        found.append([count, runs])
    return found


def main():
    name = sys.argv[1]
    if sys.argv[2:] == ["candidates"]:
        json.dump(candidates(name), sys.stdout)
        return

    def process(environment):
        command = [sys.executable, __file__, name, "candidates"]
        output = subprocess.run(command, env=os.environ | environment, check=True, stdout=subprocess.PIPE)
        return json.loads(output.stdout)

    print(f"# gymnasium {gymnasium.__version__}, numpy {np.__version__}")
    for (count, runs), (_, others) in zip(process({}), process(WITHOUT_FMA)):
        same = [run for run, other in zip(runs, others) if run == other]
        assert len(same) >= count, f"only {len(same)} runs of {runs[0].splitlines()[0]} are the same"
        print(f"{len(same)} of {len(runs)} like {runs[0].splitlines()[0]}", file=sys.stderr)
        print("\n".join(same[:count]))


if __name__ == "__main__":
    main()
