"""The badge of a figure: shown for the code that was tested, and for no other."""

import json
import re
from pathlib import Path

import pytest

import samlib
from samlib import live
from samlib.live import _verified
from samlib.live._figure import BUNDLES
from samlib.live._verified import RECORD, file_hash, source_hash, verified

NAMES = sorted(file.stem for file in BUNDLES.glob("*.js"))


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    _verified._record.cache_clear()
    _verified.source_hash.cache_clear()


def test_the_record_is_of_the_present_bundles_and_of_the_present_samlib() -> None:
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    stale = [name for name in NAMES if record["figures"][name]["bundle"] != file_hash(BUNDLES / f"{name}.js")]
    assert stale == [], "tested before they were bundled anew: run `make figures`"
    assert record["source"] == source_hash(), (
        "samlib has changed since the parity tests were counted: run `make figures`"
    )
    assert sorted(record["figures"]) == NAMES


@pytest.mark.parametrize("name", live.__all__)
def test_every_figure_carries_what_was_counted(name: str) -> None:
    badge = getattr(live, name)().verified
    assert badge["states"] >= 50
    assert samlib.__version__.startswith(badge["version"] + ".")
    assert re.fullmatch(r"\d+\.\d+", badge["version"])


def test_a_figure_of_ones_own_has_the_badge_of_its_bundle() -> None:
    class Own(live.Bounce):
        pass

    assert Own().verified == live.Bounce().verified != {}


def test_another_bundle_or_another_samlib_has_no_badge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert verified("bounce")
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    changed = tmp_path / "verified.json"
    monkeypatch.setattr(_verified, "RECORD", changed)

    def badge(text: str) -> dict[str, object]:
        _verified._record.cache_clear()
        changed.write_text(text, encoding="utf-8")
        return verified("bounce")

    assert badge(json.dumps(record))
    assert badge(json.dumps(record | {"source": "0" * 16})) == {}
    bundle = {"bounce": record["figures"]["bounce"] | {"bundle": "0" * 16}}
    assert badge(json.dumps(record | {"figures": bundle})) == {}
    assert badge("{}") == {}
    changed.unlink()
    _verified._record.cache_clear()
    assert verified("bounce") == {}


def test_a_hash_changes_with_the_text_and_not_with_the_line_ends(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"a\nb\n")
    second.write_bytes(b"a\r\nb\r\n")
    assert file_hash(first) == file_hash(second)
    second.write_bytes(b"a\nc\n")
    assert file_hash(first) != file_hash(second)
    assert file_hash(first, second) != file_hash(second, first)
