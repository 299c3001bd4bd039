"""Functions whose outputs were worked out by hand."""

import json
import math
import struct

import pytest

import tilde

np = pytest.importorskip("numpy")

from tilde import features, networks, safetensors  # noqa: E402


def axis(low, high, units):
    return {"low": low, "factor": units / (high - low), "units": units}


def encode(name, constants, *observations):
    return features.FEATURES[name](constants, np.array(observations, dtype=np.float32))


def test_one_hot_numbers_joint_states_row_by_row():
    sides = [{"axis": axis(0, 1, 1), "last": 1, "stride": 3}, {"axis": axis(0, 2, 2), "last": 2, "stride": 1}]
    assert encode("one_hot", {"sides": sides, "len": 6}, [0, 0], [1, 0], [1, 2]).argmax(1).tolist() == [0, 3, 5]


def test_the_upper_end_and_all_beyond_belong_to_the_last_bin():
    sides = [{"axis": axis(-1, 1, 4), "last": 3, "stride": 1}]
    found = encode("bins", {"sides": sides, "len": 4}, [-9], [-1], [-0.5], [0.99], [1], [9])
    assert found.argmax(1).tolist() == [0, 0, 1, 3, 3, 3]
    assert found.sum(1).tolist() == [1] * 6


def test_scaled_fourier_and_polynomial_features():
    assert encode("scaled", {"centre": [1, 2], "factor": [2, 0.5]}, [2, 0]).tolist() == [[2, -1]]
    axes = [axis(0, 1, 1), axis(0, 2, 1)]
    # p = (1/2, 1/2): cos of 0, π/2 and π/2, π
    found = encode("fourier", {"axes": axes, "frequencies": [2, 2]}, [0.5, 1])
    assert found == pytest.approx(np.array([[1, 0, 0, -1]]), abs=1e-6)
    axes = [axis(-1, 1, 2), axis(-1, 1, 2)]  # p − 1 = x
    found = encode("polynomial", {"axes": axes, "powers": [3, 2]}, [0.5, -0.25])
    assert found == pytest.approx(np.array([[1, -0.25, 0.5, -0.125, 0.25, -0.0625]]))


def test_rbf_features_are_products_of_bells():
    constants = {"axes": [axis(0, 2, 2), axis(0, 1, 1)], "centres": [3, 1], "width": 1.0, "normalized": False}
    bells = [math.exp(-0.5), 1, math.exp(-0.5)]
    assert encode("rbf", constants, [1, 0.5]) == pytest.approx(np.array([bells]))
    normalized = encode("rbf", {**constants, "normalized": True}, [1, 0.5])
    assert normalized == pytest.approx(np.array([bells]) / sum(bells))


def test_displaced_tilings_have_one_tile_each():
    constants = {
        "axes": [axis(0, 4, 4)], "tilings": 2, "borders": [1.0, 0.5], "len": 10,
        "numbering": {"own": {"strides": [1], "tiles_per_tiling": 5}},
    }  # fmt: skip
    found = encode("tiles", constants, [0.25], [0.75], [4])
    assert [np.flatnonzero(row).tolist() for row in found] == [[0, 5], [0, 6], [4, 9]]


def test_hashes_are_those_of_murmur():
    # The finaliser of MurmurHash3 of 1 is 0x514e28b7, of 0 is 0.
    assert features.mix(np.array([0, 1], dtype=np.uint64)).tolist() == [0, 0x514E28B7]
    assert features.hashed(np.zeros((1, 0, 1), dtype=int), 1000).tolist() == [[0x514E28B7 * 1000 >> 32]]


@pytest.mark.parametrize(
    "name, at, expected",
    [
        ("relu", [-1, 2], [0, 2]),
        ("leaky_relu", [-1, 2], [-0.01, 2]),
        ("elu", [-1, 2], [math.exp(-1) - 1, 2]),
        ("sigmoid", [0, -800, 800], [0.5, 0, 1]),
        ("silu", [1, -800], [1 / (1 + math.exp(-1)), 0]),
        ("gelu", [0, 1], [0, 0.8413447460685429]),
        ("softplus", [0, 800, -800], [math.log(2), 800, 0]),
        ("tanh", [0.5], [math.tanh(0.5)]),
        ("identity", [-3], [-3]),
    ],
)
def test_activations(name, at, expected):
    with np.errstate(over="raise"):
        assert networks.ACTIVATIONS[name](np.array(at, dtype=float)) == pytest.approx(np.array(expected), abs=1e-12)


def test_an_mlp_with_norm_and_residual():
    weights = {"layers.0.weight": np.eye(2), "layers.1.weight": np.eye(2), "layers.2.weight": np.array([[1.0, 10.0]])}
    plain = {"layer_norm": False, "residual": False}
    relu, x = networks.ACTIVATIONS["relu"], np.array([[3.0, -1.0]])
    assert networks.mlp(weights, plain, relu, x).tolist() == [[3]]
    # h = (3, −1) stays beside f(h) = (3, 0): (6, −1), and f of that is (6, 0)
    assert networks.mlp(weights, {**plain, "residual": True}, relu, x).tolist() == [[6]]
    norms = {f"norms.{i}.{kind}": np.ones(2) for i in range(2) for kind in ("weight", "bias")}
    # the norm of (3, −1) is (1, −1) · 2 / √(4 + ε), plus 1: (2, 0), whose norm plus 1 is (2, 0) again
    found = networks.mlp({**weights, **norms}, {**plain, "layer_norm": True}, relu, x)
    assert found == pytest.approx(np.array([[2.0]]), abs=1e-4)


