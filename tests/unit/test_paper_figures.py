"""The numbers of the paper's Figures 1 to 5, derived here from SAM's literal definition or from closed forms."""

from base64 import b64decode

import numpy as np
import pytest

import samlib
from samlib import plots
from tests.unit.literal import literal_sam_step


def literal_run(lam, eta, rho, start, steps):
    path = [list(start)]
    for _ in range(steps):
        path.append(literal_sam_step(lambda w: [a * x for a, x in zip(lam, w, strict=True)], path[-1], eta, rho))
    return np.array(path)


FIGURE_1 = samlib.QuadraticSAM([1.0, 0.5], eta=0.2, rho=1.0)
FIGURE_2 = samlib.QuadraticSAM([1.0, 0.2], eta=0.2, rho=1.0)


def run(theory, start, steps):
    return samlib.trajectory(samlib.SAM(theory.eta, theory.rho), samlib.Quadratic(theory.eigenvalues), start, steps)


def test_figure_1_path_is_the_literal_one():
    np.testing.assert_allclose(run(FIGURE_1, [2, 2], 30), literal_run([1, 0.5], 0.2, 1, [2, 2], 30), rtol=0, atol=1e-12)


def test_figure_1_reaches_the_ball_at_9_the_origin_at_11_and_climbs_at_12():
    path, loss = run(FIGURE_1, [2, 2], 30), samlib.Quadratic(FIGURE_1.eigenvalues)
    values = loss.value(path)
    gradient_norm = np.linalg.norm(loss.gradient(path), axis=-1)
    assert int(np.argmax(gradient_norm <= FIGURE_1.b)) == 9
    assert (gradient_norm[9:] <= FIGURE_1.b).all()
    assert int(np.argmin(np.linalg.norm(path, axis=-1))) == int(np.argmin(values)) == 11
    assert int(np.argmax(np.diff(values) > 0)) + 1 == 12
    assert (np.diff(FIGURE_1.potential(samlib.flip_signs(path))) < 0).all()


def test_figure_1_ends_at_a_loss_fifty_times_the_smallest_met():
    values = samlib.Quadratic(FIGURE_1.eigenvalues).value(run(FIGURE_1, [2, 2], 30))
    limit = 0.5 * FIGURE_1.amplitude**2
    assert limit == pytest.approx(1 / 162)
    assert FIGURE_1.amplitude == pytest.approx(1 / 9)
    assert limit / values.min() == pytest.approx(50, abs=0.5)


def test_figure_2_settings_show_the_near_miss_of_the_saddle():
    """u₁ passes the saddle (0, -1/49) at 0.0048; with λ₂ = ½ in place of 1/5 it would miss it by far."""
    path = samlib.flip_signs(run(FIGURE_2, [0.244, 0.0224], 25))
    literal = samlib.flip_signs(literal_run([1, 0.2], 0.2, 1, [0.244, 0.0224], 25))
    np.testing.assert_allclose(path, literal, rtol=0, atol=1e-12)
    minimum, saddle = FIGURE_2.critical_points()
    assert (minimum.radius, saddle.radius) == (pytest.approx(1 / 9), pytest.approx(1 / 49))
    assert (minimum.potential, saddle.potential) == (pytest.approx(-1 / 18), pytest.approx(-1 / 490))
    assert np.linalg.norm(path[1] - [0, -1 / 49]) == pytest.approx(0.0048, abs=1e-4)
    other = samlib.QuadraticSAM([1.0, 0.5], eta=0.2, rho=1.0)
    other_saddle = other.critical_points()[1].points()
    u1 = samlib.flip_signs(run(other, [0.244, 0.0224], 1))[1]
    assert np.linalg.norm(other_saddle - u1, axis=-1).min() > 0.03
    assert np.linalg.norm(path[-1] - minimum.points()[0]) < 5e-4
    assert (np.diff(FIGURE_2.potential(path)) < 0).all()


@pytest.mark.parametrize(
    "figure", [plots.figure_1a, plots.figure_1b, plots.figure_2, plots.figure_3, plots.figure_4, plots.figure_5]
)
def test_pictures_are_small_pngs_and_the_same_bytes_twice(figure):
    png = figure().png()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(png) < 60_000
    assert figure().png() == png
    assert b64decode(figure()._repr_mimebundle_()["image/png"]) == png


