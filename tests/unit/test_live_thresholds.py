"""`live.Thresholds` as a Python object: its traits, the hypothesis it lets a reader break, its picture."""

import base64
from typing import Any

import numpy as np
import pytest
from traitlets import TraitError

import samlib
from samlib import live


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("eta", 0.0, r"eta must be within \[0.01, 1.98\], got 0"),
        ("eta", 0.5, r"eta must be below 1/\(2λ₁\) = 0.5 unless broken=True, got eta = 0.5 with λ₁ = 1"),
        ("eigenvalues", [1.3, 0.5, 0.2], r"eta must be below 1/\(2λ₁\) = 0.384615 .* with λ₁ = 1.3"),
        ("eigenvalues", [1.0, 0.3, 0.5], "λ₂ ≥ λ₃, got λ₂ = 0.3 < λ₃ = 0.5"),
        ("eigenvalues", [1.0, 0.0], r"eigenvalues must be within \[0.05, 2\], got 0"),
        ("eigenvalues", [1.0], "length"),
        ("eigenvalues", [1.0, 0.9, 0.8, 0.7, 0.6], "length"),
        ("length", 0.0, r"length must be within \[0.0005, 8\], got 0"),
        ("length", float("nan"), "length must be within"),
        ("direction", 4, "direction must be 0 .* or name one of 3 axes, got 4"),
        ("direction", 5, r"direction must be within \[0, 4\], got 5"),
        ("hops", 0, r"hops must be within \[1, 12\], got 0"),
    ],
)
def test_a_bad_value_is_named_with_its_range_and_changes_nothing(trait: str, value: Any, words: str) -> None:
    figure = live.Thresholds()
    before = figure.state()
    with pytest.raises(TraitError, match=words):
        setattr(figure, trait, value)
    assert figure.state() == before


def test_dropping_the_eigenvalue_that_the_direction_names_is_refused() -> None:
    figure = live.Thresholds(direction=3)
    with pytest.raises(TraitError, match="name one of 2 axes, got 3"):
        figure.eigenvalues = [1.0, 0.5]
    assert len(figure.eigenvalues) == 3


def test_breaking_the_hypothesis_frees_the_step_up_to_two_over_the_largest_eigenvalue() -> None:
    figure = live.Thresholds(broken=True, eta=1.9)
    with pytest.raises(TraitError, match=r"eta must be below 2/λ₁ = 1\.6"):
        figure.eigenvalues = [1.25, 0.5]
    with pytest.raises(TraitError, match=r"below 1/\(2λ₁\) = 0.5 unless broken=True, got eta = 1.9"):
        figure.broken = False
    assert figure.broken
    figure.eta = 0.4
    figure.broken = False


def test_every_setting_is_a_state_the_figure_accepts() -> None:
    for name, _, setting in live.Thresholds.SETTINGS:
        figure = live.Thresholds(**setting)
        assert {trait: getattr(figure, trait) for trait in setting} == setting, name
        assert set(setting) == set(live.Thresholds.STATE)
    assert live.Thresholds().state() == live.Thresholds.SETTINGS[0][2]


def test_a_gradient_as_long_as_gamma_loses_its_first_coordinate() -> None:
    setting = next(setting for name, _, setting in live.Thresholds.SETTINGS if name == "gamma")
    figure = live.Thresholds(**setting)
    assert figure.length == figure.theory.gamma[0]
    assert figure.factors()[0] == 0


def test_the_ball_absorbs_up_to_a_step_of_one_over_the_largest_eigenvalue() -> None:
    """Lemma 5.5: from length r along e₁ the step leads to |(1 - x)r - b|, which beyond x = 1 is b + (x - 1)r > b."""
    absorbing = live.Thresholds(eigenvalues=[1.0, 0.5], broken=True, eta=1.0, direction=1)
    leaking = live.Thresholds(eigenvalues=[1.0, 0.5], broken=True, eta=1.01, direction=1)
    assert absorbing.absorbs
    assert not leaking.absorbs
    for share in (0.01, 0.5, 1.0):
        absorbing.length = share * absorbing.theory.b
        assert absorbing.lengths()[1] <= absorbing.theory.b
        leaking.length = share * leaking.theory.b
        assert leaking.lengths()[1] == pytest.approx(leaking.theory.b * (1 + 0.01 * share), rel=1e-12)


def test_the_hops_follow_sam_and_rest_at_zero() -> None:
    figure = live.Thresholds(eigenvalues=[1.0, 0.7, 0.4], eta=0.3, rho=0.8, length=0.5, hops=6)
    v = np.full(3, 0.5 / np.sqrt(3))
    path = samlib.trajectory(samlib.SAM(0.3, 0.8), samlib.Quadratic([1.0, 0.7, 0.4]), v / [1.0, 0.7, 0.4], steps=6)
    np.testing.assert_allclose(figure.lengths(), np.linalg.norm(path * [1.0, 0.7, 0.4], axis=1), rtol=1e-12)
    along = live.Thresholds(**{**live.Thresholds.SETTINGS[4][2], "direction": 1})
    np.testing.assert_array_equal(along.lengths(), [0.25, 0, 0, 0])


def test_a_view_comes_with_a_picture_and_its_text() -> None:
    figure = live.Thresholds()
    data, _ = figure._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "λ₃ = 0.5, η = 0.4" in data["text/plain"]
    assert "At ‖v‖ = 0.2 v₁ grows in the next step; no step leaves the ball" in data["text/plain"]
    assert live.Thresholds()._repr_mimebundle_()[0]["image/png"] == data["image/png"]
    for _, _, setting in live.Thresholds.SETTINGS:
        assert live.Thresholds(**setting).picture().png() != data["image/png"] or setting == figure.state()
    leak = live.Thresholds(**live.Thresholds.SETTINGS[5][2])
    assert "the ball of radius b = 1.4 leaks" in leak.describe()


def test_ranges_reach_the_page_for_every_number_of_the_state() -> None:
    figure = live.Thresholds()
    assert set(figure.ranges) == set(figure.STATE) - {"broken"}
    assert (figure.ranges["eigenvalues"]["fewest"], figure.ranges["eigenvalues"]["most"]) == (2, 4)
