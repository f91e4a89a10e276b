"""For each part of each exercise: right answers in several forms, and the most tempting wrong ones.

Formulas are listed by one right text alone: the tests make the other forms of it, and the tempting mistakes are those
that the exercise itself knows how to explain (`MORE_WRONG` adds to them). Choices explain their wrong options
themselves.
"""

from typing import Any

import numpy as np
import sympy as sp

import samlib
from samlib import claims, constants, drift
from tests.check import cases_project

S = sp.symbols("eta rho lambda_1 g x z eps mu", positive=True)
ETA, RHO, LAM1, G, X, Z, EPS, MU = S


def dropped(H, w, rho):
    g = H @ w
    n = np.linalg.norm(g)
    return rho**2 / n**2 * H @ (np.eye(len(g)) - np.outer(g, g) / n**2) @ H @ g


def dropped_in_words(hessian, point, radius):
    g = hessian @ point
    turned = radius / np.linalg.norm(g) * hessian @ g
    along = g * (g @ turned) / (g @ g)
    return [float(entry) for entry in radius / np.linalg.norm(g) * hessian @ (turned - along)]


def J(u, eta=0.2, rho=1.0, lam=(1.0, 0.5)):
    lam = np.array(lam)
    return ((2 - eta * lam) * u**2).sum() / (2 * eta * rho) - np.linalg.norm(lam * u)


def change(u, lam, eta, rho, gap=1.0, power=2, sign=-1.0):
    r, slope = np.linalg.norm(lam * u), 2 - eta * lam
    after = u - u * (slope - eta * rho * lam**2 / r)
    beta = eta * rho * lam**2 / slope
    parts = (lam * u**2 * (1 - beta / r) ** 2 * slope**power).sum() / (2 * rho)
    return sign * (parts + gap * (np.linalg.norm(lam * after) - (lam**2 * after * u).sum() / r))


def first(v, lam, eta, rho, sign=1, power=1, use_beta=False, side=True):
    x, b, s = eta * lam[0], eta * rho * lam[0] ** 2, np.sign(v[0]) if side else 1.0
    beta, gamma, delta = b / (2 - x), b / (1 - x), 1 - abs(v[0]) / np.linalg.norm(v)
    push = (beta if use_beta else gamma) * delta**power
    return sign * (1 - x) * (v[0] - s * beta + s * push) - s * beta


def certificate(conclusion="beta", narrow=False, control=True, names="l1 lam eta rho r"):
    def inside(l1, lam, eta, rho, r):
        ordered = [l1 >= lam, lam >= 0, l1 > 0, eta > 0, rho > 0]
        return [*ordered, eta * l1 < 2, r > 0, r <= constants.beta(l1, eta, rho)]

    def longer(l1, eta, **rest):
        return [*inside(l1, eta=eta, **rest), eta * l1 >= (1.5 if narrow else 1)]

    def stays(l1, lam, eta, rho, r):
        length = constants.next_factor(lam, eta, rho, r) * r
        if conclusion == "nothing":
            return length**2 >= 0
        return length**2 <= constants.beta(l1, eta, rho) ** 2

    variation = claims.Variation("for shorter steps too", hypotheses=inside if control else longer)
    return claims.Certificate("the ball of radius β₁ is not left", names, longer, stays, variation)


def ravine_hessian(height, factor=1.0):
    m = 1 + height**2 / 2
    return factor * 2 / m * np.outer([1, -height], [1, -height])


def visits(eps, x):
    return np.log(1 / eps) / (-2 * np.log(1 - x))


CYCLE = [float(drift.ravine_cycle(0.2, rho)[0, 1]) for rho in (0.801, 0.81, 0.9, 1.0)]
AMPLITUDES = [x / (2 - x) for x in (0.1, 0.5, 1.0, 1.5, 1.9)]
GAMMA = samlib.QuadraticSAM([1.0, 0.3], 0.7, 0.6).gamma
BETA_1, ALPHA_3 = 0.2 / 1.8, 0.2 * 1.25 / (2 - 0.3)
CUBE = [0.4 * lam / (2 - 0.4 * lam) for lam in (1.0, 0.5, 0.25)]
TIE = [1, 14 / 3, 20]

