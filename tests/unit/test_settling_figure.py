"""When runs have settled, counted step by step, and the picture that compares this with Lemma 17."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samlib
from samlib import bounds, plots

THEORY = samlib.QuadraticSAM([1.0, 0.9, 0.4], eta=0.4, rho=1.0)  # β₁ = 1/4


def runs(seed: int, n: int, steps: int) -> np.ndarray:
    v = np.random.default_rng(seed).normal(size=(n, 3)) * 0.3
    sam, loss = samlib.SAM(THEORY.eta, THEORY.rho), samlib.Quadratic(THEORY.eigenvalues)
    return THEORY.eigenvalues * samlib.trajectory(sam, loss, v / THEORY.eigenvalues, steps)


@given(st.integers(0, 10**6), st.sampled_from([0.2, 0.05, 1e-3]))
def test_settling_is_counted_as_its_definition_says(seed, epsilon):
    paths = runs(seed, 5, 60)
    counted = bounds.settled_after(THEORY, paths, epsilon)
    for path, count in zip(paths, counted, strict=True):
        fine = [
            abs(abs(v[0]) - 0.25) <= epsilon and 1 - abs(v[0]) / np.linalg.norm(v) <= epsilon**2 for v in path.tolist()
        ]
        assert all(fine[count:])
        assert count == 0 or not fine[count - 1]


def test_runs_that_are_settled_from_the_start_and_runs_that_never_are():
    bounce = 0.25 * (-1.0) ** np.arange(5)[:, None] * [1.0, 0.0, 0.0]
    late = np.vstack([bounce[:3], [[0.4, 0.0, 0.0]], bounce[:1]])
    askew = bounce + [0.0, 0.0, 0.1]  # δ = 1 - .25/√(.0725) = .07
    counted = bounds.settled_after(THEORY, np.stack([bounce, late, askew]), 0.1)
    assert counted.tolist() == [0, 4, 5]
    assert bounds.settled_after(THEORY, askew, 0.3).tolist() == 0


def test_lemma_17_is_a_bound_for_what_is_counted():
    two = samlib.QuadraticSAM([1.0, 0.9], eta=0.4, rho=1.0)
    v = np.random.default_rng(1).normal(size=(50, 2))
    v *= two.b / np.linalg.norm(v, axis=1, keepdims=True)
    path = samlib.trajectory(samlib.SAM(0.4, 1.0), samlib.Quadratic([1.0, 0.9]), v / two.eigenvalues, 150)
    for epsilon in (0.12, 1e-4):
        settled = bounds.settled_after(two, two.eigenvalues * path, epsilon)
        times = [bounds.settling_time(two, epsilon, 2 * np.log(abs(y / x))) for x, y in v]
        assert settled.max() < 151
        assert np.all(settled <= np.ceil(times))


@pytest.mark.parametrize(
    ("gradients", "epsilon", "message"),
    [
        (np.ones((4, 2)), 0.1, r"gradients must have the shape \(\.\.\., T \+ 1, 3\), got \(4, 2\)"),
        (np.ones(3), 0.1, "gradients must have the shape"),
        (np.zeros((2, 3)), 0.1, "gradients must not be 0"),
        (np.ones((4, 3)), 0.0, "epsilon must be > 0, got 0"),
    ],
)
def test_settled_after_refuses(gradients, epsilon, message):
    with pytest.raises(ValueError, match=message):
        bounds.settled_after(THEORY, gradients, epsilon)


def test_the_line_of_equality_is_equality_everywhere_and_reaches_across_all_clouds():
    points = {"coarse": ([250.0, 300.0], [2, 3]), "fine": ([400.0, 550.0], [20, 31])}
    (axes,) = plots.bound_against_truth(points, "bound", "steps").axes
    clouds = {line.get_label(): line.get_xydata() for line in axes.lines}
    for name, (bound, steps) in points.items():
        np.testing.assert_array_equal(clouds[name], np.column_stack([bound, steps]))
    equal = clouds["equal"]
    np.testing.assert_array_equal(equal[:, 0], equal[:, 1])
    assert (equal[0, 0], equal[-1, 0]) == (250.0, 550.0)
    # On a logarithmic axis two points would make a straight line, which is wrong in between.
    assert len(equal) > 100
    assert (axes.get_yscale(), axes.get_xscale()) == ("log", "linear")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("bound", "steps")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["coarse", "fine", "equal"]
