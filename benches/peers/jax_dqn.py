"""DQN in JAX: `jax_dqn.py gradient-step per-step`, `jax_dqn.py gradient-step loop`, or `jax_dqn.py whole-run`.

The gradient steps are written as fast as was found, with parameters as plain arrays. The whole run is in the
manner of CleanRL's `dqn_jax.py`, with Flax modules and train states.
"""

import common  # first: it starts the clock

import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax


def initial_parameters(key, hidden):
    """Weights and biases as PyTorch draws them."""
    widths = [4, *hidden, 2]
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        key, for_weights, for_biases = jax.random.split(key, 3)
        bound = inputs**-0.5
        weights = jax.random.uniform(for_weights, (inputs, outputs), minval=-bound, maxval=bound)
        layers.append((weights, jax.random.uniform(for_biases, (outputs,), minval=-bound, maxval=bound)))
    return layers


def q_values(layers, x):
    *hidden, (weights, biases) = layers
    for hidden_weights, hidden_biases in hidden:
        x = jax.nn.relu(x @ hidden_weights + hidden_biases)
    return x @ weights + biases


def td_loss(layers, target, x, next_x, u, r, done):
    td_target = r + common.GAMMA * q_values(target, next_x).max(axis=-1) * (1 - done)
    q = jnp.take_along_axis(q_values(layers, x), u[:, None], axis=1)[:, 0]
    return ((q - td_target) ** 2).mean()


# Over one row of all parameters, as `optax.flatten` lays them out, Adam was faster than over every array of them.
OPTIMIZER = optax.flatten(optax.adam(common.LEARNING_RATE))


def update(layers, moments, target, *batch):
    gradients = jax.grad(td_loss)(layers, target, *batch)
    updates, moments = OPTIMIZER.update(gradients, moments)
    return optax.apply_updates(layers, updates), moments


def pack(x, next_x, u, r, done):
    """Transitions as rows of one array: one gather brings a batch."""
    return jnp.concatenate([x, next_x, jnp.stack([u.astype(jnp.float32), r, done], axis=-1)], axis=-1)


def unpack(rows):
    return rows[:, :4], rows[:, 4:8], rows[:, 8].astype(jnp.int32), rows[:, 9], rows[:, 10]


def sampled_update(layers, moments, target, buffer, key):
    rows = jax.random.randint(key, (common.BATCH,), 0, buffer.shape[0])
    return update(layers, moments, target, *unpack(buffer[rows]))


def per_step(hidden, batch):
    """A function of a number of steps: each samples with NumPy and calls one jitted update.

    Donated arguments and Adam on a flat row were 5 to 20 % faster than without, and Flax's train state slower
    than both.
    """
    columns = common.replay_rows()
    rng = np.random.default_rng(1)
    layers, target = (initial_parameters(jax.random.key(seed), hidden) for seed in (0, 1))
    moments = OPTIMIZER.init(layers)
    jitted = jax.jit(update, donate_argnums=(0, 1))

    def steps(count):
        nonlocal layers, moments
        for _ in range(count):
            rows = rng.integers(0, common.BUFFER, batch)
            layers, moments = jitted(layers, moments, target, *(column[rows] for column in columns))
        jax.block_until_ready(layers)

    return steps


def loop(hidden, batch):
    """A function of a number of steps: all of them, and the sampling, in one call of one jitted scan.

    Tried for 4-120-84-2 with batches of 128 and 32, where best times differed by 5 % or less: scan and
    fori_loop; threefry, rbg and unsafe_rbg keys; one gather of packed rows and one for each column (a little
    slower); the action's value by `take_along_axis` and by a one-hot product; Adam on a flat row (5 % faster
    than without at batch 32). Unrolling the scan fourfold and drawing all rows before the loop were not faster.
    The XLA flags for fast math, oneDNN, XNNPACK, fusion emitters, the scheduler and the thunk runtime changed
    nothing, or made it slower.
    """
    buffer = pack(*map(jnp.asarray, common.replay_rows()))
    layers, target = (initial_parameters(jax.random.key(seed), hidden) for seed in (0, 1))
    carry = layers, OPTIMIZER.init(layers), jax.random.key(2)

    def scan(carry, target, buffer, count):
        def step(carry, _):
            layers, moments, key = carry
            key, for_rows = jax.random.split(key)
            rows = jax.random.randint(for_rows, (batch,), 0, common.BUFFER)
            return (*update(layers, moments, target, *unpack(buffer[rows])), key), None

        return jax.lax.scan(step, carry, length=count)[0]

    jitted = jax.jit(scan, static_argnums=3, donate_argnums=0)

    def steps(count):
        nonlocal carry
        carry = jax.block_until_ready(jitted(carry, target, buffer, count))

    return steps


def agent_as_cleanrl():
    """CleanRL's `dqn_jax.py`, with Flax."""
    import flax.linen as nn
    from flax.training.train_state import TrainState

    class Network(nn.Module):
        @nn.compact
        def __call__(self, x):
            for width in common.HIDDEN:
                x = nn.relu(nn.Dense(width)(x))
            return nn.Dense(2)(x)

    class State(TrainState):
        target: dict

    @jax.jit
    def updated(state, x, next_x, u, r, done):
        td_target = r + common.GAMMA * state.apply_fn(state.target, next_x).max(axis=-1) * (1 - done)

        def loss_of(parameters):
            q = state.apply_fn(parameters, x)[jnp.arange(len(u)), u]
            return ((q - td_target) ** 2).mean()

        loss, gradients = jax.value_and_grad(loss_of)(state.params)
        return loss, state.apply_gradients(grads=gradients)

    class Agent:
        def __init__(self):
            network = Network()
            parameters = network.init(jax.random.key(0), np.zeros((1, 4), dtype=np.float32))
            adam = optax.adam(common.LEARNING_RATE)
            apply = jax.jit(network.apply)
            self.state = State.create(apply_fn=apply, params=parameters, target=parameters, tx=adam)

        def compile(self, observations, sample):
            # The second update is of the first one's arrays, whose types are what all later ones see.
            for _ in range(2):
                self.learn(sample())
            self.greedy(observations)
            self.wait()

        def greedy(self, observations):
            return jax.device_get(self.state.apply_fn(self.state.params, observations).argmax(axis=-1))

        def learn(self, data):
            batch = data.observations, data.next_observations, data.actions[:, 0], data.rewards[:, 0], data.dones[:, 0]
            _, self.state = updated(self.state, *(column.numpy() for column in batch))

        def update_target(self):
            self.state = self.state.replace(target=self.state.params)

        def wait(self):
            jax.block_until_ready(self.state.params)

    return Agent()


if __name__ == "__main__":
    if sys.argv[1] == "gradient-step":
        common.gradient_steps({"per-step": per_step, "loop": loop}[sys.argv[2]], count=100)
    else:
        import cleanrl

        cleanrl.whole_run(agent_as_cleanrl())
