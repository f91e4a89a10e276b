"""The constants of Section 4.1 against exact arithmetic, against what they mean, and with every kind of number."""

from fractions import Fraction as F

import numpy as np
import pytest
import sympy as sp
import z3
from hypothesis import given
from hypothesis import strategies as st

from samlib import constants

NAMES = ("gamma", "beta", "alpha", "absorbing_radius", "amplitude", "next_factor")

POSITIVE = st.fractions(F(1, 1000), 1000, max_denominator=1000)
SHARE = st.fractions(F(1, 1000), F(999, 1000), max_denominator=1000)
# Rational points of the circle: cosine and sine are exact, so a length can be prescribed without a square root.
DIRECTION = st.fractions(F(1, 50), 50, max_denominator=50).map(
    lambda t: ((1 - t * t) / (1 + t * t), 2 * t / (1 + t * t))
)


def literal_step(eigenvalues, eta, rho, v, length):
    """v after one step by SAM's definition, v - ηΛ(v + ρΛv/‖v‖), for exact numbers."""
    ascended = [own + rho * lam * own / length for lam, own in zip(eigenvalues, v, strict=True)]
    return [own - eta * lam * up for lam, own, up in zip(eigenvalues, v, ascended, strict=True)]


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        # η = 1/7, ρ = 5 and λ = 3, 2: ηρλ² = 45/7 and 20/7, 1 - ηλ = 4/7 and 5/7, 2 - ηλ = 11/7 and 12/7
        ("gamma", (3, F(1, 7), 5), F(45, 4)),
        ("gamma", (2, F(1, 7), 5), F(20, 5)),
        ("beta", (3, F(1, 7), 5), F(45, 11)),
        ("beta", (2, F(1, 7), 5), F(20, 12)),
        ("alpha", (3, 2, F(1, 7), 5), F(45 + 20, 4 + 5)),
        ("absorbing_radius", (3, F(1, 7), 5), F(45, 7)),
        ("amplitude", (3, F(1, 7), 5), F(15, 11)),
        # 4/7 - (45/7)/6
        ("next_factor", (3, F(1, 7), 5, 6), F(-1, 2)),
        # 5/7 - (20/7)/10
        ("next_factor", (2, F(1, 7), 5, 10), F(3, 7)),
    ],
)
def test_values_worked_out_by_hand(name, arguments, value):
    assert getattr(constants, name)(*arguments) == value


@given(POSITIVE, SHARE, POSITIVE)
def test_a_step_at_length_gamma_lands_on_zero_and_at_length_beta_on_the_other_side(lam, x, rho):
    eta = x / lam
    for length, after in ((constants.gamma(lam, eta, rho), 0), (constants.beta(lam, eta, rho), -1)):
        for sign in (1, -1):
            assert literal_step([lam], eta, rho, [sign * length], length) == [after * sign * length]


@given(POSITIVE, SHARE, SHARE, POSITIVE, DIRECTION)
def test_at_length_alpha_two_coordinates_are_multiplied_by_opposite_numbers(top, z, x, rho, direction):
    lam, eta = [top, z * top], x / top
    length = constants.alpha(*lam, eta, rho)
    v = [length * cosine for cosine in direction]
    after = literal_step(lam, eta, rho, v, length)
    assert after[0] * v[1] == -after[1] * v[0]


@given(POSITIVE, SHARE, POSITIVE, SHARE)
def test_on_one_axis_a_step_is_short_of_b_by_what_is_kept_of_the_length(top, x, rho, share):
    """|v₊| = b - (1 - ηλ₁)|v| below γ₁, so b is the length of a step from next to 0."""
    eta = x / top
    length = share * constants.gamma(top, eta, rho)
    (after,) = literal_step([top], eta, rho, [length], length)
    assert -after == constants.absorbing_radius(top, eta, rho) - (1 - x) * length


@given(POSITIVE, st.fractions(F(1, 1000), F(1999, 1000), max_denominator=1000), POSITIVE)
def test_the_amplitude_is_where_w_and_its_next_iterate_are_mirror_images(lam, x, rho):
    eta, a = x / lam, constants.amplitude(lam, x / lam, rho)
    assert a > 0
    assert a - eta * lam * (a + rho) == -a


@given(POSITIVE, SHARE, SHARE, POSITIVE, POSITIVE, DIRECTION)
def test_next_factor_is_what_a_step_multiplies_each_coordinate_by(top, z, x, rho, length, direction):
    lam, eta = [top, z * top], x / top
    v = [length * cosine for cosine in direction]
    factors = [constants.next_factor(value, eta, rho, length) for value in lam]
    assert literal_step(lam, eta, rho, v, length) == [f * own for f, own in zip(factors, v, strict=True)]


ARGUMENTS = {
    "gamma": ("lam", "eta", "rho"),
    "beta": ("lam", "eta", "rho"),
    "alpha": ("lam_1", "lam", "eta", "rho"),
    "absorbing_radius": ("lam", "eta", "rho"),
    "amplitude": ("lam", "eta", "rho"),
    "next_factor": ("lam", "eta", "rho", "length"),
}
VALUES = {"lam_1": F(3, 2), "lam": F(5, 4), "eta": F(2, 7), "rho": F(3, 5), "length": F(7, 9)}


@pytest.mark.parametrize("name", NAMES)
def test_one_formula_serves_floats_arrays_symbols_and_z3(name):
    formula = getattr(constants, name)
    values = [VALUES[argument] for argument in ARGUMENTS[name]]
    exact = formula(*values)
    assert isinstance(exact, F)
    assert formula(*map(float, values)) == pytest.approx(float(exact), rel=1e-14)
    arrays = [np.full(3, float(value)) for value in values]
    np.testing.assert_allclose(formula(*arrays), np.full(3, float(exact)), rtol=1e-14)
    symbols = sp.symbols(ARGUMENTS[name])
    expression = formula(*symbols)
    rational = [sp.Rational(value.numerator, value.denominator) for value in values]
    assert expression.subs(dict(zip(symbols, rational, strict=True))) == sp.Rational(exact.numerator, exact.denominator)
    reals = [z3.RealVal(str(value)) for value in values]
    assert z3.is_true(z3.simplify(formula(*reals) == z3.RealVal(str(exact))))


def test_the_module_offers_just_these():
    assert sorted(constants.__all__) == sorted(NAMES)
