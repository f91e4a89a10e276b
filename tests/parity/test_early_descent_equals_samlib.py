"""The early descent computes in JavaScript what samlib computes, random starts included."""

import math
from typing import Any

import numpy as np
import pytest

from samlib import QuadraticSAM, bounds, live
from samlib.live._starts import closest_to, normal_starts, uniforms
from tests.parity.engine import Dynamics

Setting = dict[str, Any]


def _random_settings() -> list[Setting]:
    generator = np.random.default_rng(452)
    settings = []
    for k in range(40):
        eigenvalues = np.sort(generator.uniform(0.2, 2, 2).round(6))[::-1]
        limit = 0.5 if k % 2 else 2.0
        settings.append(
            {
                "eigenvalues": eigenvalues.tolist(),
                "eta": float(np.clip(generator.uniform(0.02, 0.98) * limit / eigenvalues[0], 0.05, 1.98)),
                "rho": float(generator.uniform(0.2, 2)),
                "start": generator.uniform(-3, 3, 2).tolist(),
                "spread": float(generator.uniform(0.5, 3)),
                "seed": int(generator.integers(10_000)),
                "broken": limit == 2,
            }
        )
    return settings


PRESETS = [{"spread": 2.0, "seed": 0, **setting} for _, _, setting in live.EarlyDescent.SETTINGS]
SETTINGS = PRESETS + [setting for setting in _random_settings() if setting["eta"] * setting["eigenvalues"][0] < 2]
RINGS = [setting for setting in SETTINGS if setting["eta"] * setting["eigenvalues"][0] < 1]
SMALL = [setting for setting in SETTINGS if setting["eta"] * setting["eigenvalues"][0] < 0.5]


@pytest.fixture(scope="module")
def dynamics() -> Dynamics:
    return Dynamics("early_descent")


@pytest.mark.parametrize("setting", SETTINGS, ids=range(len(SETTINGS)))
def test_lengths_time_and_contraction_agree(dynamics: Dynamics, setting: Setting) -> None:
    figure = live.EarlyDescent(**{**setting, "steps": 60})
    computed = dynamics(
        """{
          lengths: dynamics.gradientLengths(eigenvalues, dynamics.samPath(eigenvalues, eta, rho, start, 60)),
          time: dynamics.timeToBall(eigenvalues, eta, rho, radius),
          contracts: dynamics.contracts(eigenvalues, eta),
          samples: dynamics.sampleSize(eigenvalues, eta, rho, spread),
        }""",
        radius=float(figure.lengths()[0]),
        **_of(setting, "eigenvalues", "eta", "rho", "start", "spread"),
    )
    np.testing.assert_allclose(computed["lengths"], figure.lengths(), rtol=1e-12)
    assert computed["time"] == pytest.approx(figure.time, rel=1e-12, abs=1e-12)
    assert computed["contracts"] == figure.contracts
    assert computed["samples"] == figure.samples


@pytest.mark.parametrize("setting", SMALL, ids=range(len(SMALL)))
def test_the_bounds_are_those_of_samlib(dynamics: Dynamics, setting: Setting) -> None:
    arguments = _of(setting, "eigenvalues", "eta", "rho")
    theory = QuadraticSAM(setting["eigenvalues"], setting["eta"], setting["rho"])
    for radius in (0.5 * theory.b, 3 * theory.b, 20.0):
        time = dynamics("dynamics.timeToBall(eigenvalues, eta, rho, radius)", radius=radius, **arguments)
        assert time == pytest.approx(bounds.time_to_ball(theory, radius), rel=1e-12, abs=1e-12)
    width = dynamics("dynamics.ringWidth(eigenvalues, eta, rho)", **arguments)
    assert width == pytest.approx(bounds.ring_width(theory), rel=1e-12)
    spread, top, bottom = setting["spread"], *setting["eigenvalues"]
    for failure in (0.25, 0.01):
        promised = dynamics(
            "dynamics.logPromisedGap(eigenvalues, eta, rho, spread, failure)",
            spread=spread,
            failure=failure,
            **arguments,
        )
        # P(‖w₀‖ > r) = exp(-r²/(2σ²)) for two normal coordinates, and ‖v₀‖ ≤ λ₁‖w₀‖
        radius = top * spread * math.sqrt(2 * math.log(1 / failure))
        density = 1 / (2 * math.pi * spread**2 * top * bottom)
        assert promised == pytest.approx(bounds.log_gap(theory, radius, density, failure), rel=1e-12)


