"""DQN in JAX: `jax_dqn.py gradient-step|conv-step per-step|loop` or `jax_dqn.py whole-run`.

The gradient steps are written as fast as was found, with parameters as plain arrays. The whole run is in the
manner of CleanRL's `dqn_jax.py`, with Flax modules and train states.
"""

import common  # first: it starts the clock

import math
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax


def initial_parameters(key, network):
    """Weights and biases as PyTorch draws them."""
    widths = network.widths()
    shapes = list(zip(widths, widths[1:]))
    if network.filters:
        shapes.insert(0, (3, 3, network.shape[-1], network.filters))
    layers = []
    for shape in shapes:
        key, for_weights, for_biases = jax.random.split(key, 3)
        bound = math.prod(shape[:-1]) ** -0.5
        weights = jax.random.uniform(for_weights, shape, minval=-bound, maxval=bound)
        layers.append((weights, jax.random.uniform(for_biases, shape[-1:], minval=-bound, maxval=bound)))
    return layers


def convolution(x, weights):
    """On a CPU by shifted copies beside each other and one product.

    XLA's own took as long in a call per step, and in a loop nearly three times as long for the whole step. A sum of nine
    products and `conv_general_dilated_patches` lay between.
    """
    if jax.default_backend() != "cpu":
        return jax.lax.conv_general_dilated(x, weights, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    size, _, channels, filters = weights.shape
    batch, height, width = (len(x), *(side - size + 1 for side in x.shape[1:3]))
    shifted = [x[:, i : i + height, j : j + width] for i in range(size) for j in range(size)]
    products = jnp.concatenate(shifted, axis=-1).reshape(-1, size * size * channels) @ weights.reshape(-1, filters)
    return products.reshape(batch, height, width, filters)


def q_values(layers, x):
    *hidden, (weights, biases) = layers
    for hidden_weights, hidden_biases in hidden:
        if hidden_weights.ndim == 4:
            x = jax.nn.relu(convolution(x, hidden_weights) + hidden_biases).reshape(len(x), -1)
        else:
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
    flat = (column.reshape(len(column), -1) for column in (x, next_x))
    return jnp.concatenate([*flat, jnp.stack([u.astype(jnp.float32), r, done], axis=-1)], axis=-1)


def unpack(rows, shape=(4,)):
    x, next_x, u, r, done = jnp.split(rows, np.cumsum([math.prod(shape)] * 2 + [1, 1]), axis=-1)
    x, next_x = (flat.reshape(-1, *shape) for flat in (x, next_x))
    return x, next_x, u[:, 0].astype(jnp.int32), r[:, 0], done[:, 0]


def sampled_update(layers, moments, target, buffer, key):
    rows = jax.random.randint(key, (common.BATCH,), 0, buffer.shape[0])
    return update(layers, moments, target, *unpack(buffer[rows]))


def per_step(network, batch):
    """A function of a number of steps: each samples with NumPy and calls one jitted update.

    Donated arguments and Adam on a flat row were 5 to 20 % faster than without, and Flax's train state slower
    than both.
    """
    columns = common.replay_rows(network)
    rng = np.random.default_rng(1)
    layers, target = (initial_parameters(jax.random.key(seed), network) for seed in (0, 1))
    moments = OPTIMIZER.init(layers)
    jitted = jax.jit(update, donate_argnums=(0, 1))

    def steps(count):
        nonlocal layers, moments
        for _ in range(count):
            rows = rng.integers(0, common.BUFFER, batch)
            layers, moments = jitted(layers, moments, target, *(column[rows] for column in columns))
        jax.block_until_ready(layers)

    return steps


def loop(network, batch, at_once=None):
    """A function of a number of steps: all of them, and the sampling, in one call of one jitted scan, or so many at once.

    Tried for 4-120-84-2 with batches of 128 and 32, where best times differed by 5 % or less: scan and
    fori_loop; threefry, rbg and unsafe_rbg keys; one gather of packed rows and one for each column (a little
    slower); the action's value by `take_along_axis` and by a one-hot product; Adam on a flat row (5 % faster
    than without at batch 32). Unrolling the scan fourfold and drawing all rows before the loop were not faster.
    The XLA flags for fast math, oneDNN, XNNPACK, fusion emitters, the scheduler and the thunk runtime changed
    nothing, or made it slower. For the convolution, slices and gathers of columns were as fast as packed rows.
    """
    buffer = pack(*map(jnp.asarray, common.replay_rows(network)))
    layers, target = (initial_parameters(jax.random.key(seed), network) for seed in (0, 1))
    carry = layers, OPTIMIZER.init(layers), jax.random.key(2)

    def scan(carry, target, buffer, count):
        def step(carry, _):
            layers, moments, key = carry
            key, for_rows = jax.random.split(key)
            rows = jax.random.randint(for_rows, (batch,), 0, common.BUFFER)
            return (*update(layers, moments, target, *unpack(buffer[rows], network.shape)), key), None

        return jax.lax.scan(step, carry, length=count)[0]

    jitted = jax.jit(scan, static_argnums=3, donate_argnums=0)

    def steps(count):
        nonlocal carry
        each = at_once or count
        for _ in range(count // each):
            carry = jitted(carry, target, buffer, each)
        jax.block_until_ready(carry)

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
    if sys.argv[1] in common.PARTS:
        common.gradient_steps(sys.argv[1], {"per-step": per_step, "loop": loop}[sys.argv[2]], count=100)
    else:
        import cleanrl

        cleanrl.whole_run(agent_as_cleanrl())
