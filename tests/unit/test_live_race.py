"""`live.Race` as a Python object: who runs how far, the noise, the numbers of Section 6, its picture."""

import base64
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

import samlib
from samlib import live
from samlib.live._starts import uniforms
from samlib.live.race import FAR, RACERS, rank

SETTINGS = {name: setting for name, _, setting in live.Race.SETTINGS}
ALL = dict.fromkeys(RACERS, True)


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("eta", 1.0, r"eta must be within \[0.01, 0.99\], got 1"),
        ("rho", 0.0, r"rho must be within \[0.05, 2\], got 0"),
        ("eigenvalues", [0.4, 0.5], "λ₁ ≥ λ₂, got λ₁ = 0.4 < λ₂ = 0.5"),
        ("start", [0.0, 2.5], r"start must be within \[-2, 2\], got 2.5"),
        ("landscape", "hill", "'landscape' trait .*expected any of .*'ravine'.* not the str 'hill'"),
        ("sigma", -0.1, r"sigma must be within \[0, 2\], got -0.1"),
        ("sigma", float("nan"), "sigma must be within"),
        ("momentum", 1.0, r"momentum must be within \[0, 0.95\], got 1"),
        ("budget", 1, r"budget must be within \[2, 600\], got 1"),
        ("t", -1, r"t must be within \[0, 600\], got -1"),
        ("seed", 1000, r"seed must be within \[0, 999\], got 1000"),
        ("runs", 0, r"runs must be within \[1, 200\], got 0"),
        ("sam", 2, "sam"),
        ("equal_cost", "yes", "equal_cost"),
    ],
)
def test_a_bad_value_is_named_with_its_range_and_changes_nothing(trait: str, value: Any, words: str) -> None:
    figure = live.Race()
    before = figure.state()
    with pytest.raises(TraitError, match=words):
        setattr(figure, trait, value)
    assert figure.state() == before


def test_every_setting_is_a_state_the_figure_accepts() -> None:
    for name, setting in SETTINGS.items():
        figure = live.Race(**setting)
        assert {trait: getattr(figure, trait) for trait in setting} == setting, name
        assert set(setting) == set(live.Race.STATE)
    assert live.Race().state() == SETTINGS["figure-5"]
    assert live.Race(budget=40).t == 40
    with pytest.raises(TypeError, match="has no trait 'steps'"):
        live.Race(steps=3)


def test_ranges_reach_the_page_for_every_number_and_choice_of_the_state() -> None:
    figure = live.Race()
    assert set(figure.ranges) == set(figure.STATE) - set(RACERS) - {"equal_cost"}
    assert figure.ranges["landscape"]["options"] == ["ravine", "other_reading", "quadratic", "valley"]


def test_the_largest_step_size_is_admissible_on_every_quadratic() -> None:
    figure = live.Race(eta=0.99, eigenvalues=[2.0, 2.0], landscape="quadratic", budget=600)
    assert np.abs(figure.path("descent")[-1]).max() < 0.01  # factor 1 - ηλ = -0.98


def test_a_step_of_sam_costs_two_gradients() -> None:
    class Counting(samlib.FlatteningRavine):
        calls = 0

        def gradient(self, w: Any) -> Any:
            self.calls += 1
            return super().gradient(w)

    figure = live.Race(budget=81, **ALL)
    rules = {
        "sam": samlib.SAM(0.2, 1.0),
        "descent": samlib.GradientDescent(0.2),
        "sgd": samlib.SGD(0.2, 0.5, seed=0),
        "unnormalized": samlib.UnnormalizedSAM(0.2, 1.0),
        "heavy_ball": samlib.HeavyBallSAM(0.2, 1.0, 0.5),
    }
    assert list(rules) == figure.racers == list(RACERS)
    for racer, rule in rules.items():
        loss = Counting()
        samlib.trajectory(rule, loss, [1.0, 1.0], figure.steps(racer))
        assert loss.calls in (80, 81), racer  # 81 gradients allow 40 steps of two
        assert figure.steps(racer, 7) == 7 // figure.cost(racer)
    figure.equal_cost = False
    assert {figure.steps(racer) for racer in RACERS} == {81}
    assert {figure.steps(racer, 700) for racer in RACERS} == {81}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_paths_without_noise_are_samlibs(name: str) -> None:
    figure = live.Race(**{**SETTINGS[name], "momentum": 0.3})
    loss = {
        "ravine": samlib.FlatteningRavine(),
        "other_reading": samlib.SymbolicLoss("x**2 / (1 + (x**2 + y**2) / 2) + y**2 / 2", "x y"),
        "quadratic": samlib.Quadratic([1.0, 0.5]),
        "valley": samlib.Valley([1.0, 0.0, 1.0]),
    }[figure.landscape]
    rules = {
        "sam": samlib.SAM(figure.eta, figure.rho),
        "descent": samlib.GradientDescent(figure.eta),
        "unnormalized": samlib.UnnormalizedSAM(figure.eta, figure.rho),
        "heavy_ball": samlib.HeavyBallSAM(figure.eta, figure.rho, 0.3),
    }
    for racer, rule in rules.items():
        steps = figure.budget // (1 if racer == "descent" else 2)
        expected = samlib.trajectory(rule, loss, figure.start, steps)
        np.testing.assert_array_equal(figure.path(racer), expected, racer)
    with pytest.raises(
        ValueError, match="racer must be one of sam, descent, sgd, unnormalized, heavy_ball, got 'adam'"
    ):
        figure.path("adam")


