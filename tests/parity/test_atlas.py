"""The map of regimes has the same class and period in every cell in JavaScript and in samlib."""

from typing import Any

import numpy as np
import pytest

from samlib import live, regimes
from samlib.live import atlas
from samlib.regimes import Map, Ravine, Regime, SkewedValley, Window
from tests.parity.engine import Dynamics

CODES = """(() => {
  const task = { plane, window, steps };
  return Array.from({ length: columns * rows }, (_, k) => dynamics.code(task, columns, rows, k));
})()"""
COLUMNS, ROWS = 24, 20


def _random_windows() -> list[tuple[Map, Window, int]]:
    """Both maps whole, and random parts of them: some wide, some close to a boundary where cells are chaotic."""
    generator = np.random.default_rng(5)
    found: list[tuple[Map, Window, int]] = [
        (SkewedValley(), atlas.WINDOWS["valley"], 400),
        (SkewedValley(bend=0.3), atlas.WINDOWS["valley"], 400),
        (Ravine(), atlas.WINDOWS["ravine"], 400),
    ]
    for k in range(12):
        bend = 0.0 if k % 4 == 0 else float(generator.uniform(0.0, 0.8))
        plane: Map = Ravine() if k % 2 else SkewedValley(bend=bend, rho=float(generator.uniform(0.05, 2)))
        (_, most), (_, highest) = atlas.WINDOWS["ravine" if k % 2 else "valley"]
        a, b = np.sort(generator.uniform(0.0, most, 2)), np.sort(generator.uniform(0.0, highest, 2))
        found.append((plane, ((a[0], a[1]), (b[0], b[1])), int(generator.integers(100, 501))))
    return found


def _named(plane: Map) -> dict[str, Any]:
    if isinstance(plane, SkewedValley):
        return {"map": "valley", "bend": plane.bend, "rho": plane.rho}
    return {"map": "ravine", "bend": 0.0, "rho": 1.0}


@pytest.fixture(scope="module")
def dynamics() -> Dynamics:
    return Dynamics("atlas")


