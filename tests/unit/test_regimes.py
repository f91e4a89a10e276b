"""The classes of the map are what they say, and the curves between them lie where SAM changes what it does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samlib
from samlib import drift, regimes
from samlib.regimes import Ravine, Regime, SkewedValley

VALLEY = SkewedValley()


def _regime(plane: regimes.Map, first: float, second: float, steps: int = 400) -> Regime:
    return Regime(int(regimes.classify(plane, first, second, steps).regime))


# -------------------------------------------------------------------------------------------------------- the classes


@given(bend=st.floats(0, 0.9), rho=st.floats(0.05, 2), ratio=st.floats(0, 1.5), seed=st.integers(0, 2**32))
def test_the_skewed_valley_is_samlibs_valley(bend: float, rho: float, ratio: float, seed: int) -> None:
    plane = SkewedValley(bend, rho)
    sam, loss, start = plane.runs(np.array(0.7), np.array(ratio))
    valley = samlib.Valley([1 - bend, 0, bend], skew=ratio / rho)  # λ₁ = 1
    w = np.random.default_rng(seed).uniform(-2, 2, (20, 2))
    np.testing.assert_allclose(loss.value(w), valley.value(w), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(loss.gradient(w), valley.gradient(w), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(loss.hessian(w), valley.hessian(w), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(plane.floor(w[:, 1]), valley.curvature(w[:, 1]), rtol=1e-12, atol=1e-13)
    assert (float(sam.eta), float(sam.rho)) == (0.7, rho)
    assert start.tolist() == [0.01 * rho, 1.0]
    assert valley.curvature(1.0) == pytest.approx(plane.top)


def test_the_ravine_is_samlibs_ravine_from_the_start_of_figure_3() -> None:
    sam, loss, start = Ravine().runs(np.array(0.2), np.array(1.0))
    assert isinstance(loss, samlib.FlatteningRavine)
    assert (float(sam.eta), float(sam.rho), start.tolist()) == (0.2, 1.0, [0.1, 0.1])
    hessian = loss.hessian([[0.0, 0.7], [0.0, 0.0]])
    np.testing.assert_allclose(Ravine().floor(np.array([0.7, 0.0])), hessian[:, 0, 0], rtol=1e-15)
    assert Ravine().top == hessian[1, 0, 0]


@pytest.mark.parametrize(
    ("plane", "place", "expected"),
    [
        (VALLEY, (0.4, 0.15), Regime.BOUNCE),
        (SkewedValley(bend=0.3), (0.4, 0.1), Regime.DRIFT),
        (VALLEY, (2.1, 0.11), Regime.HIGHER),
        (VALLEY, (0.4, 0.4), Regime.LOST),
        (VALLEY, (2.0, 0.5), Regime.DIVERGED),
        (VALLEY, (2.0, 0.0), Regime.UNDECIDED),
        (Ravine(), (0.2, 0.6), Regime.BOUNCE),
        (Ravine(), (0.2, 1.0), Regime.DRIFT),
        (Ravine(), (0.5, 1.8), Regime.TURNED),
        (Ravine(), (0.885, 0.57), Regime.TURNED),  # wide, and a little slanting
        (Ravine(), (0.2, 1.5), Regime.UNDECIDED),
        (Ravine(), (0.4, 1.2), Regime.LOST),
    ],
)
def test_each_class_is_what_the_run_itself_shows(
    plane: regimes.Map, place: tuple[float, float], expected: Regime
) -> None:
    """By the words of the class alone, on `samlib.trajectory`'s path."""
    assert _regime(plane, *place) == expected
    sam, loss, start = plane.runs(*map(np.asarray, place))
    with np.errstate(over="ignore", invalid="ignore"):
        path = samlib.trajectory(sam, loss, start, steps=400)
    end = path[-regimes.LAST :]
    if expected is Regime.DIVERGED:
        assert not (np.abs(path) < regimes.FAR).all()
        assert regimes.classify(plane, *place).period == 0
        return
    before = path[-regimes.LAST - 1 : -1]
    alternates = bool((end[:, 0] * before[:, 0] < 0).all())
    period = next((p for p in range(1, 33) if np.abs(end - path[-64 - p : -p]).max() < 1e-6 * float(sam.rho)), 0)
    assert period == int(regimes.classify(plane, *place).period)
    across, along = np.abs(end[-1] - end[-2])
    flat = float(np.max(plane.floor(end[-2:, 1])))
    if expected in (Regime.BOUNCE, Regime.DRIFT):
        assert alternates
        assert period == 2
        assert along < 1e-3 * across
        assert (flat < plane.top - 1e-3) == (expected is Regime.DRIFT)
    elif expected is Regime.TURNED:
        assert period == 2
        assert along > 0.02 * across
    elif expected is Regime.HIGHER:
        assert alternates
        assert period > 2
    else:
        assert alternates == (expected is Regime.UNDECIDED)


