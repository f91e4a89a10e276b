"""The whole ledger: every claim holds, every refutation refutes, every item of the paper has its claim and its box."""

import functools
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from samlib import claims
from samlib.claims import Claim, PrintedForm, Report

ROOT = Path(__file__).parents[2]
CHAPTERS = ROOT / "chapters"

CLAIMS = [entry for entry in claims.LEDGER.values() if isinstance(entry, Claim)]
PRINTED = [entry for entry in claims.LEDGER.values() if isinstance(entry, PrintedForm)]

NUMBERED = (
    *(f"eq-{n}" for n in (2, 3, *range(5, 19))),  # (1) is the minimax problem, (4) is not legible and cited nowhere
    *(f"theorem-{n}" for n in (1, 2, 3, 21)),
    *(f"lemma-{n}" for n in (4, 6, 7, 10, 11, 13, 16, 17, 18, 19, 20)),
    *(f"lemma-5-{n}" for n in range(1, 6)),
    *(f"lemma-14-{part}" for part in "abcd"),
    *("prop-8", "remark-9", "definition-12", "definition-15"),
)
"""The numbered items of Sections 3 and 4."""

ERRATA = {"E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9", "E10", "E12"}
"""The errata of Sections 3 and 4 that make a formula false; the others add a condition or fix a reference."""


def named(entry: Claim | PrintedForm) -> str:
    return entry.id


# ------------------------------------------------------------------------------------------------------------ evidence


@functools.cache
def report(name: str) -> Report:
    return claims.get(name).check(samples=300, seed=1)


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_each_claim_passes_every_check(claim: Claim) -> None:
    assert [finding for finding in report(claim.id).findings if not finding.passed] == []


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_no_claim_is_without_a_refutation_and_each_refutes(claim: Claim) -> None:
    found = report(claim.id).of_kind("refutation")
    assert [finding.says for finding in found] == [refutation.says for refutation in claim.refutations]
    assert found
    assert all(finding.margin is not None and finding.margin < -claim.tolerance for finding in found)


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_each_certificate_and_identity_is_asked_about_with_a_control_of_its_own(claim: Claim) -> None:
    found = (*report(claim.id).of_kind("identity"), *report(claim.id).of_kind("certificate"))
    assert [finding.says for finding in found] == [one.says for one in (*claim.identities, *claim.certificates)]
    for certificate in claim.certificates:
        control = certificate.control
        assert control.hypotheses is not None or control.conclusion is not None, certificate.says
    assert all(identity.control is not identity.difference for identity in claim.identities)


@pytest.mark.parametrize("printed", PRINTED, ids=named)
def test_each_printed_form_fails_at_its_counterexample(printed: PrintedForm) -> None:
    assert [finding for finding in report(printed.id).findings if not finding.passed] == []


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_instances_are_drawn_anew_and_reproducibly(claim: Claim) -> None:
    assert claim.probe(20, seed=2).margin == claim.probe(20, seed=2).margin


# ----------------------------------------------------------------------------------------------------------- the whole


def test_every_numbered_item_of_sections_3_and_4_has_a_claim() -> None:
    assert sorted(set(NUMBERED) - {claim.id for claim in CLAIMS}) == []


def test_every_erratum_that_makes_a_formula_false_has_its_printed_form() -> None:
    named_errata = {erratum for printed in PRINTED for erratum in re.findall(r"E\d+", printed.erratum)}
    assert sorted(ERRATA - named_errata) == []