def test_figure_1_draws_the_run_and_the_predicted_cycle():
    (axes,) = plots.figure_1a().axes
    line, cross = axes.get_lines()
    np.testing.assert_array_equal(line.get_xydata(), run(FIGURE_1, [2, 2], 30))
    np.testing.assert_array_equal(cross.get_xydata(), FIGURE_1.limit_cycle())


def test_figure_2_draws_the_flipped_run_and_all_four_critical_points():
    axes = plots.figure_2().axes[0]
    line, *crosses = axes.get_lines()
    np.testing.assert_array_equal(line.get_xydata(), samlib.flip_signs(run(FIGURE_2, [0.244, 0.0224], 25)))
    drawn = np.concatenate([cross.get_xydata() for cross in crosses])
    np.testing.assert_allclose(sorted(drawn.tolist()), sorted([[1 / 9, 0], [-1 / 9, 0], [0, 1 / 49], [0, -1 / 49]]))


RAVINE = samlib.FlatteningRavine()


def ravine_run(rule, start, steps=200):
    return samlib.trajectory(rule, RAVINE, start, steps)


@pytest.mark.parametrize(("start", "side"), [([0.1, 0.1], 1), ([1.0, 1.0], -1)], ids=["figure 3", "figure 4"])
def test_figures_3_and_4_end_on_a_two_cycle_beside_the_minimum_where_gradient_descent_ends_in_it(start, side):
    literal = literal_run_on(RAVINE, 0.2, 1.0, start, 60)
    path = ravine_run(samlib.SAM(0.2, 1.0), start)
    np.testing.assert_allclose(path[:61], literal, atol=1e-12)
    np.testing.assert_allclose(np.abs(path[-2:, 0]), 0.2, rtol=1e-12)
    np.testing.assert_allclose(path[-2:, 1], side * 0.15796788335535, rtol=1e-12)
    assert path[-1, 0] == pytest.approx(-path[-2, 0])
    assert np.abs(path[40:] - path[-1]).min(axis=0).max() < 1e-4
    np.testing.assert_allclose(RAVINE.value(path[-2:]), 0.0519839992540953, rtol=1e-12)
    assert np.abs(ravine_run(samlib.GradientDescent(0.2), start)[-1]).max() < 1e-9
    floor = [0.0, path[-1, 1]]
    assert np.linalg.eigvalsh(RAVINE.hessian(floor))[-1] == pytest.approx(1.97535365841053, rel=1e-12)
    assert np.linalg.eigvalsh(RAVINE.hessian([0.0, 0.0]))[-1] == 2


def test_figure_3_is_within_four_digits_of_its_cycle_at_step_20():
    path = ravine_run(samlib.SAM(0.2, 1.0), [0.1, 0.1])
    assert np.abs(path[20:22] - path[200:202])[:, 1].max() < 1e-4


def test_figure_5_has_no_side_where_sam_has_one():
    # over many seeds the noise of the same size wanders about the minimum; SAM's w₂ stays at -0.158
    ends = np.concatenate(
        [ravine_run(samlib.SGD(eta=0.2, sigma=1 / 1.8, seed=seed), [1.0, 1.0], 400)[50:, 1] for seed in range(40)]
    )
    assert abs(ends.mean()) < 0.02
    assert 0.1 < ends.std() < 0.25
    assert samlib.QuadraticSAM([1.0], eta=0.2, rho=1.0).amplitude == pytest.approx(0.2 / 1.8)


@pytest.mark.parametrize(
    ("figure", "rival"),
    [
        (plots.figure_3, samlib.GradientDescent(0.2)),
        (plots.figure_4, samlib.GradientDescent(0.2)),
        (plots.figure_5, samlib.SGD(0.2, 1 / 1.8, 0)),
    ],
)
def test_figures_3_to_5_draw_both_runs(figure, rival):
    (axes,) = figure(steps=25).axes
    start = [0.1, 0.1] if figure is plots.figure_3 else [1.0, 1.0]
    first, second = axes.get_lines()
    np.testing.assert_array_equal(first.get_xydata(), ravine_run(rival, start, 25))
    np.testing.assert_array_equal(second.get_xydata(), ravine_run(samlib.SAM(0.2, 1.0), start, 25))


def literal_run_on(loss, eta, rho, start, steps):
    path = [np.array(start)]
    for _ in range(steps):
        path.append(np.array(literal_sam_step(lambda w: loss.gradient(w).tolist(), path[-1], eta, rho)))
    return np.array(path)