@pytest.mark.parametrize("seed", [0, 1, 77, 9999])
def test_both_languages_draw_the_same_starts(dynamics: Dynamics, seed: int) -> None:
    np.testing.assert_array_equal(dynamics("dynamics.uniforms(seed, 1000)", seed=seed), uniforms(seed, 1000))
    starts = dynamics("dynamics.normalStarts(seed, 500, 1.7)", seed=seed)
    # only logarithm, sine and cosine may differ, in their last bit
    np.testing.assert_allclose(starts, normal_starts(seed, 500, 1.7), rtol=1e-13, atol=1e-14)


def test_the_starts_are_normal_and_seeds_differ() -> None:
    starts = normal_starts(3, 100_000, 2.0)
    np.testing.assert_allclose(starts.mean(axis=0), 0, atol=4 * 2 / math.sqrt(1e5))
    np.testing.assert_allclose(np.cov(starts.T), 4 * np.eye(2), atol=0.08)
    # the squared length of a standard normal pair is exponential with mean 2
    assert np.mean((starts**2).sum(axis=1) / 4 > 2 * math.log(10)) == pytest.approx(0.1, abs=0.004)
    assert not np.isin(normal_starts(4, 1000, 2.0), starts).any()


def test_the_generator_is_mulberry32() -> None:
    """Against a literal scalar transcription with Python's unbounded integers."""
    mask, state, expected = 2**32 - 1, (5 + 1) * 0x9E3779B9 % 2**32, []
    for _ in range(50):
        state = (state + 0x6D2B79F5) & mask
        t = (state ^ state >> 15) * (1 | state) & mask
        t = (t + ((t ^ t >> 7) * (61 | t) & mask) & mask) ^ t
        expected.append(((t ^ t >> 14) + 0.5) / 2**32)
    np.testing.assert_array_equal(uniforms(5, 50), expected)


@pytest.mark.parametrize("setting", RINGS, ids=range(len(RINGS)))
def test_the_closest_approach_agrees_start_by_start(dynamics: Dynamics, setting: Setting) -> None:
    theory = QuadraticSAM(setting["eigenvalues"], setting["eta"], setting["rho"])
    starts, gamma = normal_starts(setting["seed"], 300, setting["spread"]), float(theory.gamma[0])
    ours = closest_to(gamma, theory.eigenvalues, theory.eta, theory.rho, starts, limit=3000)
    computed = dynamics(
        "dynamics.closestTo(gamma, eigenvalues, eta, rho, starts, 3000)",
        gamma=gamma,
        starts=starts.tolist(),
        **_of(setting, "eigenvalues", "eta", "rho"),
    )
    np.testing.assert_array_equal(computed, ours)
    # against whole paths, taken one by one
    inside = (np.abs(starts) <= 3).all(axis=1)
    for start, closest in zip(starts[inside][:20], ours[inside][:20], strict=True):
        figure = live.EarlyDescent(**{**setting, "start": start.tolist(), "steps": 200})
        lengths = figure.lengths()
        entered = np.flatnonzero(lengths <= theory.b)
        if entered.size:
            nearest = np.abs(lengths[: entered[0] + 1] - gamma).min()
            assert closest == pytest.approx(nearest, rel=1e-9, abs=1e-12 * gamma)


def test_the_chance_is_the_share_below_and_its_law_is_linear(dynamics: Dynamics) -> None:
    figure = live.EarlyDescent()
    gamma, closest = float(figure.theory.gamma[0]), figure.closest()
    ranked = np.sort(closest)
    for gap in (0.002, 0.04, 0.3):
        figure.gap = gap
        count = dynamics("dynamics.countBelow(sorted, width)", sorted=ranked.tolist(), width=gap * gamma)
        assert count / len(closest) == figure.chance() == np.mean(closest < gap * gamma)
    slope = dynamics("dynamics.linearLaw(sorted, gamma / 5)", sorted=ranked.tolist(), gamma=gamma)
    # 18.9 by 4 million starts of another generator; 200 of 10 000 starts know it to 1/√200
    assert slope == pytest.approx(18.9, rel=3 / math.sqrt(200))
    for width in (0.01 * gamma, 0.04 * gamma):
        assert np.mean(closest < width) == pytest.approx(slope * width, rel=0.15)
    assert dynamics("dynamics.linearLaw([1, 2, 3], 0.5)") == "NaN"


def _of(setting: Setting, *names: str) -> Setting:
    return {name: setting[name] for name in names}