@pytest.mark.parametrize(("plane", "window", "steps"), _random_windows(), ids=range(15))
def test_every_cell_has_the_same_class_and_period(dynamics: Dynamics, plane: Map, window: Window, steps: int) -> None:
    expected = regimes.classify(plane, *regimes.centres(window, COLUMNS, ROWS), steps=steps)
    codes = dynamics(CODES, plane=_named(plane), window=window, columns=COLUMNS, rows=ROWS, steps=steps)
    computed = np.array(codes).reshape(ROWS, COLUMNS)
    np.testing.assert_array_equal(computed % 8, expected.regime)
    np.testing.assert_array_equal(computed // 8, expected.period)


def test_the_windows_compared_hold_every_class() -> None:
    seen = set()
    for plane, window, steps in _random_windows():
        seen |= set(regimes.classify(plane, *regimes.centres(window, COLUMNS, ROWS), steps=steps).regime.flat)
    assert seen == set(Regime)


def test_the_text_that_a_worker_runs_is_whole_in_itself(dynamics: Dynamics) -> None:
    """The worker gets the text of one function of the bundle, and nothing that is around it."""
    task = {"plane": _named(Ravine()), "window": atlas.WINDOWS["ravine"], "steps": 100}
    inside, outside = dynamics(
        """(() => {
          const alone = new Function(`"use strict"; return (${dynamics.regimes})();`)();
          const all = (code) => Array.from({ length: 48 }, (_, k) => code(task, 8, 6, k));
          return [all(alone.code), all(dynamics.code)];
        })()""",
        task=task,
    )
    assert inside == outside


def test_a_map_comes_stage_by_stage_until_nobody_waits_for_it(dynamics: Dynamics) -> None:
    task = {
        "plane": _named(SkewedValley()),
        "window": atlas.WINDOWS["valley"],
        "steps": 100,
        "stages": [[4, 3], [8, 6]],
    }
    whole, cut = dynamics(
        """[Infinity, 1].map((patience) => {
          globalThis.performance = { now: () => 0 };
          const [charts, queue] = [[], []];
          const alive = () => charts.length < patience;
          const [emit, later] = [(chart) => charts.push(chart), (next) => queue.push(next)];
          dynamics.refine(task, { budget: 1, alive, emit, later });
          while (queue.length) queue.shift()();
          return charts;
        })""",
        task=task,
    )
    assert [(chart["stage"], chart["columns"], chart["rows"]) for chart in whole] == [(0, 4, 3), (1, 8, 6)]
    assert [chart["stage"] for chart in cut] == [0]
    for chart in whole:
        grid = regimes.centres(atlas.WINDOWS["valley"], chart["columns"], chart["rows"])
        expected = regimes.classify(SkewedValley(), *grid, steps=100)
        np.testing.assert_array_equal(chart["codes"], (8 * expected.period + expected.regime).ravel())


def test_a_map_gives_up_its_turn_when_its_time_is_spent(dynamics: Dynamics) -> None:
    task = {"plane": _named(SkewedValley()), "window": atlas.WINDOWS["valley"], "steps": 100, "stages": [[20, 16]]}
    turns = dynamics(
        """(() => {
          let [clock, turns] = [0, 0];
          globalThis.performance = { now: () => (clock += 5) };
          const queue = [];
          dynamics.refine(task, { budget: 7, alive: () => true, emit: () => {}, later: (next) => queue.push(next) });
          for (; queue.length; turns++) queue.shift()();
          return turns;
        })()""",
        task=task,
    )
    assert turns == 9  # 20 packets of 16 cells, each taken to last 5 ms: two in a turn


STATES = [
    {"map": name, "eta": eta, "rho": rho, "skew": skew, "bend": bend, "steps": steps}
    for name in atlas.WINDOWS
    for eta, rho, skew, bend, steps in [
        (0.4, 0.5, 0.3, 0.0, 400),
        (0.4, 0.5, 0.2, 0.3, 400),
        (0.99, 1.0, 0.0, 0.05, 100),
        (1.3, 0.25, 0.8, 0.35, 500),
        (1.3, 1.5, 0.0, 0.0, 200),
        (0.2, 1.6, 0.1, 0.0, 250),
        (0.3, 0.1, 5.5, 0.0, 300),
        (2.2, 0.5, 0.1, 0.0, 400),
        (1.99, 0.5, 0.0, 0.0, 400),
    ]
]


@pytest.mark.parametrize("state", STATES, ids=range(len(STATES)))
def test_the_cross_hair_has_samlibs_run_and_opens_the_same_state(dynamics: Dynamics, state: dict[str, Any]) -> None:
    figure = live.Atlas(**state)
    plane, place = _named(figure.plane), list(figure.place)
    run = dynamics("dynamics.path(plane, ...place, steps)", plane=plane, place=place, steps=figure.steps)
    np.testing.assert_array_equal(np.array(run), figure.path())
    found = dynamics("dynamics.classify(plane, ...place, steps)", plane=plane, place=place, steps=figure.steps)
    assert (found["regime"], found["period"]) == (figure.found().regime, figure.found().period)
    floors = dynamics("run.map(([, y]) => dynamics.floor(plane, y))", plane=plane, run=figure.path().tolist())
    np.testing.assert_array_equal(floors, figure.plane.floor(figure.path()[:, 1]))
    assert dynamics("dynamics.topOf(plane)", plane=plane) == figure.plane.top
    opened = dynamics("dynamics.opens(state)", state=state)
    expected = figure.opens()
    if expected is None:
        assert opened is None
        return
    name, shown = expected
    assert opened == {"figure": name, "state": shown}


@pytest.mark.parametrize("state", [{}, {"bend": 0.3}, {"bend": 0.8}, {"map": "ravine"}], ids=str)
def test_the_boundaries_are_samlibs(dynamics: Dynamics, state: dict[str, Any]) -> None:
    figure = live.Atlas(**state)
    window = atlas.WINDOWS[figure.map]
    drawn = dynamics("dynamics.boundaries(plane, window)", plane=_named(figure.plane), window=window)
    expected = figure.boundaries()
    assert [line["name"] for line in drawn] == list(expected)
    for line in drawn:
        np.testing.assert_allclose(line["points"], expected[line["name"]], rtol=1e-12, atol=1e-12)


def test_words_windows_and_targets_are_the_same(dynamics: Dynamics) -> None:
    assert dynamics("dynamics.WORDS") == list(atlas.WORDS)
    assert dynamics("dynamics.WINDOWS") == {name: [list(side) for side in each] for name, each in atlas.WINDOWS.items()}
    assert dynamics("dynamics.TARGETS") == {name: list(target) for name, target in atlas.TARGETS.items()}
    assert len(atlas.COLOURS) == len(atlas.WORDS) == len(Regime)