def test_figures_3_and_4_end_where_section_6_says() -> None:
    """SAM on the exact two-cycle (±0.2, 0.15796788) or its mirror image, at λ_max(0, w₂) = 1.97535; GD at 0."""
    for start, side in (([0.1, 0.1], 1), ([1.0, 1.0], -1)):
        figure = live.Race(start=start, budget=240)
        before, last = figure.path("sam")[-2:]
        np.testing.assert_allclose(np.abs(last), [0.2, 0.15796788], atol=1e-8)
        assert np.sign(last[1]) == side
        np.testing.assert_allclose(before, last * [-1, 1], atol=1e-8)
        assert float(figure.height(last)) == pytest.approx(0.051984, abs=5e-7)
        assert float(figure.sharpness(last * [0, 1])) == pytest.approx(1.97535, abs=5e-6)
        np.testing.assert_allclose(figure.path("descent")[-1], 0, atol=1e-15)


def test_sgd_with_matched_noise_wanders_about_the_minimum_without_a_side() -> None:
    """Figure 5's noise over many seeds: no systematic w₂, and in law what `samlib.SGD` does with its own generator."""
    figure = live.Race(budget=400, runs=200)
    assert figure.sigma == pytest.approx(figure.matched_sigma, rel=1e-15)
    late = figure.cloud()[:, 50:]
    averages = late.mean(axis=1)  # of 200 independent runs: their mean is within 5 standard errors of 0
    assert (np.abs(averages.mean(axis=0)) < 5 * averages.std(axis=0) / math.sqrt(200)).all()
    rule = samlib.SGD(eta=0.2, sigma=figure.sigma, seed=0)
    other = samlib.trajectory(rule, samlib.FlatteningRavine(), np.ones((200, 2)), 400)[:, 50:]
    np.testing.assert_allclose(late.std(axis=(0, 1)), other.std(axis=(0, 1)), rtol=0.05)
    for quantity in (figure.height, figure.sharpness):
        assert float(quantity(late).mean()) == pytest.approx(float(quantity(other).mean()), rel=0.05)


def test_on_a_quadratic_the_cloud_has_the_spread_of_an_autoregression() -> None:
    """Coordinate i is w ← (1 - ηλᵢ)w - ησξ: variance η σ²/(λᵢ(2 - ηλᵢ)) in the long run."""
    figure = live.Race(**{**SETTINGS["quadratic"], "runs": 200, "budget": 300})
    expected = [0.2 * figure.sigma**2 / (value * (2 - 0.2 * value)) for value in figure.eigenvalues]
    np.testing.assert_allclose(figure.cloud()[:, 60:].var(axis=(0, 1)), expected, rtol=0.06)


def test_without_noise_sgd_is_gradient_descent() -> None:
    figure = live.Race(sigma=0.0, runs=3)
    for run in figure.cloud():
        np.testing.assert_array_equal(run, figure.path("descent"))


def test_the_noise_belongs_to_the_seed_and_not_to_the_budget_or_the_number_of_runs() -> None:
    figure = live.Race(seed=4, runs=5, budget=90)
    np.testing.assert_array_equal(figure.path("sgd"), figure.cloud()[0])
    np.testing.assert_array_equal(figure.cloud()[2], live.Race(seed=6, budget=90).path("sgd"))
    np.testing.assert_array_equal(figure.cloud()[:3, :31], live.Race(seed=4, runs=3, budget=30).cloud())
    assert not (figure.cloud()[0, 1:] == figure.cloud()[1, 1:]).any()