def test_a_run_that_still_drifts_has_no_period_and_counts_as_drift() -> None:
    """A small radius: after 100 steps it is on its way."""
    plane = SkewedValley(bend=0.5, rho=0.1)
    found = regimes.classify(plane, 0.3, 0.05, steps=100)
    assert (Regime(int(found.regime)), int(found.period)) == (Regime.DRIFT, 0)
    sam, loss, start = plane.runs(np.array(0.3), np.array(0.05))
    along = samlib.trajectory(sam, loss, start, steps=100)[:, 1]
    assert 0.1 < along[-1] < 0.95
    assert (np.diff(along) < 0).all()
    assert _regime(SkewedValley(bend=0.0, rho=0.1), 0.3, 0.05, steps=100) is Regime.BOUNCE


def test_a_batch_is_its_cells_one_by_one_and_a_point_far_out_harms_no_other() -> None:
    first, second = regimes.centres(((0.1, 2.5), (0.0, 0.6)), 9, 7)
    found = regimes.classify(VALLEY, first, second, steps=150)
    assert Regime.DIVERGED in found.regime
    for place in np.ndindex(first.shape):
        alone = regimes.classify(VALLEY, first[place], second[place], steps=150)
        assert (alone.regime, alone.period) == (found.regime[place], found.period[place])


def test_centres_are_the_middles_of_equal_cells() -> None:
    first, second = regimes.centres(((1.0, 3.0), (-1.0, 0.0)), 4, 2)
    np.testing.assert_array_equal(first, [[1.25, 1.75, 2.25, 2.75]] * 2)
    np.testing.assert_array_equal(second, [[-0.75] * 4, [-0.25] * 4])


