"""`live.SaddleEscape` as a Python object: its start, what the lemmas of Section 4.4 say of its runs, its picture."""

import base64
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

from samlib import live
from samlib.live.saddle_escape import LONGEST


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("eta", 0.5, r"eta must be within \[0.01, 0.49\], got 0.5"),
        ("eigenvalues", [1.2, 0.5], r"eigenvalues must be within \[0.05, 1\], got 1.2"),
        ("eigenvalues", [0.4, 0.5], "λ₁ ≥ λ₂, got λ₁ = 0.4 < λ₂ = 0.5"),
        ("sigma", 0.0, r"sigma must be within \[1e-15, 1\], got 0"),
        ("sigma", float("nan"), "sigma must be within"),
        ("height", 0.0, r"height must be within \[0.05, 60\], got 0"),
        ("epsilon", 1.5, r"epsilon must be within \[0.01, 1\], got 1.5"),
        ("steps", 0, r"steps must be within \[1, 500\], got 0"),
        ("t", -1, r"t must be within \[0, 500\], got -1"),
        ("on_axis", 2, "on_axis"),
    ],
)
def test_a_bad_value_is_named_with_its_range_and_changes_nothing(trait: str, value: Any, words: str) -> None:
    figure = live.SaddleEscape()
    before = figure.state()
    with pytest.raises(TraitError, match=words):
        setattr(figure, trait, value)
    assert figure.state() == before


def test_every_setting_is_a_state_the_figure_accepts() -> None:
    for name, _, setting in live.SaddleEscape.SETTINGS:
        figure = live.SaddleEscape(**setting)
        assert {trait: getattr(figure, trait) for trait in setting} == setting, name
        assert set(setting) == set(live.SaddleEscape.STATE)
    assert live.SaddleEscape().state() == live.SaddleEscape.SETTINGS[0][2]
    assert live.SaddleEscape(steps=12).t == 12
    with pytest.raises(TypeError, match="has no trait 'start'"):
        live.SaddleEscape(start=[1.0, 1.0])


def test_the_run_starts_at_distance_sigma_from_a_saddle_of_the_potential() -> None:
    figure = live.SaddleEscape(eigenvalues=[0.9, 0.4], eta=0.3, rho=1.4, sigma=1e-5)
    saddle = figure.theory.critical_points()[1]
    assert saddle.kind == "saddle"
    assert np.linalg.norm(np.abs(figure.start()) - saddle.points()[0]) == pytest.approx(1e-5, rel=1e-9)


def test_figure_2_starts_where_the_paper_does() -> None:
    setting = next(setting for name, _, setting in live.SaddleEscape.SETTINGS if name == "figure-2")
    np.testing.assert_allclose(live.SaddleEscape(**setting).start(), [0.244, 0.0224], rtol=1e-12)


def test_at_the_saddle_the_first_coordinate_grows_by_the_predicted_factor() -> None:
    """λ = (1, ½), η = 1/5: |1 - 0.2 - 4·1.9| = 6.8."""
    figure = live.SaddleEscape(sigma=1e-9)
    assert figure.escape_factor() == pytest.approx(6.8, rel=1e-15)
    path = figure.path()
    np.testing.assert_allclose(np.abs(path[1:6, 0] / path[:5, 0]), 6.8, rtol=1e-6)


@given(
    ratio=st.floats(0.2, 0.9),
    eta=st.floats(0.02, 0.49),
    rho=st.floats(0.05, 2),
    exponent=st.floats(-15, -4),
)
def test_the_escape_from_the_saddle_takes_the_predicted_time(
    ratio: float, eta: float, rho: float, exponent: float
) -> None:
    figure = live.SaddleEscape(eigenvalues=[1.0, ratio], eta=eta, rho=rho, sigma=10**exponent)
    factor = abs(1 - eta - (2 - eta * ratio) / ratio**2)
    beta = eta * rho * ratio**2 / (2 - eta * ratio)
    steps = max(0.0, math.log(beta / figure.sigma) / math.log(factor))
    assert float(figure.predicted_escape()) == pytest.approx(steps, rel=1e-6, abs=1e-6)
    # The prediction leaves out that a grown |v₁| lengthens ‖v‖, which matters in the last few steps alone.
    assert abs(figure.escape_time() - steps) <= 3


def test_a_tenfold_smaller_distance_costs_the_same_number_of_steps_each_time() -> None:
    figure = live.SaddleEscape(height=40.0)
    times = figure.predicted_escape(10.0 ** -np.arange(4, 15))
    np.testing.assert_allclose(np.diff(times), math.log(10) / math.log(6.8), rtol=0.06)
    assert (np.abs(figure.escape_time(10.0 ** -np.arange(4, 15)) - times) < 2).all()


