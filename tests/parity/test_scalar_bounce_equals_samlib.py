"""`ScalarBounce` computes what samlib and the formula of the scalar bounce say: its bundle in an embedded engine."""

from typing import Any

import numpy as np
import pytest

import samlib
from samlib import live
from tests.parity.engine import Dynamics

STEPS = 120

COMPUTE = """
(() => {
  const theory = dynamics.quadraticSAM(eigenvalues, eta, rho);
  const path = dynamics.samPath(eigenvalues, eta, rho, start, steps);
  return {
    path: path.map(([w]) => w),
    loss: path.map((w) => dynamics.loss(eigenvalues, w)),
    away: path.map((w) => dynamics.distanceToCycle(w, [theory.amplitude])),
    amplitude: theory.amplitude,
  };
})()
"""


def _random_settings() -> list[dict[str, Any]]:
    generator = np.random.default_rng(51)
    lambdas = generator.uniform(0.05, 2, 60)
    return [
        {
            "eigenvalues": [float(value)],
            "eta": float(generator.uniform(0.01, 0.99) * min(2 / value, 1.98)),
            "rho": float(generator.uniform(0.05, 2)),
            "start": [float(generator.uniform(-2, 2))],
        }
        for value in lambdas
    ]


SETTINGS = [setting for _, _, setting in live.ScalarBounce.SETTINGS] + _random_settings()


EVERY = pytest.mark.parametrize("setting", SETTINGS, ids=lambda each: f"{each['eta']:.3g}-{each['start'][0]:.3g}")


@pytest.fixture(scope="module")
def engine() -> Dynamics:
    """The dynamics of the bundle."""
    return Dynamics("scalar_bounce")


def _compute(engine: Dynamics, setting: dict[str, Any]) -> dict[str, Any]:
    """What the bundle computes of a setting."""
    return dict(engine(COMPUTE, **setting, steps=STEPS))


@EVERY
def test_the_path_is_samlibs_to_the_last_bit(engine: Dynamics, setting: dict[str, Any]) -> None:
    computed = _compute(engine, setting)
    sam, loss = samlib.SAM(eta=setting["eta"], rho=setting["rho"]), samlib.Quadratic(setting["eigenvalues"])
    path = samlib.trajectory(sam, loss, setting["start"], steps=STEPS)
    assert computed["path"] == path[:, 0].tolist()
    theory = samlib.QuadraticSAM(setting["eigenvalues"], eta=setting["eta"], rho=setting["rho"])
    away = np.abs(np.abs(path[:, 0]) - theory.amplitude)
    for name, values in {"loss": loss.value(path), "amplitude": theory.amplitude, "away": away}.items():
        np.testing.assert_allclose(computed[name], values, rtol=1e-12, atol=1e-12, err_msg=name)


@EVERY
def test_each_step_is_the_scalar_formula(engine: Dynamics, setting: dict[str, Any]) -> None:
    # w ← (1 − ηλ)w − ηρλ sign(w)
    computed = _compute(engine, setting)
    (curvature,), eta, rho = setting["eigenvalues"], setting["eta"], setting["rho"]
    w = np.array(computed["path"])
    expected = (1 - eta * curvature) * w[:-1] - eta * rho * curvature * np.sign(w[:-1])
    np.testing.assert_allclose(w[1:], expected, rtol=1e-12, atol=1e-12)


@EVERY
def test_a_bounce_multiplies_the_distance_to_the_two_cycle(engine: Dynamics, setting: dict[str, Any]) -> None:
    # |w⁺| − a = −(1 − ηλ)(|w| − a) wherever the sign changes, with a = ηρλ/(2 − ηλ)
    computed = _compute(engine, setting)
    product = setting["eta"] * setting["eigenvalues"][0]
    assert computed["amplitude"] == pytest.approx(product * setting["rho"] / (2 - product), rel=1e-12)
    w, away = np.array(computed["path"]), np.array(computed["away"])
    bounces = w[:-1] * w[1:] < 0
    scale = max(1.0, computed["amplitude"])
    np.testing.assert_allclose(away[1:][bounces], abs(1 - product) * away[:-1][bounces], rtol=1e-12, atol=1e-12 * scale)
    if not (w == 0).any():
        # The descent is over after |w₀|/(ηρλ) steps, and the bounce never ends.
        assert bounces[int(abs(w[0]) / (product * setting["rho"])) + 1 :].all()
