import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samlib
from tests.unit.literal import literal_sam_step


def random_quadratic(rng, d):
    return np.sort(rng.uniform(0.05, 2.0, d))[::-1]


def assert_steps_are_literal(path, gradient, eta, rho):
    """Every step of a path is the literal one. (Whole paths may part: near ‖v‖ = γ₁ SAM magnifies rounding.)"""
    for w, stepped in pairwise(path):
        np.testing.assert_allclose(stepped, literal_sam_step(gradient, w.tolist(), eta, rho), rtol=0, atol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3, 7, 12])
def test_sam_on_a_quadratic_is_the_literal_definition(d):
    rng = np.random.default_rng(d)
    for _ in range(40):
        lam, eta, rho = random_quadratic(rng, d), rng.uniform(0.01, 0.9), rng.uniform(0.01, 3.0)
        path = samlib.trajectory(samlib.SAM(eta, rho), samlib.Quadratic(lam), rng.normal(size=d), steps=60)
        assert_steps_are_literal(path, lambda w, lam=lam: (lam * np.array(w)).tolist(), eta, rho)


def test_sam_on_a_rotated_quadratic_is_the_literal_definition():
    rng = np.random.default_rng(0)
    for _ in range(20):
        factor = rng.normal(size=(4, 4))
        hessian = factor @ factor.T / 8
        path = samlib.trajectory(samlib.SAM(0.1, 0.7), samlib.Quadratic.from_matrix(hessian), rng.normal(size=4), 40)
        assert_steps_are_literal(path, lambda w, h=hessian: (h @ np.array(w)).tolist(), 0.1, 0.7)


def test_sam_on_the_flattening_ravine_is_the_literal_definition():
    def gradient(w):
        m = 1 + w[1] ** 2 / 2
        return [2 * w[0] / m, w[1] - w[0] ** 2 * w[1] / m**2]

    rng = np.random.default_rng(1)
    for start in rng.normal(size=(50, 2)):
        eta, rho = rng.uniform(0.02, 0.4), rng.uniform(0.05, 1.0)
        path = samlib.trajectory(samlib.SAM(eta, rho), samlib.FlatteningRavine(), start, steps=30)
        assert_steps_are_literal(path, gradient, eta, rho)


@pytest.mark.parametrize(
    ("optimizer", "loss"),
    [
        (samlib.SAM(0.2, 1.0), samlib.Quadratic([1.0, 0.5])),
        (samlib.SAM(0.2, 1.0), samlib.Quadratic.from_matrix([[1.0, 0.2], [0.2, 0.5]])),
        (samlib.SAM(0.2, 1.0), samlib.Quadratic([1.0, 0.5, 0.25])),
        (samlib.SAM(0.05, 0.3), samlib.FlatteningRavine()),
        (samlib.GradientDescent(0.2), samlib.FlatteningRavine()),
    ],
    ids=repr,
)
def test_path_step_and_batch_agree(optimizer, loss):
    d, steps = loss.dimension, 25
    starts = np.random.default_rng(3).normal(size=(5, 4, d))
    paths = samlib.trajectory(optimizer, loss, starts, steps)
    assert paths.shape == (5, 4, steps + 1, d)
    last = samlib.final_state(optimizer, loss, starts, steps)
    assert np.array_equal(last, paths[..., -1, :])
    single = samlib.trajectory(optimizer, loss, starts[1, 2], steps)
    aligned = not isinstance(loss, samlib.Quadratic) or np.array_equal(loss.basis, np.eye(d))
    np.testing.assert_allclose(single, paths[1, 2], rtol=0, atol=0 if aligned else 1e-12)  # a rotation rounds
    w = starts[1, 2]
    for t in range(steps):
        w = optimizer.step(loss, w, t)
        np.testing.assert_allclose(w, single[t + 1], rtol=0, atol=1e-13)


@pytest.mark.parametrize("loss", [samlib.Quadratic([1.0, 0.5]), samlib.FlatteningRavine()], ids=repr)
def test_a_batch_larger_than_a_piece_is_the_sum_of_its_runs(loss):
    starts = np.random.default_rng(4).normal(size=(3, 20_000, 2))
    last = samlib.final_state(samlib.SAM(0.1, 0.5), loss, starts, steps=7)
    for index in [(0, 0), (1, 12_767), (1, 12_768), (2, 19_999)]:  # the second piece begins at run 32 768
        alone = samlib.trajectory(samlib.SAM(0.1, 0.5), loss, starts[index], steps=7)[-1]
        assert np.array_equal(last[index], alone), index