def test_without_a_gap_the_ratio_is_kept_and_nothing_escapes() -> None:
    figure = live.SaddleEscape(no_gap=True, sigma=1e-4, height=3.0, steps=200)
    run = figure.alignment()
    np.testing.assert_allclose(run.ratio, run.ratio[0], rtol=1e-13)
    assert figure.escape_time() == np.inf
    assert figure.predicted_escape() == np.inf
    assert figure.escape_factor() == 1
    assert figure.threshold() == figure.theory.gamma[0]


def test_on_the_axis_the_run_stays_for_ever() -> None:
    figure = live.SaddleEscape(on_axis=True, height=7.0, steps=300)
    run = figure.alignment()
    assert not figure.path()[:, 0].any()
    assert (run.misalignment == 1).all()
    assert np.isinf(run.ratio).all()
    assert figure.escape_time() == np.inf
    assert figure.predicted_escape() == np.inf


@given(
    second=st.floats(0.1, 0.99),
    eta=st.floats(0.02, 0.49),
    sigma=st.floats(1e-3, 1),
    height=st.floats(0.1, 60),
    epsilon=st.floats(0.05, 1),
)
def test_the_lemmas_hold_along_every_run(
    second: float, eta: float, sigma: float, height: float, epsilon: float
) -> None:
    figure = live.SaddleEscape(
        eigenvalues=[1.0, second], eta=eta, sigma=sigma, height=height, epsilon=epsilon, steps=60
    )
    run, theory, mu = figure.alignment(), figure.theory, figure.theory.mu
    ratio, known = run.ratio, run.ratio > 1e-120
    # Lemma 14(a): the condition holds exactly where the ratio shrinks by 1 + μ or more, thresholds apart.
    clear = np.abs(run.length / figure.threshold() - 1) > 1e-9
    for t in range(figure.steps):
        if known[t + 1] and clear[t] and np.isfinite(ratio[t + 1]):
            assert (ratio[t + 1] * (1 + mu) <= ratio[t]) == run.aligning[t], t
    # Definition 12 and Lemma 13
    np.testing.assert_allclose(run.misalignment, 1 - 1 / np.sqrt(1 + ratio**2), atol=1e-15)
    assert (run.misalignment <= 0.5 * ratio**2 * (1 + 1e-12)).all()
    # Lemmas 11 and 14(b), from the step of entry on
    assert run.entry == next((t for t, length in enumerate(run.length) if length <= eta), None)  # b = ηρλ₁²
    assert run.beyond.sum() <= figure.visits_bound()
    if run.entry is not None:
        assert (~run.aligning[run.entry :]).sum() <= figure.misaligned_bound()
        expected = run.length[run.entry :] >= (1 + epsilon) * theory.beta[0]
        np.testing.assert_array_equal(run.beyond[run.entry :], expected)
        assert not run.beyond[: run.entry].any()


def test_the_escape_is_the_first_step_on_the_other_side() -> None:
    figure = live.SaddleEscape(sigma=1e-6, steps=500)
    size = np.abs(figure.path() * figure.theory.eigenvalues)
    escape = int(figure.escape_time())
    assert escape == 6
    assert (size[:escape, 0] <= size[:escape, 1]).all()
    assert size[escape, 0] > size[escape, 1]
    late = live.SaddleEscape(eigenvalues=[1.0, 0.9999999], sigma=1e-15)
    assert late.predicted_escape() == np.inf  # later than LONGEST
    assert late.escape_time() == np.inf
    assert late.axis_growth().shape == (LONGEST + 1,)


def test_a_view_comes_with_a_picture_and_its_text() -> None:
    figure = live.SaddleEscape()
    data, _ = figure._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert live.SaddleEscape()._repr_mimebundle_()[0]["image/png"] == data["image/png"]
    assert "it leaves it at step 6, 5.31 predicted" in data["text/plain"]
    pictures = {live.SaddleEscape(**setting).picture().png() for _, _, setting in live.SaddleEscape.SETTINGS}
    broken = [live.SaddleEscape(no_gap=True), live.SaddleEscape(on_axis=True)]
    pictures |= {each.picture().png() for each in broken}
    assert len(pictures) == len(live.SaddleEscape.SETTINGS) + 2
    assert "λ₂ replaced by λ₁: it never leaves it" in broken[0].describe()
    assert "σ replaced by 0: it never leaves it" in broken[1].describe()


def test_ranges_reach_the_page_for_every_number_of_the_state() -> None:
    figure = live.SaddleEscape()
    assert set(figure.ranges) == set(figure.STATE) - {"no_gap", "on_axis"}
