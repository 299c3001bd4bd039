"""Writes golden files of Gymnasium's toy-text environments, for tests/golden_toy_text.rs.

    for name in taxi cliff_walking blackjack; do python make_toy_text.py $name > $name.txt; done

"run SEED KEY=VALUE ...": one environment with these settings, seeded by its first reset only; then one line per call, "ACTION
OBSERVATION... REWARD TERMINATED TRUNCATED", where the action of a reset is "r". Some episodes are left before their end.

"values KEY=VALUE ...": the optimal values of all states without discounting, by value iteration over Gymnasium's own table; one
line, then "start VALUE", the mean over the start distribution.
"""

import random
import sys

import gymnasium
import numpy as np

GYMNASIUM = {"taxi": "Taxi-v4", "cliff_walking": "CliffWalking-v1", "blackjack": "Blackjack-v1"}


def written(settings):
    return " ".join(f"{key}={str(value).lower()}" for key, value in settings.items())


def flat(observation):
    return " ".join(str(int(number)) for number in np.atleast_1d(observation))


def optimal(env):
    """Action values of all states without discounting, zero after a termination."""
    table = env.unwrapped.P
    q = np.zeros((len(table), len(table[0])))
    while True:
        v = q.max(axis=1)
        new = np.array([
            [sum(p * (r + (0.0 if over else v[s])) for p, s, r, over in table[state][action]) for action in table[state]]
            for state in table
        ])
        if np.abs(new - q).max() < 1e-13:
            return new
        # States that no episode meets have loops without an end.
        q = np.maximum(new, -1e4)


def values(name, settings):
    env = gymnasium.make(GYMNASIUM[name], **settings)
    v = optimal(env).max(axis=1)
    print("values", written(settings))
    print(*[f"{value:.12g}" for value in v])
    print("start", repr(float(v @ env.unwrapped.initial_state_distrib)))


def run(name, seed, settings, policy, episodes, most):
    print("run", seed, written(settings))
    env = gymnasium.make(GYMNASIUM[name], **settings)
    stream = random.Random(seed)
    q = optimal(env) if policy == "good" else None
    for episode in range(episodes):
        observation, _ = env.reset(seed=seed if episode == 0 else None)
        print("r", flat(observation), 0.0, 0, 0)
        for _ in range(most):
            if policy == "random" or stream.random() < 0.2:
                action = stream.randrange(env.action_space.n)
            elif policy == "good":
                action = int(q[observation].argmax())
            elif policy == "stick":
                action = 0
            else:  # a blackjack player who hits below 17
                action = int(observation[0] < 17)
            observation, reward, terminated, truncated, _ = env.step(action)
            print(action, flat(observation), float(reward), int(terminated), int(truncated))
            if terminated or truncated:
                break


def taxi():
    rain, fickle = {"is_rainy": True}, {"fickle_passenger": True}
    others = {"is_rainy": True, "rainy_probability": 0.5, "fickle_passenger": True, "fickle_probability": 0.9}
    values("taxi", {})
    values("taxi", rain)
    for seed, settings in enumerate([{}, rain, fickle, others]):
        run("taxi", seed, settings, "random", 3, 250)
        for more in [10, 20]:
            run("taxi", seed + more, settings, "good", 40, 250)


def cliff_walking():
    slippery = {"is_slippery": True}
    values("cliff_walking", {})
    values("cliff_walking", slippery)
    for seed, settings in enumerate([{}, slippery]):
        run("cliff_walking", seed, settings, "random", 2, 800)
        for more in [10, 20]:
            run("cliff_walking", seed + more, settings, "good", 20, 800)


def blackjack():
    for seed, (natural, sab) in enumerate([(False, True), (False, False), (True, False), (True, True)]):
        settings = {"natural": natural, "sab": sab}
        for more, policy in enumerate(["random", "stick", "below 17"]):
            run("blackjack", seed + 10 * more, settings, policy, 300, 40)


print(f"# gymnasium {gymnasium.__version__}, numpy {np.__version__}")
{"taxi": taxi, "cliff_walking": cliff_walking, "blackjack": blackjack}[sys.argv[1]]()
