"""The live figures' JavaScript computes what samlib computes: the committed bundles run in an embedded engine."""

from typing import Any

import numpy as np
import pytest

import samlib
from samlib import live
from tests.parity.engine import Dynamics

STEPS = 200
BUNDLE_NAMES = ["step_anatomy", "bounce", "potential"]

COMPUTE = """
(() => {
  const theory = dynamics.quadraticSAM(eigenvalues, eta, rho);
  const path = dynamics.samPath(eigenvalues, eta, rho, start, steps);
  const flipped = dynamics.flipSigns(path);
  return {
    path,
    flipped,
    loss: path.map((w) => dynamics.loss(eigenvalues, w)),
    potential: flipped.map(theory.potential),
    descent: flipped.map(theory.descent),
    critical: theory.criticalPoints(),
    amplitude: theory.amplitude,
    ball: theory.ball,
    beta: theory.beta,
    cycle: theory.cycle(start),
    ascended: dynamics.ascend(eigenvalues, rho, start),
    plain: dynamics.gradientStep(eigenvalues, eta, start),
  };
})()
"""


def _random_settings() -> list[dict[str, Any]]:
    generator = np.random.default_rng(324)
    settings = []
    for k in range(50):
        eigenvalues = np.sort(generator.uniform(0.05, 2, 2))[::-1]
        settings.append(
            {
                "name": f"random-{k}",
                "eigenvalues": eigenvalues.tolist(),
                "eta": float(generator.uniform(0.01, 0.99) * 2 / eigenvalues[0]),
                "rho": float(generator.uniform(0.05, 2)),
                "start": generator.uniform(-3, 3, 2).tolist(),
            }
        )
    return settings


PAPER = [
    {"name": name, **{key: preset[key] for key in ("eigenvalues", "eta", "rho", "start")}}
    for figure in (live.Bounce, live.Potential, live.StepAnatomy)
    for name, _, preset in figure.SETTINGS
]
EDGES = [
    {"name": f"near-the-limit-{gap:g}", "eigenvalues": [1.0, 0.5], "eta": 2 - gap, "rho": 1.0, "start": [2.0, 2.0]}
    for gap in (0.1, 0.01, 1e-4, 1e-8)
] + [
    {"name": "zero-gradient", "eigenvalues": [1.0, 0.5], "eta": 0.2, "rho": 1.0, "start": [0.0, 0.0]},
    {"name": "on-the-axis", "eigenvalues": [1.0, 0.5], "eta": 0.2, "rho": 1.0, "start": [0.0, 1.0]},
    {"name": "three-dimensions", "eigenvalues": [1.5, 1.5, 0.3], "eta": 0.4, "rho": 0.7, "start": [1.0, -2.0, 0.5]},
]
SETTINGS = PAPER + EDGES + _random_settings()
# Squares underflow: a step still has all its digits, while the potential, of size 1e-160, has none to compare.
TINY = {"name": "underflow", "eigenvalues": [1.0, 0.5], "eta": 0.2, "rho": 1.0, "start": [1e-160, 1e-158]}


@pytest.fixture(scope="module")
def engines() -> dict[str, Dynamics]:
    """The dynamics of each bundle."""
    return {name: Dynamics(name) for name in BUNDLE_NAMES}


def _compute(engine: Dynamics, setting: dict[str, Any]) -> dict[str, Any]:
    """What follows from a setting."""
    return dict(
        engine(COMPUTE, **{name: setting[name] for name in ("eigenvalues", "eta", "rho", "start")}, steps=STEPS)
    )


