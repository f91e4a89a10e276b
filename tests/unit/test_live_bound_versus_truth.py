"""`live.BoundVersusTruth` as a Python object: its starts, the realised times, the bound it sets beside them."""

import base64
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import TraitError

import samlib
from samlib import bounds, live
from samlib.live.bound_versus_truth import (
    FAILURE,
    ball_volume,
    random_words,
    settling_times,
    uniform_hypotheses,
    uniform_starts,
)

SETTINGS = {name: setting for name, _, setting in live.BoundVersusTruth.SETTINGS}


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("eta", 0.5, r"eta must be within \[0.01, 0.49\], got 0.5"),
        ("eigenvalues", [1.2, 0.5], r"eigenvalues must be within \[0.05, 1\], got 1.2"),
        ("eigenvalues", [1.0, 0.5, 0.6], "λ₂ ≥ λ₃, got λ₂ = 0.5 < λ₃ = 0.6"),
        ("eigenvalues", [1.0], "length"),
        ("accuracy", 1.0, r"accuracy must be within \[1e-06, 0.99\], got 1"),
        ("reach", 0.0, r"reach must be within \[0.1, 10\], got 0"),
        ("count", 601, r"count must be within \[10, 600\], got 601"),
        ("seed", -1, r"seed must be within \[0, 9999\], got -1"),
        ("chosen", 600, r"chosen must be within \[0, 599\], got 600"),
        ("rescale", 251, r"rescale must be within \[0, 250\], got 251"),
        ("printed", "yes", "printed"),
    ],
)
def test_a_bad_value_is_named_with_its_range_and_changes_nothing(trait: str, value: Any, words: str) -> None:
    figure = live.BoundVersusTruth()
    before = figure.state()
    with pytest.raises(TraitError, match=words):
        setattr(figure, trait, value)
    assert figure.state() == before


def test_every_setting_is_a_state_the_figure_accepts() -> None:
    for name, setting in SETTINGS.items():
        figure = live.BoundVersusTruth(**setting)
        assert {trait: getattr(figure, trait) for trait in setting} == setting, name
    state = live.BoundVersusTruth().state()
    assert {name: state[name] for name in SETTINGS["default"]} == SETTINGS["default"]


def test_the_random_words_are_those_of_mulberry32() -> None:
    def literal(state: int, number: int) -> list[int]:
        words = []
        for _ in range(number):
            state = (state + 0x6D2B79F5) % 2**32
            t = (state ^ (state >> 15)) * (state | 1) % 2**32
            t ^= (t + (t ^ (t >> 7)) * (t | 61)) % 2**32
            words.append(t ^ (t >> 14))
        return words

    for seed in (0, 1, 2, 9999):
        assert random_words(seed, 50).tolist() == literal(seed * 0x9E3779B9 % 2**32, 50)


def test_the_starts_fill_the_cube_evenly() -> None:
    starts = uniform_starts(5, 20_000, 3, 2.0)
    assert (np.abs(starts) < 2).all()
    assert starts.all()
    # A mean of n numbers of variance 4/3, and of their squares (variance 64/45), within five standard deviations
    np.testing.assert_allclose(starts.mean(axis=0), 0, atol=5 * math.sqrt(4 / 3 / 20_000))
    np.testing.assert_allclose((starts**2).mean(axis=0), 4 / 3, atol=5 * math.sqrt(64 / 45 / 20_000))
    assert np.abs(np.corrcoef(starts.T) - np.eye(3)).max() < 5 / math.sqrt(20_000)
    assert not np.array_equal(uniform_starts(6, 10, 3, 2.0), starts[:10])


