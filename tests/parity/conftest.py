"""Counts the states on which each figure was found equal to samlib, and holds the committed count to it."""

import json
import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from samlib.live._figure import BUNDLES
from samlib.live._verified import RECORD, file_hash, source_hash
from tests.parity.engine import ASKED

#: By test module: how many of its tests are done, and the states that they compared, by bundle.
DONE: dict[str, int] = {}
STATES: dict[str, dict[str, set[str]]] = {}

Record = dict[str, Any]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A state counts when a test that computed it has passed."""
    ASKED.clear()
    module = item.path.stem
    try:
        result = yield
    except pytest.skip.Exception:
        DONE[module] = DONE.get(module, 0) + 1
        raise
    DONE[module] = DONE.get(module, 0) + 1
    for bundle, states in ASKED.items():
        STATES.setdefault(module, {}).setdefault(bundle, set()).update(states)
    return result


@pytest.fixture(scope="module", autouse=True)
def _the_committed_count_is_that_of_these_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    module = request.path.stem
    whole = sum(item.path == request.path for item in request.session.items) == len(list(_all_tests(request.node)))
    if not whole or DONE.get(module) != len(list(_all_tests(request.node))):
        return  # part of the tests, or some failed: nothing to compare
    counted = {bundle: len(states) for bundle, states in STATES[module].items()}
    if "RECORD_PARITY" in os.environ:
        _write(module, counted)
    found = {bundle: figure["states"].get(module) for bundle, figure in _read()["figures"].items()}
    committed = {bundle: states for bundle, states in found.items() if states}
    assert committed == counted, f"{RECORD.name} is not what {module} just counted: run `make figures`"


def _all_tests(module: pytest.Collector) -> Iterator[pytest.Item]:
    for node in module.collect():
        if isinstance(node, pytest.Item):
            yield node
        elif isinstance(node, pytest.Collector):
            yield from _all_tests(node)


def _read() -> Record:
    return dict(json.loads(RECORD.read_text(encoding="utf-8"))) if RECORD.exists() else {"figures": {}}


def _write(module: str, counted: dict[str, int]) -> None:
    """Puts the counts of one module into the record, next to the hashes of what they are true of."""
    record = _read()
    record["source"] = source_hash()
    for figure in record["figures"].values():
        figure["states"].pop(module, None)
    for bundle, states in counted.items():
        figure = record["figures"].setdefault(bundle, {"states": {}})
        figure["bundle"] = file_hash(BUNDLES / f"{bundle}.js")
        figure["states"][module] = states
    RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