def test_what_cannot_be_classified_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match=r"one shape, got \(2,\) and \(3,\)"):
        regimes.classify(VALLEY, [0.1, 0.2], [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match=r"steps must be a whole number >= 96, got 95"):
        regimes.classify(VALLEY, 0.1, 0.1, steps=95)
    with pytest.raises(ValueError, match="eta must be > 0"):
        regimes.classify(VALLEY, 0.0, 0.1)
    with pytest.raises(ValueError, match=r"bend must be within \[0, 1\), got 1"):
        SkewedValley(bend=1.0)
    with pytest.raises(ValueError, match="rho must be > 0"):
        SkewedValley(rho=0.0)


# ------------------------------------------------------------------------------------------- what is known of the maps


def test_with_a_straight_floor_only_the_two_coordinates_matter() -> None:
    """Away from chaos, where rounding decides, the same cells at another ρ."""
    first, second = regimes.centres(((0.1, 1.0), (0.0, 0.3)), 12, 9)
    small, large = (regimes.classify(SkewedValley(rho=rho), first, second) for rho in (0.0625, 1.7))
    np.testing.assert_array_equal(small.regime, large.regime)
    np.testing.assert_array_equal(small.period, large.period)


def test_on_a_quadratic_sam_bounces_below_2_and_diverges_beyond() -> None:
    x = np.array([0.05, 0.5, 1.0, 1.5, 1.9, 1.95])
    assert (regimes.classify(VALLEY, x, 0 * x).regime == Regime.BOUNCE).all()
    x = np.array([2.04, 2.2, 2.5])
    assert (regimes.classify(VALLEY, x, 0 * x).regime == Regime.DIVERGED).all()
    assert _regime(VALLEY, 2.2, 0.03) is Regime.BOUNCE  # a little skew keeps it


@pytest.mark.parametrize("x", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_alternation_ends_where_the_window_of_chapter_5_does(x: float) -> None:
    edge = regimes.valley_window(x)
    assert edge == pytest.approx(drift.cubic_radius_limit(1.0, x, 1.0), rel=1e-12)
    assert _regime(VALLEY, x, 0.97 * edge) is Regime.BOUNCE
    assert _regime(VALLEY, x, 1.03 * edge) is Regime.LOST


@pytest.mark.parametrize("x", [1.1, 1.3, 1.6, 1.9])
def test_beyond_1_the_same_formula_is_where_the_cycle_touches_the_minimum(x: float) -> None:
    """The cycle of the cubic by its formula (chapter 5): its right point is 0 at the edge, and right of it below."""
    edge = regimes.valley_window(x)
    theta = np.linspace(1e-3, np.pi / 2, 200_001)
    radius = np.sin(theta) * (1 - x / 2 * np.cos(theta))
    right = np.cos(theta) - 1 + x / 2 * np.sin(theta) * np.cos(theta)
    assert (np.diff(radius) > 0).all()
    np.testing.assert_array_equal(radius[right > 1e-6] < edge, True)
    np.testing.assert_array_equal(radius[right < -1e-6] > edge, True)
    assert edge <= np.sqrt(2) - 1


@pytest.mark.parametrize("bend", [0.2, 0.5])
def test_on_a_curved_floor_the_window_of_the_flattest_place_decides(bend: float) -> None:
    plane = SkewedValley(bend)
    for x in (0.3, 0.6, 0.9):
        edge = (1 - bend) * regimes.valley_window((1 - bend) * x)
        assert edge < regimes.valley_window(x)
        assert _regime(plane, x, 0.96 * edge) is Regime.DRIFT
        assert _regime(plane, x, 1.04 * edge) is Regime.LOST


@pytest.mark.parametrize("cosine", [0.67, np.sqrt(0.5), 0.75, 0.78, 0.8])
def test_the_period_doubles_at_the_flip_edge(cosine: float) -> None:
    """The multiplier is measured by differences along the cycle that a run comes to."""
    x, ratio = regimes.flip_edge(cosine)
    multiplier = 1 - 2 * x * cosine + x * x * (2 * cosine**2 - 1)
    assert multiplier == pytest.approx(-1, abs=1e-12)

    def turn(w: float) -> float:
        for _ in range(2):
            look = w + np.sign(w) * (1 if abs(w) < 2 / ratio else -1)
            w = w - x * (look + ratio / 2 * look * look)
        return float(w)

    sine = np.sqrt(1 - cosine**2)
    w = (cosine - 1 + x / 2 * sine * cosine) / ratio
    assert turn(w) == pytest.approx(w, abs=1e-12)
    assert (turn(w + 1e-6) - turn(w - 1e-6)) / 2e-6 == pytest.approx(-1, abs=1e-6)


def test_the_flip_edge_runs_from_the_quadratics_side_to_the_window() -> None:
    assert regimes.flip_edge(np.sqrt(2 / 3)) == pytest.approx((np.sqrt(6), 0), abs=1e-7)
    x, ratio = regimes.flip_edge(regimes.LEAST_COSINE)
    assert x == pytest.approx(1.3469, abs=1e-4)
    assert ratio == pytest.approx(regimes.valley_window(x), abs=1e-6)


@pytest.mark.parametrize(("x", "ratio", "period"), [(1.8, 0.15, 2), (1.8, 0.185, 4)])
def test_beyond_the_flip_edge_the_period_is_four(x: float, ratio: float, period: int) -> None:
    """At x = 1.8 the edge is near 0.17."""
    assert int(regimes.classify(VALLEY, x, ratio, steps=2000).period) == period


@pytest.mark.parametrize("eta", [0.1, 0.3, 0.5, 0.7])
def test_on_the_ravine_the_drift_begins_at_1_minus_eta(eta: float) -> None:
    assert _regime(Ravine(), eta, 0.96 * (1 - eta)) is Regime.BOUNCE
    assert _regime(Ravine(), eta, 1.04 * (1 - eta)) is Regime.DRIFT


@pytest.mark.parametrize("eta", [0.05, 0.2, 0.5, 1.0, 1.2, 1.8])
def test_the_bounce_along_e2_attracts_from_its_edge_on(eta: float) -> None:
    edge = regimes.second_direction_edge(eta)
    ravine = samlib.FlatteningRavine()
    for share, inside in ((0.999, False), (1.001, True)):
        rho = share * edge
        amplitude = eta * rho / (2 - eta)
        cycle = np.array([[0, amplitude], [0, -amplitude]])
        multipliers = drift.cycle_multipliers(ravine, cycle, eta, rho)
        assert (np.abs(multipliers) < 1).all() == inside
        factor = drift.step_jacobian(ravine, cycle[0], eta, rho)
        m, far = 1 + amplitude**2 / 2, 2 * rho / (2 - eta)
        np.testing.assert_allclose(
            factor, np.diag([1 - (2 * eta + 4 * (2 - eta) / m) / (1 + far**2 / 2), 1 - eta]), atol=1e-12
        )


@pytest.mark.parametrize(
    ("curve", "outside"),
    [
        (regimes.valley_window, (0.0, 2.0, -1.0)),
        (regimes.second_direction_edge, (0.0, 2.0)),
        (regimes.flip_edge, (0.0, 0.82, -0.75)),
    ],
)
def test_the_curves_say_where_they_are_defined(curve: object, outside: tuple[float, ...]) -> None:
    assert callable(curve)
    for value in outside:
        with pytest.raises(ValueError, match="must be within"):
            curve(value)