@given(
    eigenvalues=st.lists(st.floats(0.2, 1), min_size=2, max_size=4).map(lambda each: sorted(each, reverse=True)),
    eta=st.floats(0.05, 0.49),
    rho=st.floats(0.2, 2),
    accuracy=st.floats(1e-4, 0.99),
    seed=st.integers(0, 9999),
)
@settings(max_examples=40)
def test_the_settling_time_is_the_last_entry_into_the_neighbourhood_of_the_cycle(
    eigenvalues: list[float], eta: float, rho: float, accuracy: float, seed: int
) -> None:
    if eigenvalues[1] > 0.97 * eigenvalues[0]:
        eigenvalues[1:] = [0.97 * value for value in eigenvalues[1:]]
    theory = samlib.QuadraticSAM(eigenvalues, eta=eta, rho=rho)
    epsilon = accuracy * bounds.accuracy_limit(theory, "printed")
    starts = uniform_starts(seed, 20, len(eigenvalues), 2.0)
    times = settling_times(theory, starts, epsilon)
    assert np.isfinite(times).all()
    steps = int(times.max()) + 300
    u = samlib.flip_signs(samlib.trajectory(samlib.SAM(eta, rho), samlib.Quadratic(eigenvalues), starts, steps=steps))
    ends = theory.limit_cycle() * np.sign(u[:, -1, :1])[:, None]  # the end that this run's u_t goes to comes first
    far = np.linalg.norm(u - ends[:, :1], axis=2) > epsilon * (1 + 1e-9)
    near = np.linalg.norm(u - ends[:, :1], axis=2) < epsilon * (1 - 1e-9)
    for run, time in enumerate(times.astype(int)):
        assert not far[run, time:].any()
        assert time == 0 or not near[run, time - 1]


def test_a_run_that_is_not_seen_to_settle_has_no_time() -> None:
    theory = samlib.QuadraticSAM([1.0, 0.5], eta=0.2, rho=1.0)
    starts = np.array([[0.0, 1.0], [theory.amplitude, 0.0], [1.0, 1.0]])  # on e₂'s axis, on the cycle, elsewhere
    times = settling_times(theory, starts, 0.01)
    assert times[0] == np.inf
    assert times[1] == 0
    assert settling_times(theory, starts, 0.01, most=int(times[2]) - 1)[2] == np.inf


def test_rescaling_changes_no_time() -> None:
    """SAM's steps depend on ηλᵢ and ρ alone: (λ, η) → (sλ, η/s) is exact for a power of two."""
    figure = live.BoundVersusTruth(count=100)
    s = 2.0**-40
    rescaled = samlib.QuadraticSAM(s * np.array(figure.eigenvalues), eta=figure.eta / s, rho=figure.rho)
    np.testing.assert_array_equal(settling_times(rescaled, figure.starts(), figure.epsilon), figure.realised())


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_the_hypotheses_hold_for_the_uniform_law_on_the_ball(dimension: int) -> None:
    start = uniform_starts(3, 1, dimension, 2.0)[0]
    start[0] = 2.0  # so that q is that of the law and not of the start
    radius, square, density = uniform_hypotheses(start)
    assert radius == pytest.approx(math.sqrt(sum(x * x for x in start)), rel=1e-14)
    assert density * ball_volume(dimension) * radius**dimension == pytest.approx(1, rel=1e-13)
    # The law's share with |w₁| < √q, by the midpoint rule over sections of the unit ball
    h = math.sqrt(square) / radius
    x = h * ((np.arange(2000) + 0.5) / 1000 - 1)
    sections = (1 - x**2) ** ((dimension - 1) / 2) * ball_volume(dimension - 1)
    share = sections.sum() * (h / 1000) / ball_volume(dimension)
    assert 0.95 * FAILURE < share <= FAILURE
    start[0] = 1e-3
    assert uniform_hypotheses(start)[1] == pytest.approx(1e-6, rel=1e-12)


def test_unit_balls_have_the_known_volumes() -> None:
    assert [ball_volume(d) for d in range(5)] == pytest.approx([1, 2, math.pi, 4 * math.pi / 3, math.pi**2 / 2])


