"""The figure of the escape from the saddle computes in JavaScript what samlib computes."""

from typing import Any

import numpy as np
import pytest

from samlib import bounds, live
from samlib.live.saddle_escape import LONGEST
from tests.parity.engine import Dynamics

Setting = dict[str, Any]

COMPUTE = f"""(() => {{
  const begin = (s) => [s, second];
  const theory = dynamics.quadraticSAM(eigenvalues, eta, rho);
  const path = dynamics.samPath(eigenvalues, eta, rho, start, steps);
  const threshold = dynamics.alignmentThreshold(eigenvalues, eta) * theory.beta[0];
  const level = (1 + epsilon) * theory.beta[0];
  const growth = dynamics.axisGrowth(eigenvalues, eta, rho, second, {LONGEST});
  return {{
    path,
    threshold,
    run: dynamics.alignment(eigenvalues, path, {{ threshold, ball: theory.ball, level }}),
    growth,
    escapes: sigmas.map((s) => dynamics.escapeTime(eigenvalues, eta, rho, begin(s), {LONGEST})),
    predicted: sigmas.map((s) => dynamics.predictedEscape(growth, eigenvalues, s)),
    factor: dynamics.escapeFactor(eigenvalues, eta),
    gain: dynamics.gain(eigenvalues, eta),
    visits: dynamics.visitsBeyond(eigenvalues, eta, rho, epsilon),
    printed: dynamics.visitsBeyond(eigenvalues, eta, rho, epsilon, "printed"),
    misaligned: dynamics.misalignedSteps(eigenvalues, eta, rho),
  }};
}})()"""


def _random_settings() -> list[Setting]:
    generator = np.random.default_rng(1414)
    settings = []
    for k in range(60):
        second, first = np.sort(generator.uniform(0.05, 1, 2).round(3))
        settings.append(
            {
                "eigenvalues": [float(first), float(second)],
                "eta": float(generator.uniform(0.01, 0.49)),
                "rho": float(generator.uniform(0.05, 2)),
                "sigma": float(10 ** generator.uniform(-15, 0)),
                "height": float(np.exp(generator.uniform(np.log(0.05), np.log(60)))),
                "epsilon": float(generator.uniform(0.01, 1)),
                "steps": 120,
                "no_gap": k % 6 == 4,
                "on_axis": k % 6 == 5,
            }
        )
    return settings


SETTINGS = [{**setting, "steps": 120, "t": 120} for _, _, setting in live.SaddleEscape.SETTINGS] + _random_settings()


@pytest.fixture(scope="module")
def dynamics() -> Dynamics:
    return Dynamics("saddle_escape")


@pytest.mark.parametrize("setting", SETTINGS, ids=range(len(SETTINGS)))
def test_the_run_and_the_bounds_agree(dynamics: Dynamics, setting: Setting) -> None:
    figure = live.SaddleEscape(**setting)
    theory, start = figure.theory, figure.start()
    sigmas = [figure.sigma, *(10.0 ** -np.arange(0, 15, 1.5))]
    computed = dynamics(
        COMPUTE,
        eigenvalues=theory.eigenvalues.tolist(),
        eta=figure.eta,
        rho=figure.rho,
        start=start,
        second=start[1],
        epsilon=figure.epsilon,
        steps=figure.steps,
        sigmas=[0.0] if figure.on_axis else [float(sigma) for sigma in sigmas],
    )
    np.testing.assert_array_equal(computed["path"], figure.path())
    run, expected = computed["run"], figure.alignment()
    # A coordinate below 1e-154 has a square that underflows; δ then has fewer digits, down to none.
    _assert_close(run["misalignment"], expected.misalignment, atol=1e-290)
    _assert_close(run["ratio"], expected.ratio)
    _assert_close(run["length"], expected.length)
    assert run["aligning"] == expected.aligning.tolist()
    assert run["beyond"] == expected.beyond.tolist()
    assert float(run["entry"]) == (np.inf if expected.entry is None else expected.entry)
    _assert_close(computed["threshold"], figure.threshold())
    _assert_close(computed["factor"], figure.escape_factor())
    _assert_close(computed["gain"], theory.mu, atol=1e-15)
    _assert_close(computed["visits"], figure.visits_bound())
    _assert_close(computed["printed"], bounds.visits_beyond(theory, figure.epsilon, "printed"))
    _assert_close(computed["misaligned"], figure.misaligned_bound())
    np.testing.assert_array_equal(
        np.array(computed["escapes"], dtype=float), figure.escape_time(sigmas if not figure.on_axis else [0.0])
    )
    if not figure.on_axis:
        _assert_close(computed["growth"], figure.axis_growth(), atol=1e-12 * np.abs(figure.axis_growth()).max())
        _assert_close(computed["predicted"], figure.predicted_escape(sigmas), atol=1e-12 * LONGEST)


def test_the_misalignment_keeps_its_digits_where_the_subtraction_has_none(dynamics: Dynamics) -> None:
    """1 - |v₁|/‖v‖ is 0 in floats for v = (1, 1e-9); its value is ½·10⁻¹⁸ to within 1e-36."""
    assert dynamics("dynamics.misalignment(v)", v=[1.0, 1e-9]) == pytest.approx(0.5e-18, rel=1e-14)
    assert dynamics("dynamics.misalignment(v)", v=[0.0, 1e-9]) == 1
    assert dynamics("dynamics.misalignment(v)", v=[3.0, 4.0]) == pytest.approx(1 - 3 / 5, rel=1e-15)


def _assert_close(computed: Any, expected: Any, atol: float = 0.0) -> None:
    np.testing.assert_allclose(np.array(computed, dtype=float), expected, rtol=1e-12, atol=atol)