FORMULAS: dict[str, str] = {
    "1.1 sharpness": "lam*rho*abs(w) + lam*rho**2/2",
    "2.2 usam": "y + 2*eta*(1 - 2*rho)*y",
    "2.2 sam": "y + 2*eta*(y - rho*sign(y))",
    "3.1 length": "eta*rho*lam - (1 - eta*lam)*s",
    "3.4 multiplier": "eta*lam - 1 + eta*rho*lam**2/r",
    "4.1 gamma": "eta*rho*lam1**2/(1 - eta*lam1)",
    "4.1 gap": "eta*rho*lamd*(lamd*(2-eta*lam1)+eta*lam1**2)/((2-eta*lam1)*(2-eta*lam1-eta*lamd))",
    "4.4 alpha": "eta*rho*(lami**2 + lamj**2)/(2 - eta*(lami + lamj))",
    "4.5 radius": "eta*rho*lam1**2*max(1, 1/(2 - eta*lam1))",
    "4.7 patterns": "1 + d",
    "4.8 density": "(1 - eta*lam)**(-1)",
    "4.12 outside": "2*(1 - eta*lam)*r - 2*eta*rho*lam**2",
    "4.12 inside": "0",
    "4.17 end": "eta*rho*lam/(2 - eta*lam)*abs(w1)/sqrt(w1**2 + w2**2)",
    "4.23 power": "d",
    "5.1 B3": "2*abs(mu)/sqrt(3)",
    "5.1 B4": "0",
    "5.3 coefficient": "-4*eta*rho**2/(2 - eta*lam)**2",
    "6.2 x": "eta/(1 + m)",
    "7.1 distance": "rho",
    "7.2 step": "w*(1 - eta*lam*(1 + rho))",
    "7.2 radius": "2/(eta*lam) - 1",
    "7.4 rate": "-eta*dh/(2*(1-m))*(2*(1+m)*rho/(2*(1+m)-eta*h))**2",
}
"""Exercise and part → a right formula."""

MORE_WRONG: dict[str, list[tuple[Any, str]]] = {
    "4.12 inside": [("2*r", "too|gives"), ("r", "gives")],
    "5.1 B4": [("2/sqrt(3)*abs(mu)", "gives"), ("6*mu", "gives")],
}

