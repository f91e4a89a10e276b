"""The number line of thresholds computes in JavaScript what samlib computes."""

from typing import Any

import numpy as np
import pytest

import samlib
from samlib import live
from tests.parity.engine import Dynamics

Setting = dict[str, Any]


def _random_settings() -> list[Setting]:
    generator = np.random.default_rng(451)
    settings = []
    for k in range(60):
        dimension = 2 + k % 3
        eigenvalues = np.sort(generator.uniform(0.05, 2, dimension).round(6))[::-1]
        limit = 0.5 if k % 2 else 2.0
        settings.append(
            {
                "eigenvalues": eigenvalues.tolist(),
                "eta": float(max(0.01, generator.uniform(0.02, 0.98) * min(limit / eigenvalues[0], 1.98))),
                "rho": float(generator.uniform(0.05, 2)),
                "length": float(generator.uniform(0.001, 2)),
                "direction": int(generator.integers(dimension + 1)),
                "hops": 12,
                "broken": limit == 2,
            }
        )
    return settings


PRESETS = [setting for _, _, setting in live.Thresholds.SETTINGS]
EDGES = [
    {**PRESETS[0], "eta": 1.0, "broken": True},  # γ₁ infinite, the ball just absorbs
    {**PRESETS[0], "eigenvalues": [1.0, 1.0], "eta": 1.0, "broken": True},  # every α infinite
    {**PRESETS[0], "eigenvalues": [1.0, 1.0, 1.0, 1.0], "eta": 0.49},
    {**PRESETS[0], "eigenvalues": [1.0, 0.5], "eta": 0.25, "length": 1 / 3, "direction": 1},  # onto v = 0, nearly
]
SETTINGS = PRESETS + EDGES + _random_settings()


@pytest.fixture(scope="module")
def dynamics() -> Dynamics:
    return Dynamics("thresholds")


@pytest.mark.parametrize("setting", SETTINGS, ids=range(len(SETTINGS)))
def test_thresholds_factors_and_hops_agree(dynamics: Dynamics, setting: Setting) -> None:
    figure = live.Thresholds(**setting)
    computed = dynamics(
        """{
          marks: dynamics.thresholds(eigenvalues, eta, rho),
          factors: dynamics.stepFactors(eigenvalues, eta, rho, length),
          reach: dynamics.reach(eigenvalues, eta, rho, length),
          absorbs: dynamics.ballAbsorbs(eigenvalues, eta),
          lengths: dynamics.hopLengths(
            eigenvalues, eta, rho, dynamics.gradientAlong(eigenvalues.length, direction, length), hops),
        }""",
        **{name: value for name, value in setting.items() if name != "broken"},
    )
    theory = figure.theory
    _assert_close(computed["marks"]["gamma"], theory.gamma)
    _assert_close(computed["marks"]["beta"], theory.beta)
    _assert_close(computed["marks"]["alpha"], figure.alpha)
    _assert_close(computed["marks"]["ball"], theory.b)
    _assert_close(computed["factors"], figure.factors())
    sizes = np.abs(figure.factors()) * figure.length
    _assert_close(computed["reach"], [sizes.min(), sizes.max()])
    assert computed["absorbs"] == figure.absorbs
    # The order of operations is the same, so the hops are equal to the last bit.
    np.testing.assert_array_equal(computed["lengths"], figure.lengths())


@pytest.mark.parametrize("setting", SETTINGS, ids=range(len(SETTINGS)))
def test_the_hops_are_those_of_sam(dynamics: Dynamics, setting: Setting) -> None:
    eigenvalues = np.array(setting["eigenvalues"])
    v = dynamics(
        "dynamics.gradientAlong(d, direction, length)", d=len(eigenvalues), **_of(setting, "direction", "length")
    )
    assert np.linalg.norm(v) == pytest.approx(setting["length"], rel=1e-15)
    path = samlib.trajectory(
        samlib.SAM(setting["eta"], setting["rho"]), samlib.Quadratic(eigenvalues), np.array(v) / eigenvalues, steps=4
    )
    lengths = dynamics(
        "dynamics.hopLengths(eigenvalues, eta, rho, v, 4)", v=v, **_of(setting, "eigenvalues", "eta", "rho")
    )
    scale = max(setting["length"], *lengths)
    np.testing.assert_allclose(lengths, np.linalg.norm(path * eigenvalues, axis=1), rtol=1e-9, atol=1e-9 * scale)


def test_alpha_is_where_the_race_turns(dynamics: Dynamics) -> None:
    """Lemma 5.3 without its ηλ₁ < 1: below αᵢ |v₁| gains on |vᵢ|, above it loses; an infinite αᵢ is never passed."""
    for setting in _random_settings():
        arguments = _of(setting, "eigenvalues", "eta", "rho")
        for i, alpha in enumerate(dynamics("dynamics.thresholds(eigenvalues, eta, rho).alpha", **arguments)):
            if i == 0 or setting["eigenvalues"][i] == setting["eigenvalues"][0]:
                continue
            places = [1e-3, 1.0, 1e3] if alpha == "Infinity" else [alpha * (1 - 1e-6), alpha * (1 + 1e-6)]
            for length in places:
                factors = np.abs(
                    dynamics("dynamics.stepFactors(eigenvalues, eta, rho, length)", length=length, **arguments)
                )
                assert (factors[0] > factors[i]) == (alpha == "Infinity" or length < alpha), (setting, i, length)


def _of(setting: Setting, *names: str) -> Setting:
    return {name: setting[name] for name in names}


def _assert_close(computed: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.array(computed, dtype=float), expected, rtol=1e-12, atol=0)
