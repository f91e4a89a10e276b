// Closed forms of Section 4 for SAM on a quadratic, 0 < η < 2/λ₁ (samlib/quadratic.py holds the same in Python).
import { gradient, norm, samStep } from "./sam.js";

/**
 * Everything the theory says about one setting: the amplitude a = ηρλ₁/(2 − ηλ₁) of the two-cycle (Theorem 2), the radius
 * b = ηρλ₁² of the ball SAM enters, the potential J and its critical points (Proposition 8), and the exact decrease of
 * J in one step (Lemma 10).
 */
export function quadraticSAM(eigenvalues, eta, rho) {
  const beta = eigenvalues.map((l) => (eta * rho * l * l) / (2 - eta * l));
  const curvature = eigenvalues.map((l) => (2 - eta * l) / (eta * rho));
  const top = eigenvalues[0];

  /** J(u) = ½ Σ Cᵢ uᵢ² − ‖Λu‖. */
  function potential(u) {
    let sum = 0;
    for (let i = 0; i < u.length; i++) sum += curvature[i] * u[i] * u[i];
    return 0.5 * sum - norm(gradient(eigenvalues, u));
  }

  /** One set of critical points for each distinct positive eigenvalue: the sphere ‖u‖ = β/λ in its eigenspace. */
  function criticalPoints() {
    const distinct = [...new Set(eigenvalues)].filter((l) => l > 0);
    return distinct.map((l) => {
      const axes = eigenvalues.flatMap((m, i) => (m === l ? [i] : []));
      const b = beta[axes[0]];
      const positive = beta.filter((x) => x < b).length + 1;
      const negative = beta.filter((x) => x > b).length;
      return {
        axes,
        radius: b / l,
        potential: -b / 2,
        positive,
        zero: axes.length - 1,
        negative,
        kind: negative ? "saddle" : "minimum",
      };
    });
  }

  /**
   * J(u) − J(u⁺) = quadratic + bregman, both ≥ 0: (1/2ρ) Σ uᵢ² (1 − βᵢ/r)² (2 − ηλᵢ)² λᵢ with r = ‖Λu‖, and
   * ‖p‖ − ⟨p, q⟩/‖q‖ with p = Λu⁺, q = Λu, which is what the norm's tangent plane at q misses at p.
   */
  function descent(u) {
    const q = gradient(eigenvalues, u);
    const r = norm(q);
    if (r === 0) return { quadratic: 0, bregman: 0, total: 0 };
    let quadratic = 0;
    for (let i = 0; i < u.length; i++) {
      // (1 − βᵢ/r)(2 − ηλᵢ), written so that it also holds for a λᵢ of zero
      const factor = u[i] * (2 - eta * eigenvalues[i] - (eta * rho * eigenvalues[i] * eigenvalues[i]) / r);
      quadratic += factor * factor * eigenvalues[i];
    }
    quadratic /= 2 * rho;
    const p = gradient(eigenvalues, samStep(eigenvalues, eta, rho, u)).map((x) => -x);
    const bregman = normExcess(p, q);
    return { quadratic, bregman, total: quadratic + bregman };
  }

  /**
   * The end of the cycle that the start leads to, a e₁, or a w₀/‖w₀‖ projected on the top eigenspace where λ₁ is repeated;
   * the other end is its negative.
   */
  function cycle(start) {
    const amplitude = beta[0] / top;
    const projected = start.map((x, i) => (eigenvalues[i] === top ? x : 0));
    const n = norm(projected);
    const several = eigenvalues.filter((l) => l === top).length > 1;
    if (several && n > 0) return projected.map((x) => (amplitude * x) / n);
    return start.map((_, i) => (i === 0 ? amplitude : 0));
  }

  return { beta, amplitude: beta[0] / top, ball: eta * rho * top * top, potential, criticalPoints, descent, cycle };
}

// ‖p‖ − ⟨p, q⟩/‖q‖; where the angle is acute, by Lagrange's identity, which keeps its digits when p and q are nearly parallel.
function normExcess(p, q) {
  const np = norm(p);
  const nq = norm(q);
  let inner = 0;
  for (let i = 0; i < p.length; i++) inner += p[i] * q[i];
  if (inner <= 0) return np - inner / nq;
  let area = 0;
  for (let i = 0; i < p.length; i++) {
    for (let j = i + 1; j < p.length; j++) {
      const minor = p[i] * q[j] - p[j] * q[i];
      area += minor * minor;
    }
  }
  return area / (nq * (np * nq + inner));
}

/** Distance from w to the nearer end ±c of a cycle. */
export function distanceToCycle(w, c) {
  const near = norm(w.map((x, i) => x - c[i]));
  const far = norm(w.map((x, i) => x + c[i]));
  return Math.min(near, far);
}

/**
 * What SAM is doing at w: "rest" (no gradient), "cycle" (within 1 % of the predicted two-cycle), "trapped" (within 1 %
 * of a saddle's cycle), "descending" (outside the ball ‖∇ℓ‖ ≤ b) or "bouncing" (inside it).
 */
export function regime(eigenvalues, theory, w, c) {
  const r = norm(gradient(eigenvalues, w));
  if (r === 0) return "rest";
  if (distanceToCycle(w, c) <= 0.01 * theory.amplitude) return "cycle";
  for (const set of theory.criticalPoints()) {
    if (set.kind !== "saddle") continue;
    const off = norm(w.filter((_, i) => !set.axes.includes(i)));
    const on = norm(w.filter((_, i) => set.axes.includes(i)));
    if (Math.sqrt(off * off + (on - set.radius) ** 2) <= 0.01 * set.radius) return "trapped";
  }
  return r > theory.ball ? "descending" : "bouncing";
}
