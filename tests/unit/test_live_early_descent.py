"""`live.EarlyDescent` as a Python object: its traits, the exact trap, the chance, its picture."""

import base64
import math
from typing import Any

import numpy as np
import pytest
from traitlets import TraitError

from samlib import bounds, live


def _setting(name: str) -> dict[str, Any]:
    return next(setting for each, _, setting in live.EarlyDescent.SETTINGS if each == name)


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("eta", 0.01, r"eta must be within \[0.05, 1.98\], got 0.01"),
        ("eta", 0.6, r"eta must be below 1/\(2λ₁\) = 0.5 unless broken=True, got eta = 0.6"),
        ("rho", 0.1, r"rho must be within \[0.2, 2\], got 0.1"),
        ("eigenvalues", [0.3, 0.5], "λ₁ ≥ λ₂, got λ₁ = 0.3 < λ₂ = 0.5"),
        ("start", [1.0, 5.0], r"start must be within \[-3, 3\], got 5"),
        ("gap", 0.0, r"gap must be within \[0.001, 0.5\], got 0"),
        ("spread", 9.0, r"spread must be within \[0.5, 3\], got 9"),
        ("seed", -1, r"seed must be within \[0, 9999\], got -1"),
        ("steps", 201, r"steps must be within \[1, 200\], got 201"),
    ],
)
def test_a_bad_value_is_named_with_its_range_and_changes_nothing(trait: str, value: Any, words: str) -> None:
    figure = live.EarlyDescent()
    before = figure.state()
    with pytest.raises(TraitError, match=words):
        setattr(figure, trait, value)
    assert figure.state() == before


def test_every_setting_is_a_state_the_figure_accepts() -> None:
    for name, _, setting in live.EarlyDescent.SETTINGS:
        figure = live.EarlyDescent(**setting)
        assert {trait: getattr(figure, trait) for trait in setting} == setting, name
    assert live.EarlyDescent().state() == {**live.EarlyDescent.SETTINGS[0][2], "seed": 0}
    assert live.EarlyDescent(steps=12).t == 12


def test_the_trap_is_exact() -> None:
    """‖Λ(1/5, 3/10)‖ = ‖(1/5, 3/20)‖ = 1/4 = (1/5)/(1 - 1/5) = γ₁, and v₁ stays 0 from the first step on."""
    figure = live.EarlyDescent(**_setting("trap"))
    assert figure.lengths()[0] == figure.theory.gamma[0] == 0.25
    assert not figure.path()[1:, 0].any()


def test_the_start_caught_on_the_way_comes_into_the_ring_before_the_ball() -> None:
    figure = live.EarlyDescent(**_setting("caught"))
    lengths, gamma = figure.lengths(), figure.theory.gamma[0]
    caught = np.flatnonzero(np.abs(lengths - gamma) < figure.gap * gamma)
    assert 0 < caught[0] < np.flatnonzero(lengths <= figure.theory.b)[0]


def test_the_time_is_lemma_6() -> None:
    for name in ("figure-1", "trap", "caught", "slow"):
        figure = live.EarlyDescent(**_setting(name))
        lengths = figure.lengths()
        assert figure.time == pytest.approx(bounds.time_to_ball(figure.theory, lengths[0]), rel=1e-12)
        assert (lengths[math.ceil(figure.time) :] <= figure.theory.b).all()
    assert live.EarlyDescent(start=[0.0, 0.0]).time == 0


def test_the_contraction_holds_exactly_up_to_one_over_the_sum() -> None:
    """(5): ‖v‖ ≥ b shrinks by 1 - ηλ_d. Along e₁ from ‖v‖ = b a step leads to xb, more than that iff x + ηλ_d > 1."""
    for eta, holds in [(0.5, True), (0.66, True), (0.67, False), (0.9, False)]:
        figure = live.EarlyDescent(eta=eta, broken=True, eigenvalues=[1.0, 0.5], steps=1, start=[eta * 1.0, 0.0])
        before, after = figure.lengths()
        assert before == pytest.approx(figure.theory.b)
        assert figure.contracts == holds == (after <= (1 - 0.5 * eta) * before)


def test_both_broken_settings_break_the_contraction_and_one_never_arrives() -> None:
    for name, arrives in [("overshoot", True), ("outside", False)]:
        figure = live.EarlyDescent(**{**_setting(name), "steps": 200})
        lengths, b = figure.lengths(), figure.theory.b
        rate = 1 - figure.eta * figure.eigenvalues[1]
        assert not figure.contracts
        assert ((lengths[:-1] >= b) & (lengths[1:] > rate * lengths[:-1])).any()
        assert (lengths <= b).any() == arrives


def test_up_to_one_over_the_largest_eigenvalue_a_step_contracts_or_lands_in_the_ball() -> None:
    """Ours: ‖v⁺‖ ≤ max{b, (1 - ηλ_d)‖v‖} for ηλ₁ ≤ 1, so Lemma 6 holds where (5) fails; not beyond."""
    generator = np.random.default_rng(7)
    for _ in range(300):
        eigenvalues = np.sort(generator.uniform(0.2, 1, 2).round(4))[::-1].tolist()
        eta = min(1.98, float(generator.uniform(0.5, 1.0)) / eigenvalues[0])
        start = (generator.normal(size=2) * generator.uniform(0.2, 1)).clip(-3, 3).tolist()
        figure = live.EarlyDescent(eta=eta, eigenvalues=eigenvalues, broken=True, start=start, steps=40)
        lengths, b, bottom = figure.lengths(), figure.theory.b, eta * eigenvalues[1]
        assert (lengths[1:] <= np.maximum(b, (1 - bottom) * lengths[:-1]) * (1 + 1e-12)).all()
        assert (lengths[math.ceil(figure.time) :] <= b * (1 + 1e-12)).all()


def test_there_is_no_ring_beyond_one_over_the_largest_eigenvalue() -> None:
    figure = live.EarlyDescent(**_setting("outside"))
    with pytest.raises(ValueError, match=r"γ₁ exists only for ηλ₁ < 1, got ηλ₁ = 1\.8"):
        figure.closest()
    assert "there is no ring" in figure.describe()


def test_the_chance_depends_on_the_seed_and_grows_with_the_gap() -> None:
    figure = live.EarlyDescent()
    narrow = figure.chance()
    figure.seed = 1
    assert 0 < abs(figure.chance() - narrow) < 0.03
    figure.gap = 0.08
    assert figure.chance() > 1.5 * narrow


def test_slow_paths_get_fewer_starts() -> None:
    assert live.EarlyDescent().samples == 10_000
    slow = live.EarlyDescent(eta=0.05, rho=0.2, eigenvalues=[0.2, 0.2])
    assert 500 <= slow.samples < 5_000


def test_a_view_comes_with_a_picture_and_its_text() -> None:
    figure = live.EarlyDescent()
    data, _ = figure._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert live.EarlyDescent()._repr_mimebundle_()[0]["image/png"] == data["image/png"]
    assert "reaches the ball of radius b = 0.2 at step 9, where Lemma 6 allows 25 steps" in data["text/plain"]
    for name, _, setting in live.EarlyDescent.SETTINGS[1:]:
        assert live.EarlyDescent(**setting).picture().png() != data["image/png"], name
