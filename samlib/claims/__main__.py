"""Checks the ledger and prints it: `python -m samlib.claims [ids …] [--json] [--samples N] [--seed N] [--workers N]`.

The exit status is 1 if a claim fails or a printed form no longer does, and 2 if an argument is wrong.
"""

import argparse
import difflib
import json
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from samlib import claims
from samlib.claims import Claim, PrintedForm, Report, _pool

_COLUMNS = (("SymPy", "identity"), ("Z3", "certificate"), ("refuted", "refutation"))
"""What stands over the columns of the table that count findings, and the kind that each counts."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in options.ids:
        if name not in claims.LEDGER:
            close = difflib.get_close_matches(name, claims.LEDGER, n=3, cutoff=0.5)
            hint = f"; did you mean {' or '.join(close)}?" if close else f"; the ids are {', '.join(claims.LEDGER)}"
            parser.error(f"no claim has the id {name!r}{hint}")
    ids = list(dict.fromkeys(options.ids)) or list(claims.LEDGER)
    began = time.perf_counter()
    reports = _pool.check(ids, samples=options.samples, seed=options.seed, workers=options.workers)
    if options.json:
        checked = list(reports)
        json.dump(_document(checked, options.samples, options.seed, time.perf_counter() - began), sys.stdout, indent=1)
        print()
    else:
        checked = _print_table(ids, reports)
        print(_total(checked, time.perf_counter() - began))
    return 0 if all(report.passed for report in checked) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m samlib.claims",
        description="Check every numbered statement of the paper: SymPy's identities, Z3's certificates, samples of "
        "instances, refutations, and the printed forms that are false.",
        epilog="The exit status is 1 if a claim fails or a printed form no longer does, and 2 if an argument is wrong.",
    )
    parser.add_argument("ids", nargs="*", metavar="id", help="what to check, such as lemma-5-2; all without one")
    parser.add_argument("--json", action="store_true", help="everything there is to say, for machines")
    parser.add_argument("--samples", type=_at_least(1), default=1000, metavar="N", help="instances of a claim (1000)")
    parser.add_argument("--seed", type=_at_least(0), default=0, metavar="N", help="which instances (0)")
    parser.add_argument("--workers", type=_at_least(1), default=_cores(), metavar="N", help="processes (one per core)")
    return parser


def _at_least(low: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if number < low:
            raise argparse.ArgumentTypeError(f"must be a whole number >= {low}, got {text!r}")
        return number

    return read


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# The table


def _print_table(ids: Sequence[str], reports: Iterable[Report]) -> list[Report]:
    """Print a line for each report as it comes, and at the end the findings that failed."""
    width = max(map(len, ids))
    heads = "".join(f"  {head:>7}" for head, _ in _COLUMNS)
    print(f"{'id':{width}}{heads}  {'instances':>9}  {'worst margin':>12}  {'seconds':>7}  verdict")
    checked = []
    for report in reports:
        checked.append(report)
        counts = "".join(f"  {_passed_of(report, kind):>7}" for _, kind in _COLUMNS)
        sampled = "".join(finding.says.split()[0] for finding in report.of_kind("probe"))
        line = f"{report.id:{width}}{counts}  {sampled or '-':>9}  {_margin(report):>12}  {report.seconds:7.2f}"
        print(f"{line}  {_verdict(report)}", flush=True)
    for report in checked:
        for finding in report.findings:
            if not finding.passed:
                print(f"\n{report.id}, {finding.kind}: {finding.says}\n  {finding.detail}")
    return checked


def _passed_of(report: Report, kind: str) -> str:
    findings = report.of_kind(kind)
    passed = sum(finding.passed for finding in findings)
    return "-" if not findings else str(passed) if passed == len(findings) else f"{passed} of {len(findings)}"


def _margin(report: Report) -> str:
    """The probe's worst margin, or that of a printed form at its counterexample."""
    margins = [finding.margin for finding in report.findings if finding.kind in ("probe", "counterexample")]
    return "-" if not margins or margins[0] is None else f"{margins[0]:.2g}"


def _verdict(report: Report) -> str:
    entry = claims.get(report.id)
    if isinstance(entry, Claim):
        return "holds" if report.passed else "FAILS"
    return f"false as printed ({entry.erratum})" if report.passed else "NOT SHOWN TO BE FALSE"


def _total(reports: Sequence[Report], seconds: float) -> str:
    held, false = Counter[bool](), Counter[bool]()
    for report in reports:
        (held if isinstance(claims.get(report.id), Claim) else false)[report.passed] += 1
    kinds = Counter(finding.kind for report in reports for finding in report.findings if finding.passed)
    line = (
        f"\n{held[True]} of {held.total()} claims hold, {false[True]} of {false.total()} printed forms are false; "
        f"{kinds['identity']} identities, {kinds['certificate']} certificates, {kinds['refutation']} refutations; "
        f"{seconds:.1f} s"
    )
    failed = held[False] + false[False]
    return line + (f"\n{failed} of {len(reports)} FAILED" if failed else "")


# For machines


def _document(reports: Sequence[Report], samples: int, seed: int, seconds: float) -> dict[str, Any]:
    return {
        "passed": all(report.passed for report in reports),
        "samples": samples,
        "seed": seed,
        "seconds": seconds,
        "entries": [_entry(claims.get(report.id), report) for report in reports],
    }


def _entry(entry: Claim | PrintedForm, report: Report) -> dict[str, Any]:
    """What an entry says and what was found."""
    described: dict[str, Any] = {
        "id": entry.id,
        "kind": "claim" if isinstance(entry, Claim) else "printed form",
        "title": entry.title,
        "section": entry.section,
        "chapter": entry.chapter,
        "statement": entry.statement,
        "hypotheses": [hypothesis.says for hypothesis in entry.hypotheses],
        "depends_on": list(entry.depends_on),
        "used_by": list(claims.used_by(entry.id)),
    }
    if isinstance(entry, Claim):
        described |= {"on_paper": entry.on_paper, "note": entry.note, "ours": entry.ours}
    else:
        described |= {"erratum": entry.erratum, "corrected": entry.corrected}
    findings = [
        {
            "kind": finding.kind,
            "says": finding.says,
            "passed": finding.passed,
            "detail": finding.detail,
            "margin": finding.margin if finding.margin is not None and math.isfinite(finding.margin) else None,
            "seconds": finding.seconds,
        }
        for finding in report.findings
    ]
    return described | {"passed": report.passed, "seconds": report.seconds, "findings": findings}


if __name__ == "__main__":
    sys.exit(main())
