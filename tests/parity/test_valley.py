"""The figure of the valley computes in JavaScript what samlib computes."""

from typing import Any

import numpy as np
import pytest

from samlib import SAM, drift, live, losses
from samlib.live.valley import coefficients
from tests.parity.engine import Dynamics

Setting = dict[str, Any]

COMPUTE = """(() => {
  const h = dynamics.coefficients(heights);
  const loss = dynamics.valley(h, skew);
  return {
    h,
    lowest: dynamics.lowest(h),
    amplitude: dynamics.amplitude(dynamics.at(h, start[1]), eta, rho),
    run: loss.run(eta, rho, start, steps),
    flow: loss.flow(eta, rho, start[1], steps),
    values: points.map(loss.loss),
    gradients: points.map(loss.gradient),
    sharpness: points.map(loss.sharpness),
    splits: places.map(([y, sign]) => loss.split(eta, rho, y, sign)),
    leading: places.map(([y]) => dynamics.leadingLimit(dynamics.at(h, y), eta, skew)),
  };
})()"""


def _random_settings() -> list[Setting]:
    generator = np.random.default_rng(2105)
    settings: list[Setting] = []
    while len(settings) < 60:
        heights = [float(height) for height in generator.uniform(0.1, 5, 5).round(2)]
        h = losses.Valley(coefficients(heights)).curvature
        start = [float(generator.uniform(-1, 1)), float(generator.uniform(-2, 2))]
        if h(np.linspace(-2, 2, 401)).min() < 0.06:
            continue
        settings.append(
            {
                "heights": heights,
                "start": start,
                "eta": float(np.clip(generator.uniform(0.02, 0.98) / h(start[1]), 0.01, 1)),
                "rho": float(generator.uniform(0.01, 1)),
                "skew": 0.0 if len(settings) % 3 == 0 else float(generator.uniform(-4, 4)),
                "on_bounce": len(settings) % 4 != 0,
                "steps": 80,
            }
        )
    return settings


SETTINGS = [setting for _, _, setting in live.Valley.SETTINGS] + _random_settings()


@pytest.fixture(scope="module")
def dynamics() -> Dynamics:
    return Dynamics("valley")


@pytest.mark.parametrize("setting", SETTINGS, ids=range(len(SETTINGS)))
def test_the_run_its_flow_and_the_split_agree(dynamics: Dynamics, setting: Setting) -> None:
    figure = live.Valley(**setting)
    loss, expected = figure.loss, figure.run()
    points = np.random.default_rng(1).uniform(-2, 2, (20, 2))
    places = [(float(y), sign) for y, sign in zip(np.linspace(-2, 2, 9), [1, -1] * 5, strict=False)]
    computed = dynamics(
        COMPUTE,
        heights=figure.heights,
        skew=figure.skew,
        eta=figure.eta,
        rho=figure.rho,
        start=figure.begin(),
        steps=figure.steps,
        points=points.tolist(),
        places=places,
    )
    assert computed["h"] == coefficients(figure.heights)
    grid = np.arange(-200, 201) / 100
    assert computed["lowest"]["value"] == loss.curvature(grid).min()
    if figure.on_bounce:
        _assert_close(computed["amplitude"], figure.begin()[0])
    run = computed["run"]
    np.testing.assert_array_equal(np.array(run["path"], dtype=float), expected.path)
    assert run["alternates"] == expected.alternates.tolist()
    assert float(run["left"]) == (np.inf if expected.left is None else expected.left)
    assert float(run["lost"]) == (np.inf if expected.lost is None else expected.lost)
    _assert_close(run["sharpness"], expected.sharpness)
    _assert_close(run["limit"], expected.limit)
    np.testing.assert_array_equal(np.array(computed["flow"], dtype=float), expected.flow)
    _assert_close(computed["values"], loss.value(points), atol=1e-14)
    np.testing.assert_allclose(computed["gradients"], loss.gradient(points), rtol=1e-12, atol=1e-14)
    _assert_close(computed["sharpness"], np.linalg.eigvalsh(loss.hessian(points))[:, 1], atol=1e-13)
    for (y, sign), split, leading in zip(places, computed["splits"], computed["leading"], strict=True):
        wanted = figure.split(y, sign)
        if wanted is None:
            assert split is None
            continue
        size = float(np.abs(wanted.bounce).max())
        for part in ("bounce", "drift", "remainder"):
            np.testing.assert_allclose(split[part], getattr(wanted, part), rtol=1e-12, atol=1e-12 * size)
        for bound in ("stated", "sharp"):
            _assert_close(split[bound], getattr(wanted, bound))
        top = float(loss.curvature(y))
        _assert_close(leading, drift.radius_limit(top, figure.eta, figure.skew))


@pytest.mark.parametrize("setting", SETTINGS, ids=range(len(SETTINGS)))
def test_the_flow_of_fixed_steps_is_the_drift_flow(dynamics: Dynamics, setting: Setting) -> None:
    """Against samlib.drift.drift_flow, which adapts its steps to a tolerance of 1e-10, while both are in the valley."""
    figure = live.Valley(**setting)
    y = figure.start[1]
    flow = dynamics(
        "dynamics.valley(dynamics.coefficients(heights), 0).flow(eta, rho, y, steps)",
        heights=figure.heights,
        eta=figure.eta,
        rho=figure.rho,
        y=y,
        steps=figure.steps,
    )
    inside = np.array(flow, dtype=float)
    # Where the curvature goes to 0 the flow leaves, and λ₁ is no longer simple.
    inside = inside[np.isfinite(inside) & (figure.loss.curvature(inside) > 0.02)]
    if len(inside) < 2:
        pytest.skip("the flow leaves the valley within one step")
    reference = drift.drift_flow(figure.loss, [0.0, y], figure.eta, figure.rho, len(inside) - 1)
    np.testing.assert_array_equal(reference[:, 0], 0)
    np.testing.assert_allclose(inside, reference[:, 1], rtol=0, atol=1e-8)


def test_a_step_from_a_critical_point_or_a_tiny_one_is_samlibs_too(dynamics: Dynamics) -> None:
    loss = losses.Valley([1.0, 0.5, 1.0], skew=1.5)
    sam = SAM(eta=0.2, rho=0.3)
    for w in ([0.0, 1.2], [1e-200, 0.3], [-1e-160, 0.0], [1.0, -0.7]):
        step = dynamics("dynamics.valley([1, 0.5, 1], 1.5).samStep(0.2, 0.3, w)", w=w)
        np.testing.assert_array_equal(step, sam.step(loss, w))


def _assert_close(computed: Any, expected: Any, atol: float = 0.0) -> None:
    np.testing.assert_allclose(np.array(computed, dtype=float), expected, rtol=1e-12, atol=atol)
