import numpy as np
import pytest
import sympy as sp

import samlib
from samlib import symbolic


@pytest.mark.parametrize("d", [2, 3, 4])
def test_lemma_10s_two_identities_reduce_to_zero_in_whole_vectors(d):
    derivation = symbolic.derive(d)
    assert derivation.equivalence_residual == sp.zeros(d, 1)
    assert derivation.hessian_residual == sp.zeros(d, d)
    assert derivation.decrease_residual == 0


def test_lemma_10s_two_identities_reduce_to_zero_for_a_general_index():
    derivation = symbolic.derive_index()
    assert derivation.equivalence_residual == 0
    assert derivation.decrease_residual == 0


def test_a_mutated_identity_is_not_reduced_to_zero():
    """The reduction can fail: each tempting wrong form leaves a remainder."""
    d = symbolic.derive(2)
    right = -d.decrease.rhs
    for wrong in (right * 2, right - sp.Symbol("x"), right.subs(d.eta, 2 * d.eta), right.subs(d.u[0], -2 * d.u[0])):
        assert symbolic._normal_form(d.decrease.lhs + wrong, d.norm) != 0
    doubled = d.u[0] - 2 * d.eta * d.rho * d.gradient[0]
    assert symbolic._normal_form(d.sam_step[0] - doubled, d.norm) != 0


@pytest.mark.parametrize("d", [2, 3])
def test_the_derived_formulas_are_the_ones_quadraticsam_computes(d):
    rng = np.random.default_rng(d)
    derivation = symbolic.derive(d)
    symbols = [derivation.eta, derivation.rho, *derivation.eigenvalues, *derivation.u]
    formulas = sp.lambdify(symbols, [derivation.potential, derivation.gradient, derivation.hessian], "numpy")
    step = sp.lambdify(symbols, derivation.sam_step, "numpy")
    for _ in range(20):
        lam = np.sort(rng.uniform(0.2, 2.0, d))[::-1]
        theory = samlib.QuadraticSAM(lam, eta=rng.uniform(0.05, 0.9), rho=rng.uniform(0.1, 2))
        u = rng.normal(size=d)
        potential, gradient, hessian = formulas(theory.eta, theory.rho, *lam, *u)
        assert potential == pytest.approx(float(theory.potential(u)), rel=1e-12)
        np.testing.assert_allclose(np.ravel(gradient), theory.potential_gradient(u), atol=1e-12)
        np.testing.assert_allclose(hessian, theory.potential_hessian(u), atol=1e-11)
        stepped = -samlib.SAM(theory.eta, theory.rho).step(samlib.Quadratic(lam), u)
        np.testing.assert_allclose(np.ravel(step(theory.eta, theory.rho, *lam, *u)), stepped, atol=1e-12)


def test_the_general_index_agrees_with_the_whole_vector():
    """With rest = λ₃²u₃² the general formulas are the entries of dimension 3."""
    index, whole = symbolic.derive_index(), symbolic.derive(3)
    place = dict(zip([*index.eigenvalues, *index.u], [*whole.eigenvalues[:2], *whole.u[:2]], strict=True))
    place[index.rest] = whole.eigenvalues[2] ** 2 * whole.u[2] ** 2
    for general, entry in (
        (index.gradient, whole.gradient[0]),
        (index.second, whole.hessian[0, 0]),
        (index.mixed, whole.hessian[0, 1]),
    ):
        assert symbolic._normal_form(general.subs(place) - entry, whole.norm) == 0


def test_compact_writes_the_norm_as_one_symbol_and_loses_nothing():
    d = symbolic.derive(2)
    short = d.compact(d.gradient)
    (symbol,) = short.free_symbols - {d.eta, d.rho, *d.eigenvalues, *d.u}
    assert symbol.name == r"\left\|\Lambda u\right\|"
    assert sp.simplify(short.subs(symbol, d.norm) - d.gradient) == sp.zeros(2, 1)


@pytest.mark.parametrize("bad", [1, 0, -2, 2.0, True, "2"])
def test_a_bad_dimension_is_refused(bad):
    with pytest.raises(ValueError, match="d must be a whole number >= 2"):
        symbolic.derive(bad)
