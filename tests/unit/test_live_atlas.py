"""`Atlas` without a browser: its state, its boundaries, and the states that it opens in other figures."""

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import TraitError

from samlib import live, regimes
from samlib.live import atlas
from samlib.regimes import Regime

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"

STATES = st.fixed_dictionaries(
    {
        "map": st.sampled_from(list(atlas.WINDOWS)),
        "eta": st.floats(0.01, 2.5),
        "rho": st.floats(0.05, 2.0),
        "skew": st.one_of(st.just(0.0), st.floats(0.0, 8.0)),
        "bend": st.one_of(st.just(0.0), st.floats(0.0, 0.8)),
        "steps": st.integers(100, 500),
    }
)


def test_its_first_state_is_its_first_setting() -> None:
    assert live.Atlas().state() == live.Atlas.SETTINGS[0][2]
    assert all(set(setting) == set(live.Atlas.STATE) for _, _, setting in live.Atlas.SETTINGS)
    assert set(live.Atlas().ranges) == set(live.Atlas.STATE)


@pytest.mark.parametrize(
    ("name", "regime"),
    [
        ("straight", Regime.BOUNCE),
        ("curved", Regime.DRIFT),
        ("lost", Regime.LOST),
        ("figures", Regime.DRIFT),
        ("sharpest", Regime.BOUNCE),
        ("turned", Regime.TURNED),
    ],
)
def test_a_setting_shows_what_its_name_says(name: str, regime: Regime) -> None:
    state = next(setting for each, _, setting in live.Atlas.SETTINGS if each == name)
    figure = live.Atlas(**state)
    assert Regime(int(figure.found().regime)) is regime
    assert atlas.WORDS[regime] in figure.describe()
    (low, high), (least, most) = atlas.WINDOWS[figure.map]
    assert low < figure.place[0] < high
    assert least <= figure.place[1] < most


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("eta", 2.6, r"eta must be within \[0.01, 2.5\], got 2.6"),
        ("rho", 0.0, r"rho must be within \[0.05, 2\], got 0"),
        ("skew", -0.1, r"skew must be within \[0, 8\], got -0.1"),
        ("bend", 0.9, r"bend must be within \[0, 0.8\], got 0.9"),
        ("steps", 99, r"steps must be within \[100, 500\], got 99"),
        ("map", "loss", "valley"),
    ],
)
def test_a_state_outside_of_its_range_is_refused(trait: str, value: object, words: str) -> None:
    figure = live.Atlas()
    with pytest.raises(TraitError, match=words):
        setattr(figure, trait, value)
    assert figure.state() == live.Atlas().state()


def test_the_cross_hair_stands_at_the_radius_times_the_skew() -> None:
    figure = live.Atlas(eta=0.7, rho=0.25, skew=1.5)
    assert figure.place == (0.7, 0.375)
    assert live.Atlas(map="ravine", eta=0.7, rho=0.25, skew=1.5).place == (0.7, 0.25)


def test_the_run_ends_where_it_diverges() -> None:
    figure = live.Atlas(eta=2.0, rho=0.5, skew=1.0)
    run = figure.path()
    assert figure.found().regime == Regime.DIVERGED
    assert 1 < len(run) <= figure.steps
    assert (np.abs(run) <= regimes.FAR).all()
    assert live.Atlas().path().shape == (401, 2)


