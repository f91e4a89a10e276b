"""`python -m samlib.claims`: what it prints, and its exit status."""

import json
import math
import subprocess
import sys
from dataclasses import replace

import pytest

from samlib import claims
from samlib.claims import Claim, PrintedForm, _pool
from samlib.claims.__main__ import main

SOME = "lemma-5-2"
"""A claim that is quickly checked."""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "samlib.claims", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def a_printed_form() -> PrintedForm:
    return next(entry for entry in claims.LEDGER.values() if isinstance(entry, PrintedForm))


def test_chosen_claims_are_checked_in_several_processes_and_counted() -> None:
    printed = a_printed_form().id
    done = run(SOME, printed, "lemma-4", "--samples", "40", "--workers", "2")
    assert done.returncode == 0, done.stderr
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["id", "SymPy", "Z3", "refuted", "instances", "worst", "margin", "seconds", "verdict"]
    assert [line.split()[0] for line in lines[:3]] == [SOME, printed, "lemma-4"]
    assert lines[0].endswith("holds")
    assert lines[1].endswith(f"false as printed ({a_printed_form().erratum})")
    assert lines[-1].startswith("2 of 2 claims hold, 1 of 1 printed forms are false; ")


def test_for_machines_everything_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    printed = a_printed_form()
    assert main(["lemma-4", printed.id, "--json", "--samples", "30", "--seed", "5", "--workers", "1"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["passed"], document["samples"], document["seed"]) == (True, 30, 5)
    first, second = document["entries"]
    claim = claims.get("lemma-4")
    assert isinstance(claim, Claim)
    assert first["statement"] == claim.statement
    assert first["hypotheses"] == [hypothesis.says for hypothesis in claim.hypotheses]
    assert first["used_by"] == list(claims.used_by("lemma-4"))
    report = claim.check(30, 5)
    assert [finding["kind"] for finding in first["findings"]] == [finding.kind for finding in report.findings]
    probe = next(finding for finding in first["findings"] if finding["kind"] == "probe")
    assert probe["margin"] == report.worst_margin
    assert (second["kind"], second["corrected"]) == ("printed form", printed.corrected)


def test_the_seed_chooses_the_instances() -> None:
    def margins(seed: int) -> list[float | None]:
        return [report.worst_margin for report in _pool.check(["lemma-4", SOME], samples=50, seed=seed)]

    assert margins(3) == margins(3)
    assert margins(3) != margins(4)


@pytest.mark.parametrize("workers", [1, 2])
def test_reports_come_in_the_order_asked_for(workers: int) -> None:
    ids = [SOME, "lemma-4", SOME]
    assert [report.id for report in _pool.check(ids, samples=10, workers=workers)] == ids


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lemma-52"], "no claim has the id 'lemma-52'; did you mean lemma-5-2"),
        (["zzz"], "no claim has the id 'zzz'; the ids are "),
        (["--samples", "0"], "argument --samples: must be a whole number >= 1, got '0'"),
        (["--samples", "many"], "argument --samples: must be a whole number >= 1, got 'many'"),
        (["--seed", "-1"], "argument --seed: must be a whole number >= 0, got '-1'"),
        (["--workers", "0"], "argument --workers: must be a whole number >= 1, got '0'"),
        (["--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_a_wrong_argument_is_named_and_the_status_is_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_a_claim_that_fails_makes_the_status_1_and_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = replace(claims.get("lemma-4"), margin=lambda **_: -0.25)
    monkeypatch.setitem(claims.LEDGER, "lemma-4", wrong)
    assert main(["lemma-4", SOME, "--samples", "20", "--workers", "1"]) == 1
    printed = capsys.readouterr().out
    assert printed.splitlines()[1].endswith("FAILS")
    assert "lemma-4, probe: 20 instances\n  20 instances, worst margin -0.25 at {" in printed
    assert printed.endswith("1 of 2 FAILED\n")


def test_a_printed_form_that_no_longer_fails_makes_the_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = a_printed_form()
    monkeypatch.setitem(claims.LEDGER, printed.id, replace(printed, margin=lambda **_: 0.0))
    assert main([printed.id, "--workers", "1"]) == 1
    assert "NOT SHOWN TO BE FALSE" in capsys.readouterr().out


def test_an_exception_in_a_claim_does_not_hide_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**_: object) -> float:
        raise ZeroDivisionError("no length")

    monkeypatch.setitem(claims.LEDGER, "lemma-4", replace(claims.get("lemma-4"), margin=broken))
    assert main(["lemma-4", SOME, "--samples", "20", "--workers", "1", "--json"]) == 1
    first, second = json.loads(capsys.readouterr().out)["entries"]
    assert (first["passed"], second["passed"]) == (False, True)
    assert first["findings"][0]["detail"] == "ZeroDivisionError: no length"


def test_a_margin_that_is_no_number_fails_and_is_null_for_machines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(claims.LEDGER, "lemma-4", replace(claims.get("lemma-4"), margin=lambda **_: math.nan))
    assert main(["lemma-4", "--samples", "20", "--workers", "1", "--json"]) == 1
    (entry,) = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["entries"]
    assert next(one for one in entry["findings"] if one["kind"] == "probe")["margin"] is None


@pytest.mark.parametrize(("name", "value"), [("samples", 0), ("seed", -1), ("workers", 0), ("workers", 1.5)])
def test_a_number_out_of_range_is_refused_before_anything_runs(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a whole number"):
        _pool.check([SOME], **{name: value})


def test_an_unknown_id_is_refused_before_anything_runs() -> None:
    with pytest.raises(ValueError, match="no claim has the id 'lemma-1000'"):
        _pool.check(["lemma-1000"])
