// How SAM leaves the saddle along e₂ and lines up with e₁ (Section 4.4), for a quadratic of any dimension; v = Λw throughout.
// samlib/live/saddle_escape.py holds the same in Python.
import { gradient, norm, samStep } from "./sam.js";

/** δ = 1 − |v₁|/‖v‖ (Definition 12), written without the cancellation that would cost its digits near 0. */
export function misalignment(v) {
  const length = norm(v);
  let others = 0;
  for (let i = 1; i < v.length; i++) others += v[i] * v[i];
  return others / (length * (length + Math.abs(v[0])));
}

/** |v₂/v₁|; infinite on the axis v₁ = 0. */
export const sidewaysRatio = (v) => Math.abs(v[1] / v[0]);

/** |1 − ηλ₁ − (λ₁/λ₂)²(2 − ηλ₂)|: what one step multiplies |v₁| by at the saddle, where ‖v‖ = β₂; 1 where λ₂ = λ₁. */
export function escapeFactor([first, second], eta) {
  const q = first / second;
  return Math.abs(1 - eta * first - q * q * (2 - eta * second));
}

/**
 * The run on the axis v₁ = 0 from (0, second), and what it does to a small v₁ beside it: log of the factor by which |v₁/v₂|
 * has grown after t steps, minus log ‖v_0‖, for t = 0 … most. At the saddle it grows by log F in every step; it is −Infinity
 * from a ‖v‖ = γ₁ on, where v₁ is lost, and Infinity from a ‖v‖ = γ₂ on, where v₂ is.
 */
export function axisGrowth([top, side], eta, rho, second, most) {
  let length = Math.abs(side * second);
  let growth = -Math.log(length);
  const list = [growth];
  for (let t = 0; t < most; t++) {
    if (length === 0) {
      list.push(growth);
      continue;
    }
    const along = Math.abs(1 - eta * side - (eta * rho * side * side) / length);
    const across = Math.abs(1 - eta * top - (eta * rho * top * top) / length);
    // Without a gap the two are the same number, and the logarithm of their quotient is exactly 0.
    growth += Math.log(across / along);
    length *= along;
    list.push(growth);
  }
  return list;
}

/**
 * When, in steps and fractions of one, |v₁| from λ₁σ on would reach |v₂| if v₁ did not act back on ‖v‖; Infinity if that
 * is later than the `growth` (of axisGrowth) goes.
 */
export function predictedEscape(growth, [top], sigma) {
  const start = Math.log(top * sigma);
  const t = growth.findIndex((g) => start + g >= 0);
  if (t <= 0) return t < 0 ? Infinity : 0;
  if (growth[t] === Infinity) return t;
  return t - (start + growth[t]) / (growth[t] - growth[t - 1]);
}

/** The first t ≤ most with |v₁| > |v₂|; Infinity if there is none. */
export function escapeTime(eigenvalues, eta, rho, start, most) {
  let w = start;
  for (let t = 0; t <= most; t++) {
    if (Math.abs(eigenvalues[0] * w[0]) > Math.abs(eigenvalues[1] * w[1])) return t;
    // A coordinate that is 0 stays 0, and without a gap both are multiplied alike.
    if (w[0] === 0 || eigenvalues[0] === eigenvalues[1]) return Infinity;
    w = samStep(eigenvalues, eta, rho, w);
  }
  return Infinity;
}

/**
 * Along a path: δ_t, |v₂/v₁| and ‖v_t‖, whether Lemma 14(a)'s condition ‖v_t‖ ≤ threshold holds, the step T₀ of entry into
 * the ball ‖v‖ ≤ b (Infinity if it is later), and from T₀ on which steps are at ‖v_t‖ ≥ level.
 */
export function alignment(eigenvalues, path, { threshold, ball, level }) {
  const vs = path.map((w) => gradient(eigenvalues, w));
  const length = vs.map(norm);
  const found = length.findIndex((r) => r <= ball);
  const entry = found < 0 ? Infinity : found;
  return {
    misalignment: vs.map(misalignment),
    ratio: vs.map(sidewaysRatio),
    length,
    aligning: length.map((r) => r <= threshold),
    entry,
    beyond: length.map((r, t) => t >= entry && r >= level),
  };
}