@settings(max_examples=40)
@given(state=STATES)
def test_a_state_that_opens_is_one_that_its_figure_takes_and_names_itself_alone(state: dict[str, Any]) -> None:
    figure = live.Atlas(**state)
    opened = figure.opens()
    if opened is None:
        assert figure.eta > 1.98
        return
    name, shown = opened
    kind = getattr(live, name)
    assert set(shown) <= set(kind.STATE)
    other = kind(**shown)  # raises where the figure refuses it
    assert (other.eta, other.rho) == (figure.eta, figure.rho)


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ({}, "Valley"),
        ({"bend": 0.3}, "Valley"),
        ({"eta": 1.2}, "YourLoss"),
        ({"rho": 0.1, "skew": 5.0}, "YourLoss"),
        ({"skew": 0.0}, "Bounce"),
        ({"skew": 0.0, "eta": 1.9}, "Bounce"),
        ({"eta": 2.1}, None),
        ({"map": "ravine"}, "Race"),
        ({"map": "ravine", "eta": 1.1}, "YourLoss"),
    ],
)
def test_the_figure_that_opens_runs_sam_on_the_same_loss_from_the_same_start(
    state: dict[str, Any], name: str | None
) -> None:
    figure = live.Atlas(**state)
    opened = figure.opens()
    if name is None:
        assert opened is None
        return
    assert opened is not None
    assert opened[0] == name
    other = getattr(live, name)(**opened[1])
    if name == "Bounce":  # its plane has a second curvature in place of a floor
        assert other.eigenvalues[0] == figure.plane.top
        return
    sam, loss, start = figure.plane.runs(*map(np.asarray, figure.place))
    w = np.random.default_rng(1).uniform(-0.5, 0.5, (10, 2)) + start
    np.testing.assert_allclose(other.loss.gradient(w), loss.gradient(w), rtol=1e-9, atol=1e-12)
    begun = other.begin() if name == "Valley" else other.start
    np.testing.assert_allclose(begun, start)
    assert (other.eta, other.rho) == (float(sam.eta), float(sam.rho))
    assert (other.budget // 2 if name == "Race" else other.steps) == min(figure.steps, 300 if name == "Race" else 500)


def test_the_valley_that_opens_shows_what_the_map_says() -> None:
    """Alternation is lost there where the map says so, and y has moved where the map says drift."""
    for state, lost in (({"bend": 0.3, "skew": 0.2}, False), ({"bend": 0.3, "skew": 0.4}, True)):
        opened = live.Atlas(**state).opens()
        assert opened is not None
        run = live.Valley(**opened[1]).run()
        assert (run.lost is not None) == lost
        assert run.left is None
        assert run.sharpness[-1] < 0.9


@pytest.mark.parametrize("name", atlas.TARGETS)
def test_the_page_of_a_target_has_the_figure_with_its_key(name: str) -> None:
    page, key = atlas.TARGETS[name]
    text = (CHAPTERS / f"{page}.md").read_text(encoding="utf-8")
    assert re.search(rf'{name}\(\s*key="{key}"', text)


@pytest.mark.parametrize("state", [{}, {"bend": 0.5}, {"map": "ravine"}])
def test_the_boundaries_lie_on_their_curves_within_the_map(state: dict[str, Any]) -> None:
    figure = live.Atlas(**state)
    (_, most), (_, highest) = atlas.WINDOWS[figure.map]
    lines = figure.boundaries()
    for points in lines.values():
        assert points.shape[1] == 2
        assert np.isfinite(points).all()
    x, y = lines["step"].T
    assert (x * figure.plane.top == 2).all()
    assert y.tolist() == [0, highest]
    if figure.map == "ravine":
        np.testing.assert_allclose(lines["growth"].sum(axis=1), 1)
        eta, rho = lines["wide"].T
        np.testing.assert_allclose((rho * eta) ** 2 + eta**2, 1, rtol=1e-12)
        assert rho[0] == pytest.approx(highest)
        np.testing.assert_allclose(
            [regimes.second_direction_edge(e) for e in lines["second"][:, 0]], lines["second"][:, 1]
        )
        return
    np.testing.assert_allclose([regimes.valley_window(each) for each in lines["window"][:, 0]], lines["window"][:, 1])
    if figure.bend:
        flat = 1 - figure.bend
        edge = [regimes.valley_window(flat * each) * flat for each in lines["settled"][:, 0]]
        np.testing.assert_allclose(edge, lines["settled"][:, 1])
        assert lines["settled"][-1, 0] == pytest.approx(min(1.995 / flat, most))
        assert "flip" not in lines
    else:
        assert (np.diff(lines["flip"][:, 0]) > 0).all()
        assert "settled" not in lines


def test_a_view_comes_with_a_picture_and_its_text() -> None:
    figure = live.Atlas(bend=0.3, skew=0.2, steps=100)
    data, _ = figure._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "over ηλ₁ and ρκ/λ₁ in a skewed valley whose floor has the bend b = 0.3" in data["text/plain"]
    ravine = live.Atlas(map="ravine", steps=100)
    assert "over η and ρ on the flattening ravine" in ravine.describe()
    assert ravine.picture().png() != figure.picture().png()
    assert figure.picture().png() == figure.picture().png()