@pytest.mark.parametrize("bundle", BUNDLE_NAMES)
@pytest.mark.parametrize("setting", [*SETTINGS, TINY], ids=lambda setting: setting["name"])
def test_paths_agree_to_the_last_bit(engines: dict[str, Dynamics], bundle: str, setting: dict[str, Any]) -> None:
    computed = _compute(engines[bundle], setting)
    optimizer = samlib.SAM(eta=setting["eta"], rho=setting["rho"])
    path = samlib.trajectory(optimizer, samlib.Quadratic(setting["eigenvalues"]), setting["start"], steps=STEPS)
    np.testing.assert_array_equal(np.array(computed["path"]), path)
    np.testing.assert_array_equal(np.array(computed["flipped"]), samlib.flip_signs(path))


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting["name"])
def test_loss_potential_and_exact_decrease_agree(engines: dict[str, Dynamics], setting: dict[str, Any]) -> None:
    computed = _compute(engines["potential"], setting)
    theory = samlib.QuadraticSAM(setting["eigenvalues"], eta=setting["eta"], rho=setting["rho"])
    path, flipped = np.array(computed["path"]), np.array(computed["flipped"])
    _assert_close(computed["loss"], samlib.Quadratic(setting["eigenvalues"]).value(path))
    _assert_close(computed["potential"], theory.potential(flipped))
    moving = (flipped != 0).any(axis=1)
    # At the kink u = 0 the decrease is not defined in samlib; SAM rests there, so the figures show none.
    quadratic, bregman = (np.array([fall[part] for fall in computed["descent"]]) for part in ("quadratic", "bregman"))
    assert not quadratic[~moving].any()
    assert not bregman[~moving].any()
    if moving.any():
        fall = theory.descent(flipped[moving])
        # Parts of J's own size cancel in it, so its rounding is measured against them.
        scale = 1 + np.abs(theory.potential(flipped[moving])).max()
        np.testing.assert_allclose(quadratic[moving], fall.quadratic, rtol=1e-12, atol=1e-12 * scale)
        np.testing.assert_allclose(bregman[moving], fall.bregman, rtol=1e-12, atol=1e-12 * scale)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting["name"])
def test_closed_forms_agree(engines: dict[str, Dynamics], setting: dict[str, Any]) -> None:
    computed = _compute(engines["bounce"], setting)
    eigenvalues, start = np.array(setting["eigenvalues"]), np.array(setting["start"])
    theory = samlib.QuadraticSAM(eigenvalues, eta=setting["eta"], rho=setting["rho"])
    loss = samlib.Quadratic(eigenvalues)
    _assert_close(computed["amplitude"], theory.amplitude)
    _assert_close(computed["ball"], theory.b)
    _assert_close(computed["beta"], theory.beta)
    if eigenvalues[0] > eigenvalues[1]:
        _assert_close(computed["cycle"], theory.limit_cycle()[0])
    critical = theory.critical_points()
    assert len(computed["critical"]) == len(critical)
    for ours, theirs in zip(computed["critical"], critical, strict=True):
        for name in ("positive", "zero", "negative", "kind"):
            assert ours[name] == getattr(theirs, name), name
        assert tuple(ours["axes"]) == theirs.axes
        _assert_close(ours["radius"], theirs.radius)
        _assert_close(ours["potential"], theirs.potential)
    sam = samlib.SAM(eta=setting["eta"], rho=setting["rho"])
    _assert_close(computed["ascended"], start + sam.perturbation(loss, start))
    _assert_close(computed["plain"], samlib.GradientDescent(eta=setting["eta"]).step(loss, start))


def test_equal_eigenvalues_keep_the_direction_of_the_start(engines: dict[str, Dynamics]) -> None:
    setting = {"eigenvalues": [1.0, 1.0], "eta": 0.2, "rho": 1.0, "start": [1.5, 2.0]}
    computed = _compute(engines["bounce"], setting)
    # a = ηρλ/(2 − ηλ) = 1/9 along (3, 4)/5
    _assert_close(computed["cycle"], [1 / 15, 4 / 45])
    # which of its two ends u_t reaches depends on how many steps the descent took
    end = np.array(computed["flipped"][-1])
    _assert_close(end * np.sign(end[0]), computed["cycle"])


def _assert_close(computed: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.array(computed), expected, rtol=1e-12, atol=1e-12)