def test_arrays_of_parameters_sweep_them():
    eta, rho = np.linspace(0.05, 1.5, 180)[:, None], np.linspace(0.1, 2.0, 170)[None, :]
    starts = np.broadcast_to([0.3, 0.4], (180, 170, 2))
    for loss in (samlib.Quadratic([1.0, 0.5]), samlib.FlatteningRavine()):
        swept = samlib.final_state(samlib.SAM(eta, rho), loss, starts, steps=9)
        for i, j in [(0, 0), (96, 60), (179, 169)]:
            alone = samlib.final_state(samlib.SAM(eta[i, 0], rho[0, j]), loss, [0.3, 0.4], steps=9)
            np.testing.assert_allclose(swept[i, j], alone, rtol=1e-14, atol=1e-15)
    descended = samlib.final_state(samlib.GradientDescent(eta), samlib.Quadratic([1.0, 0.5]), starts, steps=3)
    np.testing.assert_allclose(descended[5, 5], np.array([0.3, 0.4]) * (1 - eta[5, 0] * np.array([1, 0.5])) ** 3)


def test_at_a_critical_point_sam_takes_no_perturbation():
    for loss in (samlib.Quadratic([1.0, 0.5]), samlib.Quadratic([1.0, 0.0]), samlib.FlatteningRavine()):
        sam = samlib.SAM(0.2, 1.0)
        assert sam.perturbation(loss, [0.0, 0.0]).tolist() == [0.0, 0.0]
        assert sam.step(loss, [0.0, 0.0]).tolist() == [0.0, 0.0]
        assert samlib.trajectory(sam, loss, [0.0, 0.0], 3).tolist() == [[0.0, 0.0]] * 4
        # one critical row of a batch does not disturb the others
        batch = sam.step(loss, [[0.0, 0.0], [0.3, 0.4]])
        assert batch[0].tolist() == [0.0, 0.0]
        np.testing.assert_allclose(batch[1], sam.step(loss, [0.3, 0.4]), rtol=1e-15)
    flat = samlib.Quadratic([1.0, 0.0])
    assert samlib.SAM(0.2, 1.0).step(flat, [0.0, 5.0]).tolist() == [0.0, 5.0]


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e-150, 1e150, 1e200, 1e300])
def test_sam_is_right_where_the_squared_gradient_leaves_the_floating_point_range(scale):
    loss, sam = samlib.Quadratic([1.0, 0.5]), samlib.SAM(0.2, 1.0)
    w = np.array([3.0, 8.0]) * scale  # ∇ℓ = (3, 4)·scale
    expected = (1 - 0.2 * loss.eigenvalues) * w - 0.2 * loss.eigenvalues * np.array([0.6, 0.8])
    for stepped in (sam.step(loss, w), samlib.trajectory(sam, loss, w, 1)[1], samlib.final_state(sam, loss, [w], 1)[0]):
        np.testing.assert_allclose(stepped, expected, rtol=1e-14)
    wide = samlib.SAM(0.2, scale)  # ρ of the size of w: the perturbation is as long as the point is far
    expected = ((1 - 0.2 * loss.eigenvalues) * [3.0, 8.0] - 0.2 * loss.eigenvalues * [0.6, 0.8]) * scale
    for stepped in (
        wide.step(loss, w),
        samlib.trajectory(wide, loss, w, 1)[1],
        samlib.final_state(wide, loss, [w], 1)[0],
    ):
        np.testing.assert_allclose(stepped, expected, rtol=1e-14)
    ravine = sam.perturbation(samlib.FlatteningRavine(), [1e-200, 1e-200])
    np.testing.assert_allclose(ravine, np.array([2.0, 1.0]) / np.sqrt(5), rtol=1e-14)


def test_a_run_beyond_the_stable_range_grows_without_a_warning_turned_error():
    path = samlib.trajectory(samlib.SAM(2.05, 1.0), samlib.Quadratic([1.0, 0.5]), [1.0, 1.0], 400)
    assert np.isfinite(path).all()
    assert abs(path[-1, 0]) > 1e6


def test_rho_zero_is_gradient_descent():
    starts = np.random.default_rng(5).normal(size=(6, 2))
    for loss in (samlib.Quadratic([1.0, 0.5]), samlib.FlatteningRavine()):
        sam = samlib.final_state(samlib.SAM(0.1, 0.0), loss, starts, 12)
        np.testing.assert_allclose(sam, samlib.final_state(samlib.GradientDescent(0.1), loss, starts, 12), atol=1e-15)


@given(scale=st.floats(0.01, 100), factor=st.floats(0.01, 100), x=st.floats(0.1, 2), y=st.floats(0.1, 2))
@settings(max_examples=60)
def test_the_two_scalings_of_section_4(scale, factor, x, y):
    """(λ, η) → (sλ, η/s) leaves the run unchanged; (w, ρ) → (cw, cρ) rescales it."""
    lam = np.array([1.0, 0.6])
    path = samlib.trajectory(samlib.SAM(0.3, 0.5), samlib.Quadratic(lam), [x, y], 20)
    same = samlib.trajectory(samlib.SAM(0.3 / scale, 0.5), samlib.Quadratic(scale * lam), [x, y], 20)
    np.testing.assert_allclose(same, path, rtol=1e-7, atol=1e-9)
    scaled = samlib.trajectory(samlib.SAM(0.3, 0.5 * factor), samlib.Quadratic(lam), [factor * x, factor * y], 20)
    np.testing.assert_allclose(scaled / factor, path, rtol=1e-7, atol=1e-9)