def test_the_streams_of_different_seeds_do_not_overlap() -> None:
    """Seeds 0 … 1198 (seed 999, 200 runs) start at places of one cycle of 2³² numbers that are far enough apart."""
    inverse = pow(0x6D2B79F5, -1, 2**32)
    places = np.sort([(seed + 1) * 0x9E3779B9 * inverse % 2**32 for seed in range(1199)])
    gaps = np.diff(np.append(places, places[0] + 2**32))
    assert gaps.min() > 2 * 600  # two numbers for each of at most 600 steps
    # The formula for the places is the generator's: seed 7, put off by the difference, is seed 8.
    shift = (8 * 0x9E3779B9 * inverse - 9 * 0x9E3779B9 * inverse) % 2**32
    ahead = (9 * 0x9E3779B9 + shift * 0x6D2B79F5) % 2**32
    assert ahead == 8 * 0x9E3779B9 % 2**32
    assert (uniforms(7, 3) != uniforms(8, 3)).all()


def test_the_rank_of_a_percentage_is_the_smallest_value_that_so_many_do_not_exceed() -> None:
    values = np.array([5.0, 1.0, 4.0, np.inf, 2.0, 3.0])
    for percent, expected in ((10, 1), (16, 1), (17, 2), (50, 3), (90, np.inf)):
        assert rank(values, percent) == expected
        assert np.mean(values <= expected) >= percent / 100
        assert np.mean(values < expected) < percent / 100
    assert rank(np.array([7.0]), 10) == rank(np.array([7.0]), 90) == 7


@given(x=st.floats(-2, 2), y=st.floats(-2, 2))
def test_sharpness_is_the_largest_curvature_in_any_direction(x: float, y: float) -> None:
    angles = np.linspace(0, np.pi, 721)
    directions = np.stack([np.cos(angles), np.sin(angles)])
    for name in live.race.LANDSCAPES:
        figure = live.Race(landscape=name)
        hessian = figure.loss.hessian([x, y])
        curvatures = np.einsum("ik,ij,jk->k", directions, hessian, directions)
        assert float(figure.sharpness(np.array([x, y]))) == pytest.approx(curvatures.max(), rel=1e-4, abs=1e-4)


def test_in_the_valley_sam_drifts_to_the_flattest_floor_and_descent_does_not() -> None:
    standing = {racer: sharpness for racer, _, sharpness in live.Race(**SETTINGS["valley"]).standing()}
    assert standing["sam"] == pytest.approx(1, abs=0.01)
    assert standing["heavy_ball"] == pytest.approx(1, abs=0.01)
    assert standing["descent"] > 3.2
    assert standing["unnormalized"] > 3
    assert 1.5 < standing["sgd"] < 3.1  # the noise carries it down too, but slowly


def test_a_run_that_leaves_for_infinity_is_told_as_such_and_raises_no_warning() -> None:
    figure = live.Race(landscape="valley", eta=0.9, rho=2.0, start=[2.0, 2.0], **ALL)
    assert not (np.abs(figure.path("descent")[-1]) < FAR).all()
    last = {racer: (loss, sharpness) for racer, loss, sharpness in figure.standing()}
    assert last["descent"][0] == np.inf
    assert figure.picture().png().startswith(b"\x89PNG")
    assert "gradient descent at loss inf" in figure.describe()


def test_a_view_comes_with_a_picture_and_its_text() -> None:
    figure = live.Race()
    data, _ = figure._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert live.Race()._repr_mimebundle_()[0]["image/png"] == data["image/png"]
    text = data["text/plain"]
    assert "on the flattening ravine from (1, 1) with η = 0.2, ρ = 1, σ = 0.5556" in text
    assert "after 120 gradients, SAM at loss 0.052 and sharpness 1.979; gradient descent at loss 4.59e-24" in text
    assert "SGD (median of 60 runs)" in text
    figure.t = 0
    assert "after 0 gradients, SAM at loss 1.17 and sharpness 2.134" in figure._repr_mimebundle_()[0]["text/plain"]
    pictures = {live.Race(**setting).picture().png() for setting in SETTINGS.values()}
    assert len(pictures) == len(SETTINGS)
    nobody = live.Race(**dict.fromkeys(RACERS, False))
    assert nobody.describe().endswith("nobody.")
    assert nobody.picture().png().startswith(b"\x89PNG")
    assert "the quadratic with λ = (1, 0.5) from (2, 2)" in live.Race(**SETTINGS["quadratic"]).describe()
    assert "20 steps of each" in live.Race(equal_cost=False, budget=20).describe()
