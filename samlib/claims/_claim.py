"""What a claim is, and what it means to check one.

A *claim* is one numbered item of the paper (or one of the book's own). It carries its hypotheses and its conclusion as
functions, the evidence for it, and refutations that show that the check can fail:

* an `Identity` is proved by SymPy: left minus right side reduces to 0;
* a `Certificate` is proved by Z3 over all real numbers: hypotheses and not the conclusion cannot hold together;
* a probe is a sample: the claim's own `instances`, with adversarial edges, and the worst margin met;
* a `Refutation` is an instance outside one hypothesis, or a formula with one thing changed, where the conclusion fails.

A *printed form* is a formula of the paper that is false as printed; it carries a counterexample and names its
correction.

An instance is a dictionary of named values, and every function of a claim takes them as keywords; one that does not
need them all ends its parameters with `**_`.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
import z3

from samlib._validation import count

__all__ = [
    "Certificate",
    "Claim",
    "Disproof",
    "Finding",
    "Hypothesis",
    "Identity",
    "Instance",
    "PrintedForm",
    "Refutation",
    "Report",
    "Variation",
    "equal",
    "iff",
    "strictly",
]

Instance = Mapping[str, Any]

# Z3 decides every certificate of the book in well under a second; one that does not end is a failure, not a wait. The
# limit counts Z3's own steps, some five million a second, so that a busy machine comes to the same verdict.
_Z3_STEPS = 30_000_000


@dataclass(frozen=True)
class Hypothesis:
    """One assumption of a statement.

    Attributes
    ----------
    says : str
        The assumption in Markdown with TeX, such as "$0 < \\eta\\lambda_1 < 1/2$".
    holds : callable
        Of the values of an instance, by keyword: whether it satisfies the assumption.
    """

    says: str
    holds: Callable[..., bool]


@dataclass(frozen=True)
class Identity:
    """An equation that SymPy proves: the difference of its sides reduces to exactly 0.

    Attributes
    ----------
    says : str
        The equation in Markdown with TeX.
    difference : callable
        () → expression or matrix, left minus right side with symbols for everything.
    control : callable
        The same with one thing wrong in it; it must not reduce to 0, or the proof would prove anything.
    """

    says: str
    difference: Callable[[], Any]
    control: Callable[[], Any]

    def check(self) -> "Finding":
        """Reduce the difference and the control."""
        began = time.perf_counter()
        proved, fooled = _vanishes(self.difference()), _vanishes(self.control())
        detail = "reduces to 0" if proved else "does not reduce to 0"
        if fooled:
            detail = "so does the control, a wrong equation"
        return Finding("identity", self.says, proved and not fooled, detail, time.perf_counter() - began)


Conditions = Callable[..., Sequence[Any]]


@dataclass(frozen=True)
class Variation:
    """A certificate with one thing changed, which must have a counterexample.

    Attributes
    ----------
    says : str
        What is changed, in Markdown with TeX.
    hypotheses, conclusion : callable or None
        The changed part; None keeps the certificate's own.
    """

    says: str
    hypotheses: Conditions | None = None
    conclusion: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Certificate:
    """An implication that Z3 proves for all real numbers.

    Z3 is asked three things: that the hypotheses can hold (else the implication is empty), that they cannot hold
    together with the negation of the conclusion (the proof), and that the control can (else the proof proves anything).

    Attributes
    ----------
    says : str
        The implication in Markdown with TeX.
    variables : str
        Names of the real variables, separated by spaces.
    hypotheses : callable
        Of the variables, by keyword → list of conditions. Written with arithmetic and comparisons alone, so that it
        takes floats as well as Z3's reals.
    conclusion : callable
        Of the variables → one condition; `z3.And`, `z3.Or`, `z3.Implies` and == between conditions are allowed.
    control : Variation
        The same with a hypothesis left out or a formula changed: it must fail.
    """

    says: str
    variables: str
    hypotheses: Conditions
    conclusion: Callable[..., Any]
    control: Variation

    def check(self) -> "Finding":
        """Ask Z3."""
        began = time.perf_counter()
        reals = {name: z3.Real(name) for name in self.variables.split()}
        hypotheses = list(self.hypotheses(**reals))
        conclusion = self.conclusion(**reals)
        changed = self.control
        control = list(hypotheses if changed.hypotheses is None else changed.hypotheses(**reals))
        control.append(z3.Not(conclusion if changed.conclusion is None else changed.conclusion(**reals)))
        answers = [
            ("the hypotheses can hold", _solve(hypotheses), z3.sat),
            ("no counterexample exists", _solve([*hypotheses, z3.Not(conclusion)]), z3.unsat),
            ("the control has a counterexample", _solve(control), z3.sat),
        ]
        wrong = [f"not shown that {what} (Z3: {answer})" for what, answer, wanted in answers if answer != wanted]
        detail = "; ".join(wrong) or "no counterexample exists"
        return Finding("certificate", self.says, not wrong, detail, time.perf_counter() - began)


@dataclass(frozen=True)
class Refutation:
    """An instance at which the conclusion fails, because one thing is changed.

    Attributes
    ----------
    says : str
        What is changed and what happens, in Markdown with TeX.
    instance : mapping
        The values.
    without : str or None
        The hypothesis that the instance violates, by its `says`; it must satisfy all others. None where the formula is
        changed instead, and the instance satisfies all hypotheses.
    margin : callable or None
        The changed margin, where the formula is changed; None keeps the claim's.
    """

    says: str
    instance: Instance
    without: str | None = None
    margin: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    Attributes
    ----------
    kind : str
        "identity", "certificate", "probe", "refutation" or "counterexample".
    says : str
        What was checked.
    passed : bool
    detail : str
        The outcome in a few words.
    seconds : float
    margin : float or None
        The worst margin met, where instances were evaluated.
    """

    kind: str
    says: str
    passed: bool
    detail: str
    seconds: float
    margin: float | None = None


