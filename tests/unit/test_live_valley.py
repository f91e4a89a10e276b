"""`live.Valley` as a Python object: what Theorem 21 says of its runs, where its window ends, its picture."""

import base64
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from traitlets import TraitError

import samlib
from samlib import drift, live
from samlib.live.valley import coefficients

HEIGHTS = st.lists(st.floats(0.1, 5), min_size=5, max_size=5)


def _setting(name: str) -> dict[str, Any]:
    return next(setting for each, _, setting in live.Valley.SETTINGS if each == name)


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("eta", 0.0, r"eta must be within \[0.01, 1\], got 0"),
        ("eta", 0.4, r"eta must be below 1/h\(y₀\) = 0.307692, as in Theorem 21, got eta = 0.4 with h\(y₀\) = 3.25"),
        ("rho", float("nan"), "rho must be within"),
        ("rho", 1.5, r"rho must be within \[0.01, 1\], got 1.5"),
        ("heights", [5.0, 2.0, 1.0, 2.0], "length"),
        ("heights", [5.0, 2.0, 0.0, 2.0, 5.0], r"heights must be within \[0.1, 5\], got 0"),
        ("heights", [5.0, 0.1, 5.0, 0.1, 5.0], r"heights must keep h ≥ 0.05 for -2 ≤ y ≤ 2, got h\(-1.4\d\) = -"),
        ("start", [0.0, 2.5], r"start must be within \[-2, 2\], got 2.5"),
        ("start", [0.0, 2.0], r"got eta = 0.2 with h\(y₀\) = 5"),
        ("skew", -5.0, r"skew must be within \[-4, 4\], got -5"),
        ("steps", 0, r"steps must be within \[1, 500\], got 0"),
        ("t", 501, r"t must be within \[0, 500\], got 501"),
        ("on_bounce", 2, "on_bounce"),
    ],
)
def test_a_bad_value_is_named_with_its_range_and_changes_nothing(trait: str, value: Any, words: str) -> None:
    figure = live.Valley()
    before = figure.state()
    with pytest.raises(TraitError, match=words):
        setattr(figure, trait, value)
    assert figure.state() == before


def test_every_setting_is_a_state_the_figure_accepts() -> None:
    for name, _, setting in live.Valley.SETTINGS:
        figure = live.Valley(**setting)
        assert {trait: getattr(figure, trait) for trait in setting} == setting, name
        assert set(setting) == set(live.Valley.STATE)
    assert live.Valley().state() == live.Valley.SETTINGS[0][2]
    assert live.Valley(steps=12).t == 12
    with pytest.raises(TypeError, match="has no trait 'eigenvalues'"):
        live.Valley(eigenvalues=[1.0, 0.5])


@given(heights=HEIGHTS)
def test_h_goes_through_the_heights(heights: list[float]) -> None:
    h = samlib.Valley(coefficients(heights)).curvature
    np.testing.assert_allclose(h(np.arange(-2, 3)), heights, rtol=0, atol=1e-13 * 100)


@pytest.mark.parametrize(
    ("name", "curvature"),
    [
        ("bowl", [1, 0, 1, 0, 0]),
        ("quartic", [1, 0, 0, 0, 0.25]),
        ("slope", [1.1, 0.5, 0, 0, 0]),
        # 3/2 - (37/24)y² + (13/24)y⁴: even, with the values 3/2, 1/2 and 4 at y = 0, 1, 2
        ("two", [1.5, 0, -37 / 24, 0, 13 / 24]),
    ],
)
def test_a_setting_has_the_valley_of_its_label(name: str, curvature: list[float]) -> None:
    np.testing.assert_allclose(coefficients(_setting(name)["heights"]), curvature, atol=1e-14)


@pytest.mark.parametrize(("rho", "steps", "apart"), [(0.05, 500, 7e-4), (0.2, 400, 1.1e-2), (0.5, 120, 8e-2)])
def test_the_flow_is_followed_to_an_error_of_second_order_in_rho(rho: float, steps: int, apart: float) -> None:
    """h = 1 + y², y₀ = 1.5, η = 1/5; a four times smaller ρ comes about 16 times closer."""
    gap = live.Valley(rho=rho, steps=steps).run().gap
    assert gap == pytest.approx(apart, rel=0.06)
    if rho == 0.2:
        assert gap / live.Valley(rho=0.05, steps=500).run().gap == pytest.approx(16, rel=0.1)


@pytest.mark.parametrize("name", ["bowl", "slope", "two", "large", "skewed"])
def test_the_flow_is_that_of_the_library(name: str) -> None:
    figure = live.Valley(**_setting(name))
    reference = drift.drift_flow(figure.loss, [0.0, figure.start[1]], figure.eta, figure.rho, figure.steps)
    np.testing.assert_allclose(figure.flow(), reference[:, 1], rtol=0, atol=1e-8)


