"""SAM with other balls: the point it looks at is the farthest uphill, and the step is literal."""

import numpy as np
import pytest

import samlib

LOSS = samlib.Quadratic([1.0, 0.5, 0.25])
WEIGHTS = np.array([0.25, 4.0, 9.0])
SEEDS = range(5)


def ball(norm, w, points, rho):
    """`points` scaled to the boundary of the ball."""
    size = {
        "max": lambda: np.abs(points).max(axis=-1),
        "sum": lambda: np.abs(points).sum(axis=-1),
        "adaptive": lambda: np.sqrt((points**2 / w**2).sum(axis=-1)),
    }.get(norm if isinstance(norm, str) else "", lambda: np.sqrt((points**2 / np.asarray(norm)).sum(axis=-1)))()
    return rho * points / size[:, None]


@pytest.mark.parametrize("norm", ["max", "sum", "adaptive", WEIGHTS], ids=str)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_perturbation_is_on_the_ball_and_no_point_of_it_is_farther_uphill(norm, seed):
    rng = np.random.default_rng(seed)
    w, rho = rng.normal(size=3), 0.7
    seen = samlib.NormSAM(0.1, rho, norm).perturbation(LOSS, w)
    np.testing.assert_allclose(ball(norm, w, seen[None], rho)[0], seen, rtol=1e-12)
    others = ball(norm, w, rng.normal(size=(20_000, 3)) * seen.std() + rng.choice([0, 1], size=(20_000, 1)) * seen, rho)
    best = others @ LOSS.gradient(w)
    assert best.max() <= seen @ LOSS.gradient(w) * (1 + 1e-12)
    assert best.max() >= 0.95 * (seen @ LOSS.gradient(w))


@pytest.mark.parametrize("norm", ["max", "sum", "adaptive", WEIGHTS], ids=str)
def test_a_step_is_downhill_from_where_the_perturbation_looks_for_many_points_at_once(norm):
    w = np.random.default_rng(1).normal(size=(6, 2, 3))
    rule = samlib.NormSAM(np.full((6, 2), 0.3), 0.7, norm)
    after = rule.step(LOSS, w)
    lam = np.array([1.0, 0.5, 0.25])
    for index in np.ndindex(6, 2):
        v = lam * w[index]
        literal = {
            "max": lambda v=v: np.sign(v),
            "sum": lambda v=v: np.where(np.abs(v) == np.abs(v).max(), np.sign(v), 0.0),
            "adaptive": lambda v=v, w=w[index]: w * w * v / np.linalg.norm(w * v),
        }.get(norm if isinstance(norm, str) else "", lambda v=v: WEIGHTS * v / np.sqrt(v @ (WEIGHTS * v)))()
        np.testing.assert_allclose(after[index], w[index] - 0.3 * lam * (w[index] + 0.7 * literal), rtol=1e-12)


def test_equal_weights_are_sam():
    w = np.random.default_rng(2).normal(size=(50, 3))
    plain = samlib.SAM(0.3, 0.7).step(LOSS, w)
    np.testing.assert_allclose(samlib.NormSAM(0.3, 0.7, np.ones(3)).step(LOSS, w), plain, rtol=1e-12)
    # a ball of weights M is a ball of √M times the radius
    np.testing.assert_allclose(samlib.NormSAM(0.3, 0.35, np.full(3, 4.0)).step(LOSS, w), plain, rtol=1e-12)


@pytest.mark.parametrize("norm", ["max", "sum", "adaptive", WEIGHTS], ids=str)
def test_a_critical_point_stays(norm):
    assert samlib.NormSAM(0.3, 0.7, norm).step(LOSS, np.zeros(3)).tolist() == [0, 0, 0]


def test_the_sum_norm_perturbs_one_coordinate_the_first_of_the_largest():
    assert samlib.NormSAM(0.3, 0.7, "sum").perturbation(LOSS, [1.0, -2.0, 0.0]).tolist() == [0.7, 0.0, 0.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: samlib.NormSAM(0.2, 1.0, "l3"), "norm must be 'max', 'sum', 'adaptive' or weights, got 'l3'"),
        (lambda: samlib.NormSAM(0.2, 1.0, [1.0, 0.0]), "weights of the norm must be > 0, got 0"),
        (lambda: samlib.NormSAM(0.2, 1.0, 2.0), "weights of the norm must be a vector"),
        (lambda: samlib.NormSAM(0.0, 1.0, "max"), "eta must be > 0, got 0"),
        (lambda: samlib.NormSAM(0.2, -1.0, "max"), "rho must be >= 0, got -1"),
        (lambda: samlib.NormSAM(0.2, 1.0, [1.0, 2.0]).step(LOSS, [1.0, 1.0, 1.0]), "2 weights, but .* 3 coordinates"),
    ],
)
def test_wrong_parameters_are_refused_with_the_value_and_the_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()