def test_a_convolution_sees_channels_last_and_flattens_channels_first():
    image = np.arange(8.0).reshape(1, 2, 2, 2)  # channel 0: 0, 2, 4, 6; channel 1: 1, 3, 5, 7
    kernels = np.zeros((2, 2, 1, 1))
    kernels[0, 1], kernels[1, 0] = 1, 1  # the filters swap the channels
    weights = {
        "convolutions.0.weight": kernels, "convolutions.0.bias": np.array([0.0, 100.0]), "head.layers.0.weight": np.eye(8),
    }  # fmt: skip
    settings = {"filters": [2], "kernel_size": 1, "stride": 1, "padding": 0, "layer_norm": False, "residual": False}
    found = networks.conv(weights, settings, networks.ACTIVATIONS["relu"], image)
    assert found.tolist() == [[1, 3, 5, 7, 100, 102, 104, 106]]
    strided = networks.convolution(np.ones((1, 3, 3, 1)), np.ones((1, 1, 3, 3)), np.zeros(1), 2, 1)
    assert strided[0, :, :, 0].tolist() == [[4, 4], [4, 4]]  # corners of the padded image see four ones


def write_export(folder, tensors, **changes):
    """Files such as ``tilde export`` writes."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, values in tensors.items():
        values = np.array(values, dtype="<f4")
        offsets = [len(data), len(data) + values.nbytes]
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": offsets}
        data += values.tobytes()
    text = json.dumps(header).encode()
    path = folder / "q.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    description = {
        "run": {"variant": "default", "seed": 3, "step": 100},
        "environment": {"name": "cart_pole"}, "observations": {"space": "box", "shape": [2]}, "actions": 2,
        "algorithm": {"name": "dqn"}, "functions": [function("q")], "config": "",
    }  # fmt: skip
    (folder / "q.safetensors.json").write_text(json.dumps({**description, **changes}))
    return path


def function(prefix, features="identity", network="mlp", activation="relu"):
    settings = {"layer_norm": False, "residual": False}
    return {
        "prefix": prefix, "features": {"name": features, "constants": None},
        "network": {"name": network, "settings": settings}, "activation": activation,
    }  # fmt: skip


Q = {"q.layers.0.weight": [[1, 0], [0, 1]], "q.layers.0.bias": [0, 0.5]}


def test_the_greedy_action_is_the_first_of_the_best(tmp_path):
    policy = tilde.load_policy(write_export(tmp_path, Q))
    assert policy.values([1, 2]).tolist() == [1, 2.5]
    assert [policy.act([1, 2]), policy.act([3, 2]), policy.act([2.5, 2])] == [1, 0, 0]
    assert isinstance(policy.act(np.array([1.0, 2.0])), int)
    assert policy.outputs([[1, 2], [0, 0]])["q"].tolist() == [[1, 2.5], [0, 0.5]]
    assert repr(policy) == "<tilde.Policy of cart_pole, default/seed-3: q after 100 steps>"


def test_learned_moments_are_part_of_the_policy(tmp_path):
    moments = {"mean": [1, 0], "deviation": [2, 0.001], "clip": 10}
    policy = tilde.load_policy(write_export(tmp_path, Q, normalization=moments))
    assert policy.values([5, 3]).tolist() == [2, 10.5]


def test_an_actor_acts_and_its_critic_values(tmp_path):
    weights = {"actor.layers.0.weight": [[1, 0], [0, 1]], "critic.layers.0.weight": [[2, 3]]}
    policy = tilde.load_policy(write_export(tmp_path, weights, functions=[function("actor"), function("critic")]))
    assert policy.act([0, 1]) == 1 and policy.values([1, 1]).tolist() == [5]


def test_a_value_function_is_no_policy(tmp_path):
    weights, algorithm = {"value.layers.0.weight": [[2, 3]]}, {"name": "td_prediction"}
    policy = tilde.load_policy(write_export(tmp_path, weights, functions=[function("value")], algorithm=algorithm))
    assert policy.values([1, 1]).tolist() == [5]
    with pytest.raises(tilde.TildeError, match="`td_prediction` has learned no policy but value: use `values`"):
        policy.act([1, 1])


def test_wrong_observations_and_frame_stacks_are_explained(tmp_path):
    policy = tilde.load_policy(write_export(tmp_path, Q))
    with pytest.raises(ValueError, match=r"has 3 numbers, not 2 \(shape \(2,\)\)$"):
        policy.values([1, 2, 3])
    stacked = tilde.load_policy(write_export(tmp_path, Q, config="[wrappers]\nframe_stack = 2\n"))
    with pytest.raises(
        ValueError, match="frame_stack = 2` join the latest 2 observations along their last axis, the oldest first"
    ):
        stacked.act(1)


@pytest.mark.parametrize("slot, part", [("features", "wavelets"), ("network", "attention"), ("activation", "swish")])
def test_parts_of_a_users_own_are_refused_by_name(tmp_path, slot, part):
    with pytest.raises(tilde.TildeError, match=f"the {slot} `{part}` cannot be computed in NumPy"):
        tilde.load_policy(write_export(tmp_path, Q, functions=[function("q", **{slot: part})]))


def test_files_that_are_none_are_refused(tmp_path):
    path = write_export(tmp_path, Q)
    with pytest.raises(ValueError, match="leave `checkpoint` out"):
        tilde.load_policy(path, "best")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="is damaged"):
        safetensors.read(path)
    (tmp_path / "q.safetensors.json").unlink()
    with pytest.raises(FileNotFoundError, match="q.safetensors.json: is missing"):
        tilde.load_policy(path)
