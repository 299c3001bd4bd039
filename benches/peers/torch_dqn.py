"""DQN in PyTorch: `torch_dqn.py gradient-step|conv-step eager|eager-fused|compile|compile-whole` or `torch_dqn.py whole-run`.

The whole run, and `eager`, are in the manner of CleanRL's `dqn.py`.
"""

import common  # first: it starts the clock

import functools
import sys

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, grad_and_value
from torch.nn import functional as F


class Flatten(nn.Module):
    """Images as rows, in the order in which memory has them."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def network(described):
    """With a convolution, channels are last in memory, which was up to a tenth faster than first."""
    layers, widths = [], described.widths()
    if described.filters:
        layers += [nn.Conv2d(described.shape[-1], described.filters, 3), nn.ReLU(), Flatten()]
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1]).to(memory_format=torch.channels_last)


def pair_of_networks(described):
    online, target = network(described), network(described)
    target.load_state_dict(online.state_dict())
    return online, target


def td_loss(online, target, x, next_x, u, r, done):
    with torch.no_grad():
        td_target = r + common.GAMMA * target(next_x).max(dim=1).values * (1 - done)
    # Twice the loss that Tilde minimises, as CleanRL has it: Adam takes the same step, but for its epsilon.
    return F.mse_loss(td_target, online(x).gather(1, u[:, None]).squeeze(1))


def stepwise_update(kind, online, target, capturable=False):
    """The loss backwards, then `torch.optim.Adam`; eager, or with the loss and its backward pass compiled.

    Compiling the optimizer's step as well was not faster, and compiled autograd much slower.
    """
    options = {"fused": kind != "eager", "capturable": capturable}
    optimizer = torch.optim.Adam(online.parameters(), lr=common.LEARNING_RATE, **options)

    def loss_of(*batch):
        return td_loss(online, target, *batch)

    if kind == "compile":
        loss_of = torch.compile(loss_of)

    def update(*batch):
        loss = loss_of(*batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return update


def whole_update(online, target):
    """The step as one compiled graph: the gradient by `torch.func`, and Adam written out, in place."""
    parameters = {name: value.detach() for name, value in online.named_parameters()}
    means = {name: torch.zeros_like(value) for name, value in parameters.items()}
    squares = {name: torch.zeros_like(value) for name, value in parameters.items()}
    steps = torch.zeros(())

    def loss_of(parameters, *batch):
        return td_loss(lambda x: functional_call(online, parameters, (x,)), target, *batch)

    @torch.compile(fullgraph=True)
    def update(*batch):
        gradients, _ = grad_and_value(loss_of)(parameters, *batch)
        steps.add_(1)
        mean_correction, square_correction = 1 - 0.9**steps, 1 - 0.999**steps
        for name, gradient in gradients.items():
            mean = means[name].lerp_(gradient, 0.1)
            square = squares[name].mul_(0.999).addcmul_(gradient, gradient, value=0.001)
            divisor = (square / square_correction).sqrt() + 1e-8
            parameters[name].sub_(common.LEARNING_RATE * mean / mean_correction / divisor)

    # The gradient is inside the compiled function; nothing is to be recorded around it.
    return torch.no_grad()(update)


def gradient_steps(kind, network, batch):
    """A function of a number of steps. Sampling tensors with `torch.randint` was slower than with NumPy."""
    columns = common.replay_rows(network)
    rng = np.random.default_rng(1)
    torch.compiler.reset()
    networks = pair_of_networks(network)
    update = whole_update(*networks) if kind == "compile-whole" else stepwise_update(kind, *networks)

    def steps(count):
        for _ in range(count):
            rows = rng.integers(0, common.BUFFER, batch)
            update(*(channels_first(torch.from_numpy(column[rows])) for column in columns))

    return steps


def channels_first(column):
    """Of images PyTorch counts channels before height and width, wherever they are in memory."""
    return column.permute(0, 3, 1, 2) if column.ndim == 4 else column


class Agent:
    """CleanRL's `dqn.py`, in eager PyTorch."""

    def __init__(self):
        self.online, self.target = pair_of_networks(common.mlp(4, *common.HIDDEN, 2))
        self.optimizer = torch.optim.Adam(self.online.parameters(), lr=common.LEARNING_RATE)

    def compile(self, observations, sample):
        """Nothing is compiled."""

    def greedy(self, observations):
        return self.online(torch.as_tensor(observations)).argmax(dim=1).numpy()

    def learn(self, data):
        batch = data.observations, data.next_observations, data.actions[:, 0], data.rewards[:, 0], data.dones[:, 0]
        loss = td_loss(self.online, self.target, *batch)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def update_target(self):
        self.target.load_state_dict(self.online.state_dict())

    def wait(self):
        """Nothing is computed behind the loop's back."""


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] in common.PARTS:
        common.gradient_steps(sys.argv[1], functools.partial(gradient_steps, sys.argv[2]), count=20)
    else:
        import cleanrl

        cleanrl.whole_run(Agent())