@given(
    eigenvalues=st.lists(st.floats(0.1, 1), min_size=2, max_size=4).map(lambda each: sorted(each, reverse=True)),
    eta=st.floats(0.05, 0.49),
    rho=st.floats(0.05, 2),
    accuracy=st.floats(1e-6, 0.99),
    reach=st.floats(0.1, 10),
    rescale=st.sampled_from([0, 10, 250]),
)
@settings(max_examples=40)
def test_no_start_takes_longer_than_the_corrected_bound(
    eigenvalues: list[float], eta: float, rho: float, accuracy: float, reach: float, rescale: int
) -> None:
    if eigenvalues[1] > 0.97 * eigenvalues[0]:
        eigenvalues[1:] = [0.97 * value for value in eigenvalues[1:]]
    figure = live.BoundVersusTruth(
        eigenvalues=eigenvalues, eta=eta, rho=rho, accuracy=accuracy, reach=reach, rescale=rescale, count=40
    )
    realised = figure.realised()
    settled = np.isfinite(realised)  # a slow run may outlast the search
    assert (realised[settled] <= figure.totals()[settled]).all()
    explicit = np.array([figure.explicit_time(start) for start in figure.starts()])
    assert (realised[settled] <= explicit[settled]).all()


def test_the_accuracy_is_a_share_of_what_the_theorem_allows_in_both_forms() -> None:
    for setting in SETTINGS.values():
        figure = live.BoundVersusTruth(**setting)
        limit = bounds.accuracy_limit(figure.theory, "printed")
        assert figure.epsilon == pytest.approx(figure.accuracy * limit, rel=1e-14)
        assert limit < bounds.accuracy_limit(figure.theory)
        assert limit < figure.theory.amplitude


def test_the_printed_bound_would_have_sam_settled_before_it_starts() -> None:
    printed, corrected = (live.BoundVersusTruth(**SETTINGS[name]) for name in ("printed", "rescaled"))
    np.testing.assert_array_equal(printed.realised(), corrected.realised())
    assert (printed.totals() < 0).sum() > 200
    assert (printed.realised() > printed.totals()).sum() > 200
    assert (corrected.realised() < corrected.totals()).all()
    # At s = 1 the two differ by the logarithm of ∏λᵢ alone, and by the maximum in L.
    far = [start for start in live.BoundVersusTruth().starts() if np.linalg.norm(start) > 1][:20]
    both = [live.BoundVersusTruth(printed=form) for form in (False, True)]
    for start in far:
        late = math.log(np.linalg.norm(start) / 0.2)
        difference = both[0].bound(start).total - both[1].bound(start).total
        assert difference == pytest.approx(late / 0.1 / 0.1 * math.log(2), rel=1e-6)


def test_without_a_gap_there_is_no_bound() -> None:
    figure = live.BoundVersusTruth(eigenvalues=[1.0, 1.0], count=30)
    assert np.isinf(figure.totals()).all()
    assert np.isinf(figure.realised()).all()
    assert "does not apply without a gap" in figure.describe()
    with pytest.raises(ValueError, match="λ₁ > λ₂"):
        figure.bound(figure.starts()[0])
    assert figure.picture().png()


def test_a_view_comes_with_a_picture_and_its_text() -> None:
    figure = live.BoundVersusTruth()
    data, _ = figure._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert live.BoundVersusTruth()._repr_mimebundle_()[0]["image/png"] == data["image/png"]
    assert "300 random starts" in data["text/plain"]
    assert "0 starts lie above the diagonal" in data["text/plain"]
    pictures = {live.BoundVersusTruth(**setting).picture().png() for setting in SETTINGS.values()}
    assert len(pictures) == len(SETTINGS)
    assert live.BoundVersusTruth(chosen=5).picture().png() not in pictures
    assert "with the density of w₀ as printed" in live.BoundVersusTruth(**SETTINGS["printed"]).describe()


def test_ranges_reach_the_page_for_every_number_of_the_state() -> None:
    figure = live.BoundVersusTruth()
    assert set(figure.ranges) == set(figure.STATE) - {"printed"}