def test_sgd_noise_is_a_function_of_seed_and_time_with_the_stated_deviation():
    ravine, sgd = samlib.FlatteningRavine(), samlib.SGD(eta=0.1, sigma=0.5, seed=7)
    path = samlib.trajectory(sgd, ravine, [1.0, 1.0], 20)
    assert np.array_equal(path, samlib.trajectory(sgd, ravine, [1.0, 1.0], 20))
    w = path[8]
    for t in range(8, 20):
        w = sgd.step(ravine, w, t)
    assert np.array_equal(w, path[-1])
    assert not np.array_equal(path[1], samlib.trajectory(samlib.SGD(0.1, 0.5, 8), ravine, [1.0, 1.0], 1)[1])
    many = np.zeros((40_000, 2))
    noise = -samlib.final_state(sgd, samlib.Quadratic([1.0, 1.0]), many, 1) / 0.1
    # standard error of a standard deviation of N samples: σ/√(2N) = 0.0013
    assert abs(noise.std() - 0.5) < 0.007
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.025
    assert np.array_equal(samlib.final_state(sgd, ravine, many, 3), samlib.trajectory(sgd, ravine, many, 3)[:, -1])


def test_flip_signs_alternates_from_the_second_row():
    assert samlib.flip_signs([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).tolist() == [[1.0, 2.0], [-3.0, -4.0], [5.0, 6.0]]
    with pytest.raises(ValueError, match=r"got shape \(2,\)"):
        samlib.flip_signs([1.0, 2.0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: samlib.SAM(0.0, 1.0), "eta must be > 0, got 0"),
        (lambda: samlib.SAM(-0.1, 1.0), r"eta must be > 0, got -0\.1"),
        (lambda: samlib.SAM(0.1, -1.0), "rho must be >= 0, got -1"),
        (lambda: samlib.SAM(np.nan, 1.0), "eta must hold finite numbers, got nan"),
        (lambda: samlib.SAM([0.1, -0.2], 1.0), r"eta must be > 0, got -0\.2"),
        (lambda: samlib.GradientDescent("fast"), "eta must hold real numbers, got 'fast'"),
        (lambda: samlib.SGD(0.1, -1.0, 0), "sigma must be >= 0, got -1"),
        (lambda: samlib.SGD(0.1, 1.0, -1), "seed must be a whole number >= 0, got -1"),
        (lambda: samlib.SGD(0.1, 1.0, 1.5), r"seed must be a whole number >= 0, got 1\.5"),
    ],
)
def test_bad_parameters_are_named_with_the_allowed_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("run", [samlib.trajectory, samlib.final_state])
def test_bad_runs_are_refused_before_they_start(run):
    sam, loss = samlib.SAM(0.1, 1.0), samlib.Quadratic([1.0, 0.5])
    with pytest.raises(ValueError, match=r"shape \(\.\.\., 2\), coordinates last; got shape \(3,\)"):
        run(sam, loss, [1.0, 2.0, 3.0], 5)
    with pytest.raises(ValueError, match=r"starts? must hold finite numbers, got nan"):
        run(sam, loss, [1.0, np.nan], 5)
    for steps in (-1, 2.0, True, "5"):
        with pytest.raises(ValueError, match="steps must be a whole number >= 0"):
            run(sam, loss, [1.0, 2.0], steps)


def test_zero_steps_and_empty_batches_work():
    sam, loss = samlib.SAM(0.1, 1.0), samlib.Quadratic([1.0, 0.5])
    assert samlib.trajectory(sam, loss, [1.0, 2.0], 0).tolist() == [[1.0, 2.0]]
    assert samlib.final_state(sam, loss, [1.0, 2.0], 0).tolist() == [1.0, 2.0]
    assert samlib.trajectory(sam, loss, np.zeros((0, 2)), 3).shape == (0, 4, 2)
    assert samlib.final_state(sam, loss, np.zeros((0, 2)), 3).shape == (0, 2)


