"""The outcome of the ledger, from `python -m samlib.claims --json`, run once for each state of samlib."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError

from sphinx_ext.execution_cache import fingerprint
from sphinx_ext.statements import read_label


@dataclass(frozen=True)
class Finding:
    """One check: its kind, what was checked, and what came out."""

    kind: str
    says: str
    passed: bool
    detail: str
    margin: float | None


@dataclass(frozen=True)
class Entry:
    """A claim, or a printed form that is false, with its findings; the texts are Markdown with TeX."""

    id: str
    kind: str
    title: str
    section: str
    chapter: str
    statement: str
    hypotheses: tuple[str, ...]
    depends_on: tuple[str, ...]
    used_by: tuple[str, ...]
    passed: bool
    findings: tuple[Finding, ...]
    on_paper: str = ""
    note: str = ""
    ours: bool = False
    erratum: str = ""
    corrected: str = ""

    @property
    def is_claim(self) -> bool:
        """Whether it is a claim and not a printed form."""
        return self.kind == "claim"

    @property
    def name(self) -> str:
        """The paper's name for it, "Lemma 14(a)", or its title where it has no number."""
        number = read_label(self.corrected or self.id)
        if number is None:
            return self.title
        return number.name if self.is_claim else f"{number.name} as printed"

    @property
    def short_name(self) -> str:
        """A name that fits a node of the graph."""
        number = read_label(self.id)
        return number.name if number else self.id.replace("-", " ")

    @property
    def evidence(self) -> str:
        """What carries a claim: "machine", "both" machine and paper, or "paper"."""
        if not (self.count("identity") or self.count("certificate")):
            return "paper"
        return "both" if self.on_paper else "machine"

    def of_kind(self, kind: str) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind == kind)

    def count(self, kind: str) -> int:
        """How many findings of one kind came out as they should."""
        return sum(finding.passed for finding in self.of_kind(kind))


@dataclass(frozen=True)
class Ledger:
    """All entries in the order of the paper, each claim followed by its printed forms."""

    entries: tuple[Entry, ...]

    @property
    def claims(self) -> tuple[Entry, ...]:
        """The claims alone."""
        return tuple(entry for entry in self.entries if entry.is_claim)

    @property
    def failed(self) -> tuple[Entry, ...]:
        """Claims that do not hold and printed forms that do."""
        return tuple(entry for entry in self.entries if not entry.passed)

    def get(self, name: str) -> Entry | None:
        """The entry with an id, if there is one."""
        return next((entry for entry in self.entries if entry.id == name), None)

    def printed_forms(self, name: str) -> tuple[Entry, ...]:
        """The printed forms that a claim corrects."""
        return tuple(entry for entry in self.entries if entry.corrected == name)


class Lazy:
    """A ledger that is read when it is first asked for something."""

    def __init__(self, read: Callable[[], Ledger]) -> None:
        self._read = read
        self._ledger: Ledger | None = None

    @property
    def was_read(self) -> bool:
        """Whether somebody has asked."""
        return self._ledger is not None

    def __getattr__(self, name: str) -> Any:
        if self._ledger is None:
            self._ledger = self._read()
        return getattr(self._ledger, name)


def state_of(module: str) -> str:
    """The fingerprint of what the ledger depends on: the module's package, the installed distributions and Python."""
    return fingerprint([module.partition(".")[0]])


def read(module: str, cache: Path, state: str) -> Ledger:
    """The ledger that `python -m module --json` prints.

    It is kept in the folder `cache` under the name of its `state`; other files there are of earlier states and are
    deleted. A ledger in which something failed is not kept.

    Raises
    ------
    ExtensionError
        If the command prints no ledger.
    """
    kept = cache / f"{state}.json"
    if kept.is_file():
        return _parsed(kept.read_text(encoding="utf-8"))
    command = [sys.executable, "-m", module, "--json"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, check=False)
    try:
        ledger = _parsed(done.stdout)
    except (ValueError, KeyError, TypeError) as error:
        raise ExtensionError(
            f"`python -m {module} --json` printed no ledger ({error!r}, exit status {done.returncode}):\n{done.stderr}"
        ) from error
    if not ledger.failed:
        _forget(cache)
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_text(done.stdout, encoding="utf-8")
    return ledger


def _forget(cache: Path) -> None:
    for old in cache.glob("*.json"):
        if re.fullmatch(r"[0-9a-f]{16}", old.stem):
            old.unlink()


def _parsed(text: str) -> Ledger:
    entries = [_entry(raw) for raw in json.loads(text)["entries"]]
    ordered: list[Entry] = []
    for entry in entries:
        if not entry.corrected:
            ordered += [entry, *(printed for printed in entries if printed.corrected == entry.id)]
    return Ledger(tuple(ordered))


def _entry(raw: dict[str, Any]) -> Entry:
    known = {field.name for field in fields(Entry)} - {"findings"}
    values: dict[str, Any] = {key: raw[key] for key in known & raw.keys()}
    values |= {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    findings = tuple(Finding(**{field.name: one[field.name] for field in fields(Finding)}) for one in raw["findings"])
    return Entry(findings=findings, **values)
