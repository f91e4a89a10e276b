"""The live figures as Python objects: traits, validation, settings, static pictures."""

import base64
from typing import Any

import numpy as np
import pytest
from traitlets import TraitError

import samlib
from samlib import live

FIGURES = [live.StepAnatomy, live.Bounce, live.Potential]


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("eta", 0.0, r"eta must be within \[0.01, 1.98\], got 0"),
        ("eta", float("nan"), "eta must be within"),
        ("rho", -1.0, r"rho must be within \[0.05, 2\], got -1"),
        ("eigenvalues", [0.2, 0.5], "λ₁ ≥ λ₂, got λ₁ = 0.2 < λ₂ = 0.5"),
        ("eigenvalues", [1.0, 0.0], r"eigenvalues must be within \[0.05, 2\], got 0"),
        ("eigenvalues", [1.0], "length"),
        ("start", [1.0, 5.0], r"start must be within \[-3, 3\], got 5"),
    ],
)
def test_a_bad_value_is_named_with_its_range_and_changes_nothing(
    figure: type, trait: str, value: Any, words: str
) -> None:
    made = figure()
    before = made.state()
    with pytest.raises(TraitError, match=words):
        setattr(made, trait, value)
    assert made.state() == before


@pytest.mark.parametrize("figure", FIGURES)
def test_the_step_size_stays_below_two_over_the_largest_eigenvalue(figure: type) -> None:
    made = figure(eigenvalues=[1.25, 0.5], eta=1.5)
    with pytest.raises(TraitError, match=r"eta must be below 2/λ₁ = 1.6 .*got eta = 1.7 with λ₁ = 1.25"):
        made.eta = 1.7
    with pytest.raises(TraitError, match=r"2/λ₁ = 1\.25"):
        made.eigenvalues = [1.6, 0.5]
    with made.hold_trait_notifications():  # both at once: only the pair has to be right
        made.eta = 1.7
        made.eigenvalues = [1.0, 0.5]
    assert (made.eta, made.eigenvalues) == (1.7, [1.0, 0.5])


@pytest.mark.parametrize("figure", FIGURES)
def test_an_unknown_trait_is_refused(figure: type) -> None:
    with pytest.raises(TypeError, match="has no trait 'learning_rate'"):
        figure(learning_rate=0.1)


def test_time_starts_at_the_last_step_and_stays_within_reason() -> None:
    assert live.Bounce(steps=12).t == 12
    with pytest.raises(TraitError, match=r"steps must be within \[1, 100\], got 101"):
        live.Potential(steps=101)
    with pytest.raises(TraitError, match=r"stage must be within \[1, 4\], got 5"):
        live.StepAnatomy(stage=5)


@pytest.mark.parametrize("figure", FIGURES)
def test_every_setting_is_a_state_the_figure_accepts(figure: Any) -> None:
    for name, _, setting in figure.SETTINGS:
        made = figure(**setting)
        assert {trait: getattr(made, trait) for trait in setting} == setting, name
        assert made.presets[[each[0] for each in figure.SETTINGS].index(name)]["state"] == setting


def test_the_settings_of_the_paper_are_the_default_ones() -> None:
    assert live.Bounce().state() == live.Bounce(**live.Bounce.SETTINGS[0][2]).state()
    assert live.Potential().state() == live.Potential(**live.Potential.SETTINGS[0][2]).state()


def test_the_trap_is_exact() -> None:
    _, _, setting = next(each for each in live.Bounce.SETTINGS if each[0] == "trap")
    assert not live.Bounce(**setting).path()[1:, 0].any()


@pytest.mark.parametrize("figure", FIGURES)
def test_ranges_reach_the_page_for_every_number_of_the_state(figure: Any) -> None:
    made = figure()
    numbers = {name for name, value in made.state().items() if not isinstance(value, bool)}
    assert set(made.ranges) == numbers
    for name in numbers:
        value, tag = np.ravel(getattr(made, name)), made.ranges[name]
        assert ((tag["min"] <= value) & (value <= tag["max"])).all()


@pytest.mark.parametrize("figure", FIGURES)
def test_a_view_comes_with_a_picture_and_its_text(figure: Any) -> None:
    first, second = figure(eta=0.3), figure(eta=0.3)
    (data, _), (again, _) = first._repr_mimebundle_(), second._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["image/png"] == again["image/png"]
    assert "η = 0.3" in data["text/plain"]
    first.eta = 0.4
    changed, _ = first._repr_mimebundle_()
    assert "η = 0.4" in changed["text/plain"]
    assert changed["image/png"] != data["image/png"]
    assert figure(alt="A picture.")._repr_mimebundle_()[0]["text/plain"] == "A picture."


def test_a_path_figure_shows_samlibs_path() -> None:
    figure = live.Bounce(eta=0.3, eigenvalues=[1.0, 0.4], start=[1.0, 2.0], steps=9)
    expected = samlib.trajectory(samlib.SAM(eta=0.3, rho=1.0), samlib.Quadratic([1.0, 0.4]), [1.0, 2.0], steps=9)
    np.testing.assert_array_equal(figure.path(), expected)