def test_the_callers_arrays_are_left_alone():
    start = np.array([[1.0, 2.0], [3.0, 4.0]])
    for optimizer in (samlib.SAM(0.1, 1.0), samlib.GradientDescent(0.1), samlib.SGD(0.1, 0.1, 0)):
        for loss in (samlib.Quadratic([1.0, 0.5]), samlib.FlatteningRavine()):
            optimizer.step(loss, start)
            samlib.trajectory(optimizer, loss, start, 3)
            samlib.final_state(optimizer, loss, start, 3)
    assert start.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_samlib_starts_on_numpy_alone():
    """`import samlib` loads neither SymPy nor Matplotlib nor a widget library."""
    code = "import sys, samlib; print(sorted({'sympy', 'matplotlib', 'anywidget', 'ipywidgets'} & set(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


# The kin of SAM.


@pytest.mark.parametrize("loss", [samlib.Quadratic([1.0, 0.5]), samlib.FlatteningRavine()], ids=repr)
def test_heavy_ball_sam_is_sam_plus_a_share_of_the_last_move(loss):
    path = samlib.trajectory(samlib.HeavyBallSAM(eta=0.1, rho=0.5, momentum=0.6), loss, [1.0, -0.7], 40)
    moves = np.diff(path, axis=0)
    for t in range(1, 40):
        literal = literal_sam_step(loss.gradient, path[t], 0.1, 0.5)
        np.testing.assert_allclose(path[t + 1], literal + 0.6 * moves[t - 1], atol=1e-14)
    np.testing.assert_allclose(path[1], literal_sam_step(loss.gradient, path[0], 0.1, 0.5), atol=1e-14)
    without = samlib.trajectory(samlib.HeavyBallSAM(eta=0.1, rho=0.5, momentum=0.0), loss, [1.0, -0.7], 40)
    np.testing.assert_allclose(without, samlib.trajectory(samlib.SAM(0.1, 0.5), loss, [1.0, -0.7], 40), atol=1e-13)


def test_heavy_ball_sam_batches_are_the_paths_of_their_rows():
    rule, loss = samlib.HeavyBallSAM(eta=0.1, rho=0.5, momentum=0.3), samlib.FlatteningRavine()
    starts = np.random.default_rng(3).normal(size=(4, 3, 2))
    last = samlib.final_state(rule, loss, starts, 20)
    np.testing.assert_allclose(last[2, 1], samlib.trajectory(rule, loss, starts[2, 1], 20)[-1], atol=1e-13)


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9])
def test_the_momentum_two_cycle_has_the_predicted_amplitude(momentum):
    # ηρλ₁/(2(1 + m) - ηλ₁), started on it
    amplitude = 0.2 / (2 * (1 + momentum) - 0.2)
    rule, loss = samlib.HeavyBallSAM(eta=0.2, rho=1.0, momentum=momentum), samlib.Quadratic([1.0, 0.5])
    stepped = rule.step(loss, [amplitude, 0.0], previous=[-amplitude, 0.0])
    np.testing.assert_allclose(stepped, [-amplitude, 0.0], atol=1e-15)


def test_unnormalized_sam_converges_on_a_quadratic_exactly_below_its_threshold():
    # ηλ₁(1 + ρλ₁) < 2 with η = 0.2, λ₁ = 1: ρ < 9
    loss = samlib.Quadratic([1.0, 0.5])
    below, above = (
        samlib.final_state(samlib.UnnormalizedSAM(eta=0.2, rho=rho), loss, [2.0, 2.0], 3000) for rho in (8.95, 9.05)
    )
    assert np.abs(below).max() < 1e-6
    assert np.abs(above).max() > 1e6
    swept = samlib.final_state(
        samlib.UnnormalizedSAM(eta=0.2, rho=np.array([8.95, 9.05])), loss, [[2.0, 2.0]] * 2, 3000
    )
    np.testing.assert_allclose(swept, [below, above], rtol=1e-9)


def test_unnormalized_sam_is_its_definition():
    loss, w = samlib.FlatteningRavine(), np.array([0.4, -1.1])
    expected = w - 0.3 * loss.gradient(w + 0.7 * loss.gradient(w))
    np.testing.assert_allclose(samlib.UnnormalizedSAM(eta=0.3, rho=0.7).step(loss, w), expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: samlib.HeavyBallSAM(eta=0.2, rho=1.0, momentum=1.0), "0 <= momentum < 1, got 1.0"),
        (lambda: samlib.HeavyBallSAM(eta=0.2, rho=1.0, momentum=-0.1), "momentum must be >= 0, got -0.1"),
        (lambda: samlib.HeavyBallSAM(eta=-0.2, rho=1.0, momentum=0.5), "eta must be > 0, got -0.2"),
        (lambda: samlib.UnnormalizedSAM(eta=0.2, rho=-1.0), "rho must be >= 0, got -1"),
        (lambda: samlib.UnnormalizedSAM(eta=np.nan, rho=1.0), "finite numbers, got nan"),
    ],
)
def test_the_kin_of_sam_refuse_bad_parameters(make, message):
    with pytest.raises(ValueError, match=message):
        make()