@dataclass(frozen=True)
class Report:
    """All findings about one claim or printed form."""

    id: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether every check came out as it should."""
        return all(finding.passed for finding in self.findings)

    @property
    def seconds(self) -> float:
        """Time of all checks together."""
        return sum(finding.seconds for finding in self.findings)

    def of_kind(self, kind: str) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind == kind)

    @property
    def worst_margin(self) -> float | None:
        """The least margin of the probe; None for a printed form, whose only instance is its counterexample."""
        margins = [finding.margin for finding in self.of_kind("probe") if finding.margin is not None]
        return min(margins, default=None)


@dataclass(frozen=True)
class Claim:
    """A statement with its evidence.

    Attributes
    ----------
    id : str
        The label of its box (or equation) in the chapter: "lemma-5-2", "prop-8", "eq-3".
    title : str
        A few words: "When a coordinate shrinks".
    section : str
        The paper's section: "4.1". "ours" where the book goes past the paper.
    chapter : str
        The page that states it, relative to `chapters/`, without suffix: "04-proof/1-properties".
    statement : str
        The statement, complete and exact, in Markdown with TeX.
    hypotheses : tuple of Hypothesis
    margin : callable
        Of the values of an instance → number or array, ≥ 0 where the conclusion holds: a dimensionless distance from
        failing (see `equal` and `iff` for equations and equivalences).
    instances : callable
        (generator, n) → iterable of about n instances that satisfy the hypotheses, adversarial edges among them.
    refutations : tuple of Refutation
        At least one.
    identities, certificates : tuple
    on_paper : str
        What no machine has proved and the chapter proves by hand, in Markdown; "" where nothing is left.
    depends_on : tuple of str
        The claims that its proof uses.
    note : str
        How the print differs from the statement, where it is loose, conditional or misprinted; "" where it does not.
    ours : bool
        Whether the statement goes past the paper.
    tolerance : float
        Rounding allowed in the margin.
    """

    id: str
    title: str
    section: str
    chapter: str
    statement: str
    hypotheses: tuple[Hypothesis, ...]
    margin: Callable[..., Any]
    instances: Callable[[np.random.Generator, int], Iterable[Instance]]
    refutations: tuple[Refutation, ...]
    identities: tuple[Identity, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    on_paper: str = ""
    depends_on: tuple[str, ...] = ()
    note: str = ""
    ours: bool = False
    tolerance: float = 1e-9

    def applies(self, **instance: Any) -> bool:
        """Whether an instance satisfies all hypotheses."""
        return all(hypothesis.holds(**instance) for hypothesis in self.hypotheses)

    def probe(self, samples: int = 1000, seed: int = 0) -> Finding:
        """Evaluate the margin on about `samples` instances.

        Raises
        ------
        ValueError
            If `samples` is not a whole number ≥ 1 or `seed` one ≥ 0.
        """
        began = time.perf_counter()
        samples, seed = count("samples", samples, low=1), count("seed", seed)
        tested, worst, worst_instance = 0, np.inf, None
        for instance in self.instances(np.random.default_rng(seed), samples):
            if not self.applies(**instance):
                continue
            tested += 1
            margin = _lowest(self.margin(**instance))
            if not (np.isnan(worst) or margin >= worst):  # NaN counts as the worst
                worst, worst_instance = margin, instance
        enough = 2 * tested >= samples
        passed = enough and worst >= -self.tolerance
        detail = f"{tested} instances, worst margin {worst:.3g}"
        if not enough:
            detail = f"only {tested} of {samples} instances satisfy the hypotheses"
        elif not passed:
            detail += f" at {worst_instance}"
        return Finding("probe", f"{tested} instances", passed, detail, time.perf_counter() - began, float(worst))

    def refute(self, refutation: Refutation) -> Finding:
        """Check that the conclusion fails at a refutation, and that nothing else is amiss there."""
        began = time.perf_counter()
        violated = [h.says for h in self.hypotheses if not h.holds(**refutation.instance)]
        wanted = [] if refutation.without is None else [refutation.without]
        margin = _lowest((refutation.margin or self.margin)(**refutation.instance))
        fails = margin < -self.tolerance
        detail = f"margin {margin:.3g}"
        if violated != wanted:
            detail = f"violates {violated}, expected {wanted}"
        elif not fails:
            detail = f"the conclusion holds, margin {margin:.3g}"
        passed = violated == wanted and fails
        return Finding("refutation", refutation.says, passed, detail, time.perf_counter() - began, margin)

    def check(self, samples: int = 1000, seed: int = 0) -> Report:
        """All evidence and all refutations; about `samples` instances are drawn with `seed`."""
        findings = [identity.check() for identity in self.identities]
        findings += [certificate.check() for certificate in self.certificates]
        findings.append(self.probe(samples, seed))
        findings += [self.refute(refutation) for refutation in self.refutations]
        return Report(self.id, tuple(findings))


@dataclass(frozen=True)
class Disproof:
    """An implication for which Z3 finds real numbers that satisfy the hypotheses and not the conclusion.

    Attributes are those of `Certificate`.
    """

    says: str
    variables: str
    hypotheses: Conditions
    conclusion: Callable[..., Any]

    def check(self) -> Finding:
        """Ask Z3."""
        began = time.perf_counter()
        reals = {name: z3.Real(name) for name in self.variables.split()}
        answer = _solve([*self.hypotheses(**reals), z3.Not(self.conclusion(**reals))])
        detail = "a counterexample exists" if answer == z3.sat else f"no counterexample shown (Z3: {answer})"
        return Finding("certificate", self.says, answer == z3.sat, detail, time.perf_counter() - began)


@dataclass(frozen=True)
class PrintedForm:
    """A formula that is false as printed.

    Attributes
    ----------
    id : str
        The corrected claim's id with "-printed".
    title, section, chapter : str
        As in `Claim`.
    erratum : str
        The entry on the errata page: "E5".
    statement : str
        What is printed, in our words, in Markdown with TeX.
    corrected : str
        The claim that replaces it.
    hypotheses : tuple of Hypothesis
        The assumptions as printed.
    margin : callable
        As in `Claim`, of the printed conclusion.
    counterexample : mapping
        An instance that satisfies the hypotheses and where the margin is negative.
    disproofs : tuple of Disproof
        Printed implications for which Z3 finds a counterexample of its own.
    tolerance : float
        The margin must be below minus this.
    """

    id: str
    title: str
    section: str
    chapter: str
    erratum: str
    statement: str
    corrected: str
    hypotheses: tuple[Hypothesis, ...]
    margin: Callable[..., Any]
    counterexample: Instance
    disproofs: tuple[Disproof, ...] = ()
    tolerance: float = 1e-9

    @property
    def depends_on(self) -> tuple[str, ...]:
        """Nothing: a false form supports nothing and needs nothing."""
        return ()

    def applies(self, **instance: Any) -> bool:
        """Whether an instance satisfies all printed hypotheses."""
        return all(hypothesis.holds(**instance) for hypothesis in self.hypotheses)

    def check(self, samples: int = 1000, seed: int = 0) -> Report:
        """Whether the printed form still fails at its counterexample; `samples` and `seed` are not used."""
        began = time.perf_counter()
        violated = [h.says for h in self.hypotheses if not h.holds(**self.counterexample)]
        margin = _lowest(self.margin(**self.counterexample))
        fails = margin < -self.tolerance
        detail = f"fails by {-margin:.3g}" if fails else f"holds, margin {margin:.3g}"
        if violated:
            detail = f"the counterexample violates {violated}"
        seconds = time.perf_counter() - began
        counterexample = Finding("counterexample", self.statement, fails and not violated, detail, seconds, margin)
        return Report(self.id, (counterexample, *(disproof.check() for disproof in self.disproofs)))


def equal(left: Any, right: Any, scale: Any = None) -> float:
    """The margin of an equation: minus the largest |left - right|, relative to `scale` (by default the larger side).

    It is 0 at best; a claim's tolerance says how far below counts as equal.
    """
    left, right = np.broadcast_arrays(np.asarray(left, dtype=float), np.asarray(right, dtype=float))
    size = np.maximum(np.abs(left), np.abs(right)).max(initial=0.0) if scale is None else np.asarray(scale, dtype=float)
    difference = np.abs(left - right)
    relative = np.divide(difference, size, out=np.zeros_like(difference), where=difference > 0)
    return -float(relative.max(initial=0.0))


def iff(left: Any, right: Any) -> float:
    """The margin of "left > 0 if and only if right > 0": positive where the signs agree, by the nearer of the two."""
    left, right = np.broadcast_arrays(np.asarray(left, dtype=float), np.asarray(right, dtype=float))
    nearer = np.minimum(np.abs(left), np.abs(right))
    return float(np.where((left > 0) == (right > 0), nearer, -nearer).min(initial=np.inf))


def strictly(value: float) -> float:
    """The margin of "value > 0": an equality fails by 1."""
    return value if value > 0 else value - 1


def _lowest(margin: Any) -> float:
    """The least entry of a margin; NaN where one is NaN, inf where there is none."""
    values = np.asarray(margin, dtype=float)
    return float(values.min(initial=np.inf))


def _vanishes(expression: Any) -> bool:
    """Whether an expression or every entry of a matrix reduces to exactly 0."""
    entries = list(expression) if isinstance(expression, sp.MatrixBase) else [sp.sympify(expression)]
    return not any(map(_differs_somewhere, entries)) and all(sp.simplify(entry) == 0 for entry in entries)


def _differs_somewhere(expression: sp.Expr) -> bool:
    """Whether an expression is plainly not 0 at one point: simplifying what is not 0 would take SymPy long."""
    symbols = sorted(expression.free_symbols, key=str)
    point = {symbol: sp.Rational(1, sp.prime(i)) for i, symbol in enumerate(symbols, start=2)}
    value = expression.subs(point).evalf(30)
    return bool(value.is_number and value.is_finite and abs(value) > sp.Float("1e-15"))


def _solve(conditions: Sequence[Any]) -> z3.CheckSatResult:
    solver = z3.SolverFor("QF_NRA")
    solver.set("rlimit", _Z3_STEPS)
    solver.add(*conditions)
    return solver.check()
