"""The figure of bound and truth draws the same starts, runs and bounds in JavaScript as samlib does."""

import math
from typing import Any

import numpy as np
import pytest

import samlib
from samlib import bounds, live
from samlib.live.bound_versus_truth import FAILURE, LONGEST, ball_volume, uniform_hypotheses, uniform_starts
from tests.parity.engine import Dynamics

Setting = dict[str, Any]

TIMES = """(() => {
  const starts = dynamics.uniformStarts(seed, count, eigenvalues.length, reach);
  const scaled = { eigenvalues: eigenvalues.map((l) => s * l), eta: eta / s, rho, epsilon: s * epsilon };
  const bound = (start) => dynamics.theorem3({ ...scaled, ...dynamics.uniformHypotheses(start, failure), form });
  const explicit = (start) =>
    dynamics.explicitTime({ eigenvalues, eta, rho, epsilon, ...dynamics.uniformHypotheses(start, failure) });
  return { starts, bounds: starts.map(bound), explicit: starts.map(explicit) };
})()"""


def _random_settings() -> list[Setting]:
    generator = np.random.default_rng(3)
    settings = []
    for k in range(40):
        dimension = 2 + k % 3
        settings.append(
            {
                "eigenvalues": np.sort(generator.uniform(0.15, 1, dimension).round(3))[::-1].tolist(),
                "eta": float(generator.uniform(0.05, 0.49)),
                "rho": float(generator.uniform(0.05, 2)),
                "accuracy": float(10 ** generator.uniform(-6, -0.01)),
                "reach": float(generator.uniform(0.1, 10)),
                "count": 40,
                "seed": int(generator.integers(10_000)),
                "printed": bool(k % 2),
                "rescale": int(generator.choice([0, 3, 100, 250])),
            }
        )
    return settings


SETTINGS = [setting for _, _, setting in live.BoundVersusTruth.SETTINGS] + _random_settings()


@pytest.fixture(scope="module")
def dynamics() -> Dynamics:
    return Dynamics("bound_versus_truth")


@pytest.mark.parametrize("setting", SETTINGS, ids=range(len(SETTINGS)))
def test_starts_and_bounds_agree(dynamics: Dynamics, setting: Setting) -> None:
    figure = live.BoundVersusTruth(**setting)
    computed = dynamics(
        TIMES,
        eigenvalues=figure.eigenvalues,
        eta=figure.eta,
        rho=figure.rho,
        epsilon=figure.epsilon,
        seed=figure.seed,
        count=figure.count,
        reach=figure.reach,
        s=10.0**-figure.rescale,
        failure=FAILURE,
        form=figure.form,
    )
    np.testing.assert_array_equal(computed["starts"], figure.starts())
    for start, ours, explicit in zip(figure.starts(), computed["bounds"], computed["explicit"], strict=True):
        theirs = figure.bound(start)
        # Logarithms of either sign add up in a term, and terms in the total.
        scale = sum(abs(term) for term in theirs.terms.values())
        assert list(ours["terms"]) == list(theirs.terms)
        for name, term in theirs.terms.items():
            assert ours["terms"][name] == pytest.approx(term, rel=1e-12, abs=1e-12 * scale), name
        assert ours["total"] == pytest.approx(theirs.total, rel=1e-12, abs=1e-12 * scale)
        # Two ceilings: a number within rounding of a whole one may go either way.
        assert explicit == pytest.approx(figure.explicit_time(start), rel=1e-12, abs=1)


@pytest.mark.parametrize("setting", SETTINGS, ids=range(len(SETTINGS)))
def test_settling_times_agree(dynamics: Dynamics, setting: Setting) -> None:
    figure = live.BoundVersusTruth(**{**setting, "count": 60})
    computed = dynamics(
        "dynamics.uniformStarts(seed, count, eigenvalues.length, reach)"
        f".map((start) => dynamics.settlingTime(eigenvalues, eta, rho, start, epsilon, {LONGEST}))",
        eigenvalues=figure.eigenvalues,
        eta=figure.eta,
        rho=figure.rho,
        epsilon=figure.epsilon,
        seed=figure.seed,
        count=figure.count,
        reach=figure.reach,
    )
    np.testing.assert_array_equal(np.array(computed, dtype=float), figure.realised())


def test_without_a_gap_both_times_are_infinite(dynamics: Dynamics) -> None:
    figure = live.BoundVersusTruth(eigenvalues=[1.0, 1.0, 0.5], count=20)
    computed = dynamics(
        """dynamics.uniformStarts(1, 20, 3, 2).map((start) => {
          const setting = { eigenvalues, eta: 0.2, rho: 1, epsilon, ...dynamics.uniformHypotheses(start, 0.05) };
          return [
            dynamics.theorem3(setting).total,
            dynamics.explicitTime(setting),
            dynamics.settlingTime(eigenvalues, 0.2, 1, start, epsilon, 200),
          ];
        })""",
        eigenvalues=figure.eigenvalues,
        epsilon=figure.epsilon,
    )
    assert np.isinf(np.array(computed, dtype=float)).all()
    assert np.isinf(figure.totals()).all()
    assert np.isinf([figure.explicit_time(start) for start in figure.starts()]).all()
    assert np.isinf(figure.realised()).all()


@pytest.mark.parametrize("seed", [0, 1, 77, 9999])
def test_random_numbers_agree_to_the_last_bit(dynamics: Dynamics, seed: int) -> None:
    for dimension in (2, 3, 4):
        computed = dynamics("dynamics.uniformStarts(seed, 600, d, 2.5)", seed=seed, d=dimension)
        np.testing.assert_array_equal(computed, uniform_starts(seed, 600, dimension, 2.5))


def test_limits_volumes_and_hypotheses_agree(dynamics: Dynamics) -> None:
    for n in range(1, 13):
        assert dynamics("dynamics.logGammaOfHalf(n)", n=n) == pytest.approx(math.lgamma(n / 2), rel=1e-14, abs=1e-15)
    for d in range(5):
        assert dynamics("dynamics.ballVolume(d)", d=d) == pytest.approx(ball_volume(d), rel=1e-14)
    start = [0.3, -1.2, 0.7]
    found = dynamics("dynamics.uniformHypotheses(start, 0.05)", start=start)
    expected = uniform_hypotheses(start)
    assert (found["radius"], found["firstSquare"], found["density"]) == pytest.approx(expected, rel=1e-14)
    generator = np.random.default_rng(17)
    for _ in range(100):
        eigenvalues = np.sort(generator.uniform(0.05, 2, 3))[::-1]
        eta, rho = float(generator.uniform(0.02, 0.98) / (2 * eigenvalues[0])), float(generator.uniform(0.05, 3))
        theory = samlib.QuadraticSAM(eigenvalues, eta=eta, rho=rho)
        computed = dynamics(
            """[
              dynamics.settlingLimit(eigenvalues, eta, rho),
              dynamics.accuracyLimit(eigenvalues, eta, rho),
              dynamics.accuracyLimit(eigenvalues, eta, rho, "printed"),
            ]""",
            eigenvalues=eigenvalues.tolist(),
            eta=eta,
            rho=rho,
        )
        limits = [bounds.settling_limit(theory), *(bounds.accuracy_limit(theory, f) for f in ("corrected", "printed"))]
        np.testing.assert_allclose(computed, limits, rtol=1e-12)