def test_ids_are_labels_and_unique() -> None:
    registered = [entry.id for section in claims._SECTIONS for entry in section.CLAIMS]
    assert sorted(registered) == sorted(claims.LEDGER)
    assert [name for name in registered if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", name)] == []


def test_claims_use_claims_and_not_in_a_circle() -> None:
    uses = {claim.id: claim.depends_on for claim in CLAIMS}
    assert [(name, other) for name, others in uses.items() for other in others if other not in uses] == []
    assert [name for name, others in uses.items() if len(set(others)) < len(others)] == []
    TopologicalSorter(uses).prepare()


def test_used_by_is_the_other_direction_of_depends_on() -> None:
    for claim in CLAIMS:
        assert all(claim.id in claims.get(user).depends_on for user in claims.used_by(claim.id))
        assert all(claim.id in claims.used_by(other) for other in claim.depends_on)


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_each_claim_has_one_box_on_the_page_that_it_names(claim: Claim) -> None:
    label = re.compile(rf"^:label: {re.escape(claim.id)}$", flags=re.MULTILINE)
    pages = [
        page.relative_to(CHAPTERS).with_suffix("").as_posix()
        for page in sorted(CHAPTERS.rglob("*.md"))
        for _ in label.findall(page.read_text(encoding="utf-8"))
    ]
    assert pages == [claim.chapter]


@pytest.mark.parametrize("printed", PRINTED, ids=named)
def test_each_printed_form_names_its_correction_and_its_erratum(printed: PrintedForm) -> None:
    assert printed.id.endswith("-printed")
    corrected = claims.get(printed.corrected)
    assert isinstance(corrected, Claim)
    assert printed.id.startswith(printed.corrected)
    assert (corrected.section, corrected.chapter) == (printed.section, printed.chapter)
    assert re.fullmatch(r"E\d+(, E\d+)*", printed.erratum)


@pytest.mark.parametrize("entry", claims.LEDGER.values(), ids=named)
def test_texts_are_whole(entry: Claim | PrintedForm) -> None:
    texts = {"title": entry.title, "statement": entry.statement}
    texts |= {f"hypothesis {i}": hypothesis.says for i, hypothesis in enumerate(entry.hypotheses)}
    if isinstance(entry, Claim):
        texts |= {"note": entry.note or "-", "on_paper": entry.on_paper or "-"}
        findings = (*entry.identities, *entry.certificates, *entry.refutations)
        texts |= {f"{type(one).__name__} {i}": one.says for i, one in enumerate(findings)}
    assert [name for name, text in texts.items() if not text.strip()] == []
    assert [name for name, text in texts.items() if text.count("$") % 2] == []
    says = [hypothesis.says for hypothesis in entry.hypotheses]
    assert len(set(says)) == len(says), "a refutation names the hypothesis that it violates"


def test_an_unknown_id_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match=r"no claim has the id 'lemma-1000'; the ids are .*lemma-4"):
        claims.get("lemma-1000")
    with pytest.raises(ValueError, match="no claim has the id"):
        claims.used_by("lemma-1000")


# ----------------------------------------------------------------------------------------------------------- mutations


@dataclass(frozen=True)
class Mutation:
    """One thing changed in one file of samlib, and the claims of which one must notice."""

    file: str
    old: str
    new: str
    ids: tuple[str, ...]


ONE_STEP = ("lemma-5-2", "lemma-5-3", "lemma-5-4")
"""Claims about a single step; quick, and together they use every constant but the amplitude."""

