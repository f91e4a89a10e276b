"""A check that cannot fail proves nothing: each part of the engine is shown something false and must notice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp
import z3

from samlib.claims import Certificate, Claim, Disproof, Hypothesis, Identity, PrintedForm, Refutation, Variation
from samlib.claims._claim import equal, iff

X, Y = sp.symbols("x y", positive=True)
POSITIVE = Hypothesis("$x>0$", lambda x, **_: bool(x > 0))
BELOW_ONE = Hypothesis("$x<1$", lambda x, **_: bool(x < 1))

SQUARE = Claim(
    id="lemma-99",
    title="Squares are smaller",
    section="9",
    chapter="nowhere",
    statement="If $0<x<1$ then $x^2<x$.",
    hypotheses=(POSITIVE, BELOW_ONE),
    margin=lambda x: x - x * x,
    instances=lambda rng, n: ({"x": x} for x in rng.uniform(0, 1, n)),
    refutations=(Refutation("without $x<1$", {"x": 2.0}, without=BELOW_ONE.says),),
    identities=(Identity("$x-x^2=x(1-x)$", lambda: X - X**2 - X * (1 - X), lambda: X - X**2 - X * (1 + X)),),
    certificates=(
        Certificate(
            "the inequality",
            "x",
            lambda x: [x > 0, x < 1],
            lambda x: x * x < x,
            Variation("without $x<1$", hypotheses=lambda x: [x > 0]),
        ),
    ),
)
CUBE = PrintedForm(
    id="lemma-99-printed",
    title="Squares are smaller",
    section="9",
    chapter="nowhere",
    erratum="E99",
    statement="If $x>0$ then $x^2<x$.",
    corrected="lemma-99",
    hypotheses=(POSITIVE,),
    margin=lambda x: x - x * x,
    counterexample={"x": 2.0},
    disproofs=(Disproof("the inequality", "x", lambda x: [x > 0], lambda x: x * x < x),),
)


def test_what_is_true_passes_with_all_its_evidence() -> None:
    report = SQUARE.check(samples=50)
    assert report.passed
    assert [finding.kind for finding in report.findings] == ["identity", "certificate", "probe", "refutation"]
    assert 0 <= report.worst_margin < 0.1
    assert CUBE.check().passed
    assert CUBE.check().worst_margin is None


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"margin": lambda x: x - x * x - 0.2}, "probe", "worst margin"),
        ({"margin": lambda x: np.nan if 0.4 < x < 0.6 else x - x * x}, "probe", "nan"),
        ({"margin": lambda x: [x - x * x, np.nan if 0.4 < x < 0.6 else 0.0]}, "probe", "nan"),
        ({"instances": lambda rng, n: ({"x": x} for x in rng.uniform(0.9, 2, n))}, "probe", "satisfy the hypotheses"),
        ({"instances": lambda rng, n: iter(())}, "probe", "only 0 of 50"),
        ({"refutations": (Refutation("", {"x": 0.5}),)}, "refutation", "the conclusion holds"),
        ({"refutations": (Refutation("", {"x": 2.0}),)}, "refutation", "violates"),
        ({"refutations": (Refutation("", {"x": 0.5}, without="$x<1$"),)}, "refutation", "violates []"),
        ({"refutations": (Refutation("", {"x": -2.0}, without="$x<1$"),)}, "refutation", "violates"),
        ({"refutations": (Refutation("", {"x": 0.5}, margin=lambda x: np.nan),)}, "refutation", "nan"),
    ],
)
def test_what_is_wrong_with_a_claim_is_found(change: dict[str, Any], kind: str, says: str) -> None:
    report = replace(SQUARE, **change).check(samples=50)
    failed = [finding for finding in report.findings if not finding.passed]
    assert [finding.kind for finding in failed] == [kind]
    assert says in failed[0].detail
    assert not report.passed


def test_a_refutation_by_a_changed_formula_keeps_all_hypotheses() -> None:
    changed = Refutation("$x^2<x/2$", {"x": 0.75}, margin=lambda x: x / 2 - x * x)
    assert SQUARE.refute(changed).passed
    assert not SQUARE.refute(replace(changed, instance={"x": 1.5})).passed


@pytest.mark.parametrize(
    ("difference", "control", "says"),
    [
        (lambda: X - Y, lambda: X, "does not reduce"),
        (lambda: sp.S.Zero, lambda: (X + Y) ** 2 - X**2 - 2 * X * Y - Y**2, "so does the control"),
        (lambda: sp.Matrix([0, X**2 - X]), lambda: X, "does not reduce"),
        (lambda: sp.Matrix([0, X - X]), lambda: sp.Matrix([0, sp.sqrt(X**2) - X]), "so does the control"),
    ],
)
def test_a_wrong_equation_and_a_control_that_holds_are_found(
    difference: Callable[[], Any], control: Callable[[], Any], says: str
) -> None:
    finding = Identity("", difference, control).check()
    assert not finding.passed
    assert says in finding.detail


def test_an_identity_may_need_more_than_expanding() -> None:
    def difference(sign: int = 1) -> sp.Expr:
        return 1 / (sp.sqrt(X) - 1) - 1 / (sp.sqrt(X) + sign) - 2 / (X - 1)

    assert Identity("", difference, lambda: difference(-1)).check().passed


@pytest.mark.parametrize(
    ("hypotheses", "conclusion", "control", "says"),
    [
        (lambda x: [x > 0], lambda x: x * x < x, Variation(""), "no counterexample exists"),
        (lambda x: [x > 0, x < 0], lambda x: x > 5, Variation("", hypotheses=lambda x: []), "hypotheses can hold"),
        (lambda x: [x > 0], lambda x: x * x > 0, Variation("", conclusion=lambda x: x * x * x > 0), "control"),
    ],
)
def test_an_empty_or_false_implication_and_a_control_that_holds_are_found(
    hypotheses: Callable[..., Any], conclusion: Callable[..., Any], control: Variation, says: str
) -> None:
    finding = Certificate("", "x", hypotheses, conclusion, control).check()
    assert not finding.passed
    assert says in finding.detail


def test_what_z3_leaves_undecided_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(z3.Solver, "check", lambda self: z3.unknown)
    finding = SQUARE.certificates[0].check()
    assert not finding.passed
    assert finding.detail.count("unknown") == 3
    assert not CUBE.disproofs[0].check().passed


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"counterexample": {"x": 0.5}}, "counterexample", "holds"),
        ({"counterexample": {"x": -2.0}}, "counterexample", "violates"),
        ({"disproofs": (Disproof("", "x", lambda x: [x > 0], lambda x: x + 1 > x),)}, "certificate", "unsat"),
    ],
)
def test_a_printed_form_that_does_not_fail_is_found(change: dict[str, Any], kind: str, says: str) -> None:
    report = replace(CUBE, **change).check()
    failed = [finding for finding in report.findings if not finding.passed]
    assert [finding.kind for finding in failed] == [kind]
    assert says in failed[0].detail


@pytest.mark.parametrize(("samples", "seed"), [(0, 0), (1.5, 0), (True, 0), (10, -1)])
def test_a_probe_of_no_instances_is_refused(samples: Any, seed: Any) -> None:
    with pytest.raises(ValueError, match="whole number"):
        SQUARE.probe(samples, seed)


def test_the_margin_of_an_equation_is_the_relative_error() -> None:
    assert equal(3.0, 3.0) == 0
    assert equal(0.0, 0.0) == 0
    assert equal([1.0, 2.0], [1.0, 2.5]) == pytest.approx(-0.2)
    assert equal([1e-9, 1.0], [0.0, 1.0]) == pytest.approx(-1e-9)
    assert equal(1.0, 1.5, scale=10.0) == pytest.approx(-0.05)


def test_the_margin_of_an_equivalence_is_negative_where_one_side_holds_alone() -> None:
    assert iff(0.5, 2.0) == 0.5
    assert iff(-0.5, -0.25) == 0.25
    assert iff([1.0, 0.5], [1.0, -3.0]) == -0.5
    assert iff(0.0, -1.0) == 0.0
    assert iff([], []) == np.inf