RIGHT: dict[str, list[Any]] = {
    "1.2 dropped": [dropped, dropped_in_words, lambda h, w, r: dropped(h, w, r)[:, None]],
    "1.3 amplitudes": [AMPLITUDES, np.array(AMPLITUDES), np.array(AMPLITUDES)[:, None], [-a for a in AMPLITUDES]],
    "1.3 equal": [1.0, 1, "1", sp.Integer(1), np.array([1.0])],
    "1.4 start": [GAMMA.mean() * np.array([0.96, 0.28 / 0.3]), [-0.4, 0.2], (0.4, -0.2)],
    "1.4 edges": [[GAMMA[1], GAMMA[0]], GAMMA, (0.0478481, 1.4)],
    "2.1 edge": [
        "g/(2*rho)*(sqrt(1 + 8*rho/(eta*g)) - 1)",
        "4/(eta*(sqrt(1 + 8*rho/(eta*g)) + 1))",
        G / (2 * RHO) * (sp.sqrt(1 + 8 * RHO / (ETA * G)) - 1),
        lambda g, eta, rho: 4 / (eta * (1 + (1 + 8 * rho / (eta * g)) ** 0.5)),
    ],
    "2.1 small": [
        "sqrt(2*g/(eta*rho))",
        sp.sqrt(2 * G / (ETA * RHO)),
        "4/(eta*(sqrt(1 + 8*rho/(eta*g)) + 1))",
        lambda g, eta, rho: (2 * g / eta / rho) ** 0.5,
    ],
    "2.3 x": [4 - np.pi, "4 - pi", 4 - sp.pi, np.float32(4 - np.pi) + 0.0],
    "2.3 slope": [-np.sin(4 - np.pi), "-sin(4 - pi)", -0.75680],
    "3.2 loss": [1000, "1000", 1000.0, np.int64(999)],
    "3.2 potential": [0, 0.0, np.int64(0), "0"],
    "3.2 J": [
        J,
        samlib.QuadraticSAM([1.0, 0.5], 0.2, 1.0).potential,
        lambda u: J(u) + 7,
        lambda u: np.array([J(np.asarray(u))]),
    ],
    "3.3 factor": [-0.25 + 0.5, 0.25, -0.25, "1/4"],
    "3.3 fastest": [(5**0.5 - 1) / 2, 0.618, "(sqrt(5)-1)/2", (sp.sqrt(5) - 1) / 2],
    "4.2 eigenvalues": [[1, 1, 0], (1.0, 1.0, 0.0), np.array([1, 1, 0])],
    "4.2 lengths": [[1, 1, 0], (1.0, 1.0, 0.0), np.array([[1], [1], [0]])],
    "4.3 sign": [
        "1 + z**2 - (2 - x - x*z)",
        "(1+z**2)/(2-x-x*z) - 1",
        Z**2 + X * Z + X - 1,
        lambda x, z: 1.0 if 1 + z * z > 2 - x - x * z else -1.0,
    ],
    "4.6 certificate": [certificate(), certificate(names="r rho eta lam l1")],
    "4.7 length": [0.13, (BETA_1 + ALPHA_3) / 2, "0.12", np.float64(0.14)],
    "4.7 settles": [3.0, "1.5/(2-1.5)", 1.5 / 0.5],
    "4.10 exact": [0.2452, 0.245, np.float64(0.246)],
    "4.10 step": [6, 7.0, np.int64(6), "7"],
    "4.11 crossing": [3.2, "0.8/0.25", -3.2],
    "4.11 factor": [-6.8, 6.8, "34/5", sp.Rational(-34, 5)],
    "4.13 visits": [
        visits,
        "log(1/eps)/(2*log(1/(1-x)))",
        sp.log(EPS) / (2 * sp.log(1 - X)),
        lambda eps, x: max(0.0, np.ceil(visits(eps, x) - 0.5)),
    ],
    "4.14 supremum": [4, 4.0, "4", sp.Integer(4)],
    "4.14 edge": [2 - 3**0.5, "2 - sqrt(3)", 0.268, 2 - sp.sqrt(3)],
    "4.15 change": [
        change,
        lambda u, lam, eta, rho: np.array([change(u, lam, eta, rho)]),
        lambda u, lam, eta, rho: (
            J(-samlib.SAM(eta, rho).step(samlib.Quadratic(lam), u), eta, rho, lam) - J(u, eta, rho, lam)
        ),
    ],
    "4.16 factor": [48.2, -48.2, "0.8 - 25*(2-0.04)"],
    "4.18 factor": [6.8, -6.8, "4*(2-0.1) - 0.8", sp.Rational(34, 5)],
    "4.18 steps": [3.6, "log(1000)/log(6.8)", np.log(1000) / np.log(6.8)],
    "4.19 example": [[0.001, 0.2], (1e-3, 0.2), np.array([[0.002], [0.2]])],
    "4.20 supremum": [0.4196, sp.nsolve(MU**2 * (1 + MU) - sp.Rational(1, 4), 0.4), 0.42],
    "4.20 example": [[0.839, 0.4999], (0.838, 0.499), np.array([0.84, 0.4999])],
    "4.21 first": [
        first,
        lambda v, lam, eta, rho: lam[0] * samlib.SAM(eta, rho).step(samlib.Quadratic(lam), v / lam)[0],
        lambda v, lam, eta, rho: (1 - eta * lam[0] - eta * rho * lam[0] ** 2 / np.linalg.norm(v)) * v[0],
    ],
    "4.24 ratio": [0.25, 0.2, 1 / 4, "1/4"],
    "4.24 halving": [128, 2**7, "2**7", 128.0],
    "4.25 example": [[0.001, 0.4999], (1e-3, 0.49), np.array([0.002, 0.499])],
    "5.1 height": [
        "-eta/2*(2*rho/(2-eta*lam))**2*mu",
        "-eta*rho**2*mu/2",
        lambda eta, lam, mu, rho: -eta / 2 * (rho + eta * rho * lam / (2 - eta * lam)) ** 2 * mu,
        -2 * ETA * RHO**2 / (2 - ETA * sp.Symbol("lambda")) ** 2 * sp.Symbol("mu"),
    ],
    "5.2 kink": [-0.25, "-1/4", sp.Rational(-1, 4), np.array(-0.25)],
    "5.4 y": [],  # measured by the tests themselves
    "5.4 radius": [0.085, 0.05, "0.08"],
    "6.1 hessian": [
        ravine_hessian,
        lambda w2: ravine_hessian(w2).tolist(),
        lambda w2: samlib.FlatteningRavine().hessian([1 + w2**2 / 2, w2]),
    ],
    "6.3 exact": [CYCLE, np.array(CYCLE), [-c for c in CYCLE], np.array(CYCLE)[:, None]],
    "6.3 root": [
        "sqrt(2*(rho-1+eta)/((1+rho*(1-eta**2)/(2*eta))**2 + rho*((1-eta**2)/(2*eta))**2))",
        lambda eta, rho: float(drift.ravine_cycle(eta, rho)[0, 1]),
        sp.sqrt(
            2
            * (RHO - 1 + ETA)
            / ((1 + (1 - ETA) * (1 - ETA**2) / (2 * ETA)) ** 2 + (1 - ETA) * ((1 - ETA**2) / (2 * ETA)) ** 2)
        ),
    ],
    "6.4 threshold": [],  # measured by the tests themselves
    "6.5 sigma": [0.66, 0.665, "0.133/0.2", np.float64(0.65)],
    "7.3 amplitudes": [CUBE, np.array(CUBE), [-a for a in CUBE]],
    "7.5 start": [],  # found by the tests themselves
    "7.6 kappa": [0.9, 0.95, "0.9"],
    "7.7 second": [[1, 4.7, 1], (1, 14 / 3 + 0.1, 1e-3), np.array([1, 5.0, 4.0])],
    "7.7 third": [[1, 1, 20.5], (1, 4.0, 21), np.array([1, 0.1, 22.0])],
    "7.7 tie": [TIE, np.array(TIE), ["1", 2, 3][:0] or tuple(TIE), [sp.Integer(1), sp.Rational(14, 3), sp.Integer(20)]],
}
"""Exercise and part → right answers, for the book's parameters."""