MUTATIONS = (
    Mutation("constants.py", "lam * lam / (1 - eta * lam)", "lam / (1 - eta * lam)", ONE_STEP),
    Mutation("constants.py", "lam * lam / (1 - eta * lam)", "lam * lam / (1 + eta * lam)", ONE_STEP),
    Mutation("constants.py", "lam * lam / (1 - eta * lam)", "lam * lam / (2 - eta * lam)", ONE_STEP),
    Mutation("constants.py", "lam * lam / (2 - eta * lam)", "lam * lam / (1 - eta * lam)", ONE_STEP),
    Mutation("constants.py", "lam * lam / (2 - eta * lam)", "lam / (2 - eta * lam)", ONE_STEP),
    Mutation("constants.py", "lam * lam / (2 - eta * lam)", "lam * lam / (2 + eta * lam)", ONE_STEP),
    Mutation("constants.py", "lam * lam / (2 - eta * lam)", "lam * lam / (2 - lam)", ONE_STEP),
    Mutation("constants.py", "(lam_1 * lam_1 + lam_i * lam_i)", "(lam_1 * lam_1 - lam_i * lam_i)", ONE_STEP),
    Mutation("constants.py", "(lam_1 * lam_1 + lam_i * lam_i)", "(lam_1 * lam_1 + lam_i)", ONE_STEP),
    Mutation("constants.py", "(2 - eta * lam_1 - eta * lam_i)", "(2 - eta * lam_1 + eta * lam_i)", ONE_STEP),
    Mutation("constants.py", "(2 - eta * lam_1 - eta * lam_i)", "(1 - eta * lam_1 - eta * lam_i)", ONE_STEP),
    Mutation("constants.py", "return eta * rho * lam_1 * lam_1\n", "return eta * rho * lam_1\n", ONE_STEP),
    Mutation("constants.py", "return eta * rho * lam_1 * lam_1\n", "return rho * lam_1 * lam_1\n", ONE_STEP),
    Mutation("constants.py", "return eta * rho * lam_1 * lam_1\n", "return 0.9 * eta * rho * lam_1**2\n", ONE_STEP),
    Mutation("constants.py", "- eta * rho * lam * lam / length", "+ eta * rho * lam * lam / length", ONE_STEP),
    Mutation("constants.py", "- eta * rho * lam * lam / length", "- eta * rho * lam / length", ONE_STEP),
    Mutation("constants.py", "1 - eta * lam - eta", "1 - 2 * eta * lam - eta", ONE_STEP),
    Mutation("constants.py", "lam_1 / (2 - eta * lam_1)\n", "lam_1 / (1 - eta * lam_1)\n", ("eq-14",)),
    Mutation("bounds.py", "return math.ceil(time_to_ball(", "return math.floor(time_to_ball(", ("lemma-6",)),
    Mutation("bounds.py", "- math.log(theory.b)) / _bottom", "+ math.log(theory.b)) / _bottom", ("lemma-6",)),
    Mutation("bounds.py", "2 * steps * (math.log(2) + math", "steps * (math.log(2) + math", ("lemma-6",)),
    Mutation("bounds.py", "/ (2 - _bottom(theory))", "/ (1 - _bottom(theory))", ("lemma-7",)),
    Mutation("claims/_quadratics.py", "v + rho * eigenvalues * v", "v - rho * eigenvalues * v", ONE_STEP),
    Mutation("claims/_quadratics.py", "rho * eigenvalues * v / np.linalg", "rho * v / np.linalg", ONE_STEP),
    Mutation("claims/_quadratics.py", "return rho * gradient", "return -rho * gradient", ("linearised-maximiser",)),
    Mutation("constants.py", "lam_1 / (2 - eta * lam_1)\n", "lam_1 / (2 + eta * lam_1)\n", ("scalar-bounce",)),
    Mutation("claims/section_1.py", "- eta * lam * (w + rho)", "- eta * lam * (w - rho)", ("scalar-bounce",)),
    Mutation("claims/section_4_3.py", "v_other @ ascent(v, 1.0)", "v_other @ ascent(v, 2.0)", ("bregman-gap",)),
    Mutation("claims/section_5.py", "drifted = rate * 2 * eta", "drifted = rate * eta", ("theorem-21",)),
    Mutation("claims/section_5.py", "** 3 * rho * b4 / 6", "** 3 * rho * b4 / 24", ("theorem-21",)),
    Mutation("claims/section_5.py", "+ 4 * b4 / (3 * top)", "+ b4 / (3 * top)", ("drift-corollary",)),
    Mutation("claims/section_5.py", "return 2 * c * b3 *", "return c * b3 *", ("drift-corollary",)),
    Mutation("drift.py", "return 2 * eta * rho * rho", "return eta * rho * rho", ("eq-16",)),
    Mutation("drift.py", "rho * rho / (2 - eta * top) ** 2", "rho * rho / (2 - eta * top)", ("eq-16",)),
    Mutation("drift.py", "/ (2 * step))", "/ step)", ("sharpness-gradient",)),
    Mutation("claims/_bounce_step.py", "2 * rho / (2 - eta * top)", "2 * rho / (2 + eta * top)", ("eq-15",)),
    Mutation("claims/section_5_proof.py", "sixth * eta * reach**3 * b4", "sixth * eta * rho**3 * b4", ("eq-16",)),
    Mutation("claims/section_5_proof.py", "rho**2 * b3 / (2 - eta * top)\n", "rho**2 * b3 / 2\n", ("eq-18",)),
    Mutation("claims/section_5_window.py", "t**3 + x * t * t / 2", "t**3 - x * t * t / 2", ("drift-window",)),
    Mutation("claims/section_5_window.py", "side * eta * top / 2", "side * eta * top", ("drift-window",)),
    Mutation("claims/section_5_window.py", "(1 - x * c) ** 2 + minus", "(1 + x * c) ** 2 + minus", ("drift-window",)),
    Mutation("claims/section_6.py", "(far * far - 1) * (eta +", "(far - 1) * (eta +", ("origin-bounce",)),
    Mutation("claims/section_6.py", "(1 - eta * eta * far", "(1 + eta * eta * far", ("origin-bounce",)),
    Mutation("claims/section_6.py", "limits or (1 - eta", "limits or (1 - eta * eta", ("origin-bounce",)),
    Mutation("claims/section_6.py", "rho * math.cos(angle) - 1 -", "rho * math.cos(angle) + 1 -", ("ravine-cycle",)),
    Mutation("drift.py", "(1 - (eta / m) ** 2) * m", "(1 - eta / m) * m", ("ravine-cycle",)),
    Mutation("drift.py", "np.sin(angle)) ** 2 / 2)", "np.sin(angle)) ** 2)", ("ravine-cycle",)),
    Mutation("drift.py", "identity - np.outer(unit, unit)", "identity + np.outer(unit, unit)", ("origin-bounce",)),
    Mutation("drift.py", "@ (identity + turn)", "@ (identity - turn)", ("origin-bounce",)),
    Mutation("claims/section_7.py", "lam * lam / (2 * (1 + m", "lam * lam / (2 * (1 - m", ("heavy-ball",)),
    Mutation("claims/section_7.py", "- k * k * (2 * (1 + m) - x)", "- k * (2 * (1 + m) - x)", ("heavy-ball",)),
    Mutation("claims/section_7.py", "+ momentum / (2 * eta", "+ momentum / (eta", ("heavy-ball-energy",)),
    Mutation("claims/section_7.py", "x * rho * (2 * momentum - x)", "x * rho * (momentum - x)", ("four-cycle",)),
    Mutation("claims/section_7.py", "weights**power * eigenvalues**2", "weights**power * eigenvalues", ("ellipsoid",)),
    Mutation("claims/section_7.py", "lam * (1 + rho * lam)\n", "lam * (1 - rho * lam)\n", ("un-normalised",)),
    Mutation("claims/section_7.py", "w - times * rho * unit", "w + times * rho * unit", ("shifted-descent",)),
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of samlib, to be put before the real one on Python's path."""
    folder = tmp_path_factory.mktemp("mutated")
    shutil.copytree(ROOT / "samlib", folder / "samlib", ignore=shutil.ignore_patterns("live", "__pycache__"))
    return folder


DRIVER = """
import sys
from samlib.claims import _pool
sys.exit(0 if all(report.passed for report in _pool.check(sys.argv[1:], samples=60)) else 3)
"""
"""Stops at the first claim that fails, with a status that no crash has."""


def check(copy: Path, ids: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    # No compiled files: two versions of a source may have the same date and size.
    environment = {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "PATH": ""}
    command = [sys.executable, "-c", DRIVER, *ids]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


def test_the_copy_passes_as_it_is(copy: Path) -> None:
    done = check(copy, tuple(dict.fromkeys(name for mutation in MUTATIONS for name in mutation.ids)))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"{mutation.file}: {mutation.new.strip()}")
def test_a_formula_with_one_thing_changed_is_caught(copy: Path, mutation: Mutation) -> None:
    file = copy / "samlib" / mutation.file
    source = file.read_text(encoding="utf-8")
    assert source.count(mutation.old) == 1, "the source has changed: write the mutation anew"
    file.write_text(source.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        done = check(copy, mutation.ids)
    finally:
        file.write_text(source, encoding="utf-8")
    assert done.returncode == 3, f"not noticed: {done.stderr}"