def test_a_constant_curvature_gives_no_drift() -> None:
    figure = live.Valley(heights=[2.0] * 5, rho=0.7)
    np.testing.assert_array_equal(figure.flow(), 1.5)
    np.testing.assert_array_equal(figure.run().path[:, 1], 1.5)
    split = figure.split(1.5)
    assert split is not None
    assert not split.drift.any()
    np.testing.assert_allclose(split.remainder, 0, atol=1e-16)


def test_sam_ends_where_the_valley_is_flattest_on_the_side_of_its_start() -> None:
    """The minima of 3/2 - (37/24)y² + (13/24)y⁴ are at y² = 37/26."""
    for y, end in ((0.2, np.sqrt(37 / 26)), (-0.3, -np.sqrt(37 / 26))):
        run = live.Valley(**{**_setting("two"), "start": [0.0, y], "steps": 500}).run()
        assert run.path[-1, 1] == pytest.approx(end, abs=1e-6)
        assert run.sharpness[-1] == pytest.approx(3 / 2 - (37 / 24) ** 2 / (4 * 13 / 24), abs=1e-2)
        assert (np.diff(np.abs(run.path[:, 1])) > -1e-9).all()


@given(
    heights=HEIGHTS,
    y=st.floats(-2, 2),
    x=st.floats(0.02, 0.99),
    rho=st.floats(0.01, 1),
    skew=st.floats(-4, 4),
    sign=st.sampled_from([1, -1]),
)
def test_the_remainder_is_inside_its_discs(
    heights: list[float], y: float, x: float, rho: float, skew: float, sign: int
) -> None:
    """Theorem 21 with the valley's own B₃ and B₄; the split adds up to the step of the definition."""
    h = samlib.Valley(coefficients(heights)).curvature
    assume(h(np.arange(-200, 201) / 100).min() >= 0.05)
    top = h(y)
    eta = x / top
    assume(0.01 <= eta <= 1)
    figure = live.Valley(heights=heights, start=[0.0, y], eta=eta, rho=rho, skew=skew)
    split = figure.split(y, sign)
    assert split is not None
    size = float(np.linalg.norm(split.remainder))
    assert size <= split.sharp * (1 + 1e-9) + 1e-14
    assert split.sharp <= split.stated
    a = eta * rho * top / (2 - eta * top)
    w = np.array([sign * a, y])
    slope = h.deriv()(y)

    def gradient(p: Any) -> Any:
        return np.array([(h(p[1]) + skew * p[0] / 2) * p[0], h.deriv()(p[1]) * p[0] ** 2 / 2])

    g = gradient(w)
    ascended = w + rho * g / np.hypot(*g) if g.any() else w
    np.testing.assert_allclose(split.bounce, [-2 * sign * a, 0], rtol=1e-12)
    rate = eta / 2 * (a + rho) ** 2
    np.testing.assert_allclose(split.drift, [-rate * skew, -rate * slope], rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(
        split.bounce + split.drift + split.remainder, -eta * gradient(ascended), rtol=1e-9, atol=1e-12
    )


@given(
    heights=HEIGHTS, skew=st.floats(-4, 4), y=st.floats(-2, 2), radius=st.floats(0.01, 2), seed=st.integers(0, 2**32)
)
def test_the_valleys_bounds_hold_for_its_third_derivative_and_its_change(
    heights: list[float], skew: float, y: float, radius: float, seed: int
) -> None:
    loss = samlib.Valley(coefficients(heights), skew=skew)
    b3, b4 = loss.derivative_bounds(y, radius)
    generator = np.random.default_rng(seed)
    angle, length = generator.uniform(0, 2 * np.pi, 40), radius * np.sqrt(generator.uniform(0, 1, 40))
    points = np.stack([length * np.cos(angle), y + length * np.sin(angle)], -1)
    turn = np.linspace(0, np.pi, 181)
    units = np.stack([np.cos(turn), np.sin(turn)], -1)

    def norm(tensors: Any) -> Any:
        return np.abs(np.einsum("nijk,mi,mj,mk->nm", tensors, units, units, units)).max(axis=1)

    tensors = loss.third_derivative(points)
    assert (norm(tensors) <= b3 * (1 + 1e-12)).all()
    apart = np.linalg.norm(points[1:] - points[:-1], axis=1)
    assert (norm(tensors[1:] - tensors[:-1]) <= b4 * apart * (1 + 1e-9) + 1e-12).all()


def test_the_bounds_are_met_where_only_one_derivative_is_not_zero() -> None:
    """For h = 1 + cy: ‖D³‖ = (2/√3)c, D⁴ = 0. For h = 1 + y²: D⁴ has the entries xxyy = 2 alone."""
    assert samlib.Valley([1.0, 3.0]).derivative_bounds(0.4, 0.7) == pytest.approx((2 / np.sqrt(3) * 3, 0), rel=1e-15)
    assert samlib.Valley([1.0], skew=-2.0).derivative_bounds(0.4, 0.7) == (2.0, 0)
    b3, b4 = samlib.Valley([1.0, 0.0, 1.0]).derivative_bounds(1.0, 0.5)
    assert (b3, b4) == pytest.approx((2 / np.sqrt(3) * (2 + 2 * 0.5 + 2 * 0.5), 3.0), rel=1e-15)


def test_without_skew_the_signs_alternate_for_every_radius() -> None:
    for rho in (0.05, 0.2, 0.5, 1.0):
        run = live.Valley(rho=rho, steps=60).run()
        assert run.alternates.all()
        assert run.lost is None
        assert np.isinf(run.limit).all()


@pytest.mark.parametrize("skew", [1.0, 2.0, 4.0, -2.0])
def test_with_skew_alternation_is_lost_where_the_limit_falls_below_rho(skew: float) -> None:
    """The limit falls with h(y) along the way; within a few steps of meeting ρ the signs stop alternating."""
    figure = live.Valley(skew=skew, steps=300)
    run = figure.run()
    below = int(np.argmax(run.limit < figure.rho))
    assert below > 0
    assert run.lost is not None
    assert below <= run.lost <= below + 8
    assert run.alternates[: run.lost].all()
    assert run.path[run.lost, 0] * run.path[run.lost + 1, 0] >= 0


def test_a_small_radius_keeps_the_window_for_the_whole_valley() -> None:
    """Near the flattest place, where h is little more than 1, the limit is about ηλ₁²(2 - ηλ₁)/(2κ) = 0.09."""
    run = live.Valley(skew=2.0, rho=0.08, start=[0.0, 0.2], steps=500).run()
    assert run.lost is None
    assert np.nanmin(run.limit) == pytest.approx(0.09, rel=0.06)


def test_from_off_the_floor_the_run_goes_down_first_and_bounces_then() -> None:
    figure = live.Valley(on_bounce=False, start=[1.0, 1.5])
    run = figure.run()
    assert figure.begin() == [1.0, 1.5]
    assert not run.alternates[0]
    assert run.alternates[-1]
    assert run.lost is None  # what comes before the first change of side is not a loss


def test_a_run_out_of_the_valley_ends_there() -> None:
    """Beyond x = -2h/κ the loss has no lower bound."""
    figure = live.Valley(on_bounce=False, start=[-1.9, 1.0], skew=3.0)
    run = figure.run()
    assert run.left is not None
    assert np.isfinite(run.path[: run.left]).all()
    assert np.isnan(run.path[run.left :]).all()
    assert f"It leaves the valley at step {run.left}" in figure.describe()
    assert figure.picture().png().startswith(b"\x89PNG")
    sloping = live.Valley(heights=[0.1, 0.6, 1.1, 1.6, 2.1], rho=1.0, start=[0.0, 0.0], steps=200)
    assert np.isnan(sloping.flow()[-1])  # h reaches 0 at y = -2.2


def test_outside_of_theorem_21_there_is_no_split() -> None:
    figure = live.Valley()  # ηh(y) = 1 at y = 2
    assert figure.split(2.0) is None
    assert figure.split(1.99) is not None
    assert live.Valley(heights=[0.1, 0.6, 1.1, 1.6, 2.1]).split(-2.3) is None


def test_a_view_comes_with_a_picture_and_its_text() -> None:
    figure = live.Valley()
    data, _ = figure._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert live.Valley()._repr_mimebundle_()[0]["image/png"] == data["image/png"]
    assert "y goes from 1.5 to 0.16 in 200 steps, at most 0.011 away from the drift flow" in data["text/plain"]
    assert "the signs of x alternate all the way" in data["text/plain"]
    pictures = {live.Valley(**setting).picture().png() for _, _, setting in live.Valley.SETTINGS}
    assert len(pictures) == len(live.Valley.SETTINGS)
    assert "the alternation of signs is lost at step 53" in live.Valley(**_setting("skewed")).describe()


def test_ranges_reach_the_page_for_every_number_of_the_state() -> None:
    assert set(live.Valley().ranges) == set(live.Valley.STATE) - {"on_bounce"}