WRONG: dict[str, list[tuple[Any, str]]] = {
    "1.2 dropped": [
        (lambda H, w, rho: rho**2 * H @ H @ H @ w / ((H @ w) @ (H @ w)), "projection is missing"),
        (lambda H, w, rho: H @ (w + rho * H @ w / np.linalg.norm(H @ w)), "that SAM keeps"),
        (lambda H, w, rho: dropped(H, w, rho) / rho, "powers of ρ"),
        (lambda H, w, rho: np.zeros(3), "numbers in a row|not the gradient"),
        (lambda H, w: 0, "TypeError"),
    ],
    "1.3 amplitudes": [
        ([x / 2 for x in (0.1, 0.5, 1.0, 1.5, 1.9)], "misses by"),
        ([x / (1 - x) if x < 1 else 1.0 for x in (0.1, 0.5, 1.0, 1.5, 1.9)], "misses by"),
        ([*AMPLITUDES[:4], AMPLITUDES[4] * 1.002], "400 steps come closer"),
        ([-1.0, 1.0, 1.0, 1.0, 1.0], "absolute values"),
        (AMPLITUDES[:4], "5 numbers"),
    ],
    "1.3 equal": [(2.0, "longer"), (0.5, "shorter"), (-1.0, "positive")],
    "1.4 start": [([0.001, 0.001], "too close"), ([5.0, 5.0], "too far"), ([0.5, 0.0], "axis")],
    "1.4 edges": [
        ([0.0329, 0.323], "not on the"),
        ([GAMMA[1] / 0.3, GAMMA[0]], "w for Λw"),
        ([0.0, 1.4], "positive"),
        ([GAMMA[1], 0.42], "outer edge"),
    ],
    "2.1 edge": [
        ("2/eta", "gradient descent"),
        ("-g/(2*rho)*(sqrt(1 + 8*rho/(eta*g)) + 1)", "other one"),
        ("g/(2*rho)*(sqrt(1 + 4*rho/(eta*g)) - 1)", "off 2"),
        ("g/rho*(sqrt(1 + 8*rho/(eta*g)) - 1)", "off 2"),
    ],
    "2.1 small": [("2/eta", "power"), ("sqrt(g/(eta*rho))", "power of .* is right"), ("2*g/(eta*rho)", "power")],
    "2.3 x": [(np.pi, "true stationary"), (0.5, "does not stop"), (4 - 3 * np.pi, "elsewhere")],
    "2.3 slope": [(np.sin(4 - np.pi), "sign"), (0.0, "perturbed point"), (np.cos(4 - np.pi), "not 0.65")],
    "3.2 loss": [(0, "no run"), (1001, "between 0 and 1000"), (500, "more than 500"), (0.5, "number of runs")],
    "3.2 potential": [(1000, "Lemma 10"), (3, "rounding"), (-1, "Lemma 10")],
    "3.2 J": [
        (lambda u: ((np.array([1.0, 0.5])) * u**2).sum() / 2, "this is the loss"),
        (lambda u: -J(u), "sign"),
        (lambda u: J(u) / 0.2, "look for a factor"),
        (lambda u: ((2 - 0.2 * np.array([1.0, 0.5])) * u**2).sum() / 0.4, "off by"),
    ],
    "3.3 factor": [(0.5, "gradient descent"), (0.75, "multiplied by"), (0.0, "multiplied by")],
    "3.3 fastest": [(0.5, "still multiplied"), (1.618, "between 0"), (0.75, "still multiplied")],
    "4.2 eigenvalues": [([0, 0, 0], "vₜ"), ([1, 2, 0], "b is"), ([1, 1, 1], "μ is")],
    "4.2 lengths": [([0, 0, 0], "vₜ"), ([1, 2, 0], "b is"), ([1, 1, 1], "μ is")],
    "4.3 sign": [
        ("2 - x - x*z - (1 + z**2)", "other way round"),
        ("z - (1 - 2*x)", "α₂ is"),
        ("1 + z**2 - (2 - x)", "α₂ is"),
        ("1", "α₂ is"),
    ],
    "4.6 certificate": [
        (certificate("nothing"), "outside the ball"),
        (certificate(narrow=True), "exclude a case"),
        (certificate(control=False), "control"),
        (True, "Certificate"),
    ],
    "4.7 length": [(0.05, "grows"), (0.2, "too large"), (-0.1, "positive")],
    "4.7 settles": [(1.5, "not at rest"), (0.75, "not at rest"), (1.0, "not at rest")],
    "4.10 exact": [(0.1226, "factor 2"), (0.156, "circle"), (0.3, "is not 0.3")],
    "4.10 step": [(0, "fewer"), (12, "fewer"), (2.5, "number of a step")],
    "4.11 crossing": [(0.8, "divided"), (4.0, "multiplied"), (1.0, "multiplied")],
    "4.11 factor": [(7.6, "1 - ηλ₁, is missing"), (1.1, "β₂"), (1.0, "β₂")],
    "4.13 visits": [
        ("log(1/eps)/log(1/(1-x))", "second step"),
        ("1/eps**2", "times from"),
        ("log(1/eps)/(2*x)", "times from"),
    ],
    "4.14 supremum": [(3, "occurs"), (3.99, "occurs"), (5, "not the least")],
    "4.14 edge": [(0.5, "between 0"), (0.1, "as high as"), (3**0.5 - 1.5, "as high as")],
    "4.15 change": [
        (lambda u, lam, eta, rho: change(u, lam, eta, rho, gap=0.0), "Bregman gap"),
        (lambda u, lam, eta, rho: change(u, lam, eta, rho, sign=1.0), "other sign"),
        (lambda u, lam, eta, rho: change(u, lam, eta, rho, power=1), "the identity gives"),
    ],
    "4.16 factor": [(49.8, "opposite signs"), (1.04, "lemma promises"), (25.0, "after one step")],
    "4.18 factor": [(8.4, "opposite signs"), (1.1, "lemma promises"), (4.0, "after one step")],
    "4.18 steps": [(6.9, "do not fit"), (72.5, "do not fit"), (3.0, "do not fit")],
    "4.19 example": [([0.5, 0.2], "is asked for"), ([0.001, 0.25], "in the ball"), ([0.001, 0.1111], "is asked for")],
    "4.20 supremum": [(0.5, "miss"), (0.2, "miss"), (0.618, "miss")],
    "4.20 example": [([0.5, 0.49], "more than 0.41"), ([0.95, 0.49], "more than 0.41"), ([0.84, 0.6], "between")],
    "4.21 first": [
        (lambda *a: first(*a, sign=-1), "printed form"),
        (lambda *a: first(*a, use_beta=True), "not β₁"),
        (lambda *a: first(*a, power=2), "first power"),
        (lambda *a: first(*a, side=False), "sign sₜ"),
    ],
    "4.24 ratio": [(0.02, "higher"), (0.9, "lower"), (1.5, "between")],
    "4.24 halving": [(2, "power 1"), (32, "power 5"), (64, "power 6"), (0.5, "larger than 1")],
    "4.25 example": [([0.5, 0.4999], "is asked for"), ([0.001, 0.1], "is asked for"), ([2.0, 0.1], "between")],
    "5.1 height": [
        ("eta/2*(2*rho/(2-eta*lam))**2*mu", "sign"),
        ("-eta*(2*rho/(2-eta*lam))**2*mu", "2 times"),
        ("-eta/2*(eta*rho*lam/(2-eta*lam))**2*mu", "not at a"),
        ("-rho**2*mu/2", "too large"),
    ],
    "5.2 kink": [(0.0, "curvatures"), (0.25, "curvatures"), (-0.58, "curvatures")],
    "5.4 y": [(0.0, "earlier|down"), (1.5, "further down"), (0.3, "earlier|down")],
    "5.4 radius": [(0.1, "too large"), (0.09, "a little lower"), (-0.05, "positive")],
    "6.1 hessian": [
        (lambda w2: ravine_hessian(w2, 0.5), "kills the tangent"),
        (lambda w2: ravine_hessian(-w2), "tangent"),
        (lambda w2: np.diag([2 / (1 + w2**2 / 2), 1.0]), "tangent"),
        (lambda w2: ravine_hessian(w2)[0], "shape"),
    ],
    "6.3 exact": [
        (
            [float(np.sqrt(2 * (r - 0.8) / ((1 + r * 2.4) ** 2 + r * 2.4**2))) for r in (0.801, 0.81, 0.9, 1.0)],
            "square root|leads",
        ),
        ([0.0, 0.0, 0.0, 0.0], "bounce at the minimum"),
        ([c * 1.01 for c in CYCLE], "leads to"),
    ],
    "6.3 root": [
        ("sqrt(2*(rho-1+eta))", "times the exact"),
        ("2*(rho-1+eta)", "power"),
        ("sqrt((rho-1+eta)/((1+rho*(1-eta**2)/(2*eta))**2 + rho*((1-eta**2)/(2*eta))**2))", "0.707"),
    ],
    "6.4 threshold": [(1.0, "too small"), (3.9, "too large"), (-2, "ρ > 0")],
    "6.5 sigma": [(0.133, "Divide by η"), (1.0, "mean loss"), (0.53, "mean loss")],
    "7.3 amplitudes": [
        ([CUBE[0], 0.0, 0.0], "on its own"),
        ([CUBE[0]] * 3, "opposite"),
        ([0.2, 0.1, 0.05], "opposite"),
    ],
    "7.5 start": [(0.0, "minimum"), (1 / 9, "two-cycle"), (0.05, "two-cycle")],
    "7.6 kappa": [(0.5, "attracts"), (0.25, "attracts"), (1.5, "between")],
    "7.7 second": [([1, 4.6, 1], "e_1"), ([1, 14 / 3, 1], "between|e_"), ([2, 10, 1], "first weight"),
                   ([1, 50, 1], "smaller weight")],
    "7.7 third": [([1, 1, 19], "e_1"), ([1, 5, 20.5], "e_2"), ([1, 1, 400], "smaller weight")],
    "7.7 tie": [([1, 1, 1], "equal"), ([1, 4, 16], "equal"), ([1, -1, 20], "positive")],
}  # fmt: skip
"""Exercise and part → wrong answers, each with a pattern that the reason matches."""

RIGHT |= cases_project.right()
WRONG |= cases_project.wrong()
