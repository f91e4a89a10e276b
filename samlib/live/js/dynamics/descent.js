// The early descent (Lemmas 6 and 7): the time to the ball, random starts, and how close their paths come to γ₁.
// samlib/live/_starts.py and samlib/bounds.py hold the same in Python.
import { thresholds } from "./thresholds.js";

/** T = [log(radius/b)]₊/(ηλ_d), by which a path from ‖v₀‖ ≤ radius is in the ball ‖v‖ ≤ b (Lemma 6). */
export function timeToBall(eigenvalues, eta, rho, radius) {
  const { ball } = thresholds(eigenvalues, eta, rho);
  return radius > 0 ? Math.max(0, Math.log(radius / ball) / (eta * eigenvalues.at(-1))) : 0;
}

/** Whether ‖v‖ ≥ b shrinks by 1 − ηλ_d in every step: exactly if η(λ₁ + λ_d) ≤ 1 (equation (5)). */
export const contracts = (eigenvalues, eta) => eta * (eigenvalues[0] + eigenvalues.at(-1)) <= 1;

/** `count` numbers in (0, 1) from the generator mulberry32: whole-number arithmetic, so the same in every language. */
export function uniforms(seed, count) {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  return Float64Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  });
}

/** Starts w₀ ~ N(0, spread²·I) in the plane, by Box and Muller's method. */
export function normalStarts(seed, count, spread) {
  const u = uniforms(seed, 2 * count);
  return Array.from({ length: count }, (_, k) => {
    const radius = spread * Math.sqrt(-2 * Math.log(u[2 * k]));
    const angle = 2 * Math.PI * u[2 * k + 1];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

/** min over t of |‖v_t‖ − target| from each start in the plane until its path is in the ball ‖v‖ ≤ b, or `limit` steps on. */
export function closestTo(target, eigenvalues, eta, rho, starts, limit) {
  const { ball } = thresholds(eigenvalues, eta, rho);
  const [l1, l2] = eigenvalues;
  const [g1, g2] = [1 - eta * l1, 1 - eta * l2];
  const [h1, h2] = [eta * rho * l1 * l1, eta * rho * l2 * l2];
  return Float64Array.from(starts, (w) => {
    let [v1, v2] = [w[0] * l1, w[1] * l2];
    let closest = Infinity;
    for (let step = 0; ; step++) {
      const length = Math.sqrt(v1 * v1 + v2 * v2);
      const away = Math.abs(length - target);
      if (away < closest) closest = away;
      if (!(length > ball) || step === limit) return closest;
      v1 *= g1 - h1 / length;
      v2 *= g2 - h2 / length;
    }
  });
}

/** Number of random starts: fewer of them where each takes more steps, so that the page stays quick. */
export function sampleSize(eigenvalues, eta, rho, spread) {
  const steps = Math.max(1, timeToBall(eigenvalues, eta, rho, 3 * spread * eigenvalues[0]));
  return Math.max(500, Math.min(10000, Math.floor(1.2e6 / steps)));
}

/** How many of the rising numbers `sorted` are below `value`. */
export function countBelow(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The slope of P(closest < Δ) ≈ slope·Δ for small Δ, from the closest 2 % of the starts; NaN if they are not within `small`. */
export function linearLaw(sorted, small) {
  const count = Math.ceil(sorted.length / 50);
  return sorted[count - 1] < small ? count / sorted.length / sorted[count - 1] : NaN;
}

/** ε = ηλ_dγ₁/(2 − ηλ_d): a path is within ε of γ₁ at one step at most (proof of Lemma 7). */
export function ringWidth(eigenvalues, eta, rho) {
  const bottom = eta * eigenvalues.at(-1);
  return (bottom * thresholds(eigenvalues, eta, rho).gamma[0]) / (2 - bottom);
}

/**
 * log Δ of Lemma 7, with the sharper factor (4/ηλ_d)² per step, for starts w₀ ~ N(0, spread²·I) in the plane: with probability
 * ≥ 1 − 2·failure no path comes closer to γ₁ than Δ. ‖v₀‖ ≤ R̂ = spread·λ₁·√(2 log(1/failure)) but for that probability, and
 * the density of v₀ is at most 1/(2π·spread²·λ₁λ₂).
 */
export function logPromisedGap(eigenvalues, eta, rho, spread, failure) {
  const [l1, l2] = eigenvalues;
  const { gamma, ball } = thresholds(eigenvalues, eta, rho);
  const radius = spread * l1 * Math.sqrt(-2 * Math.log(failure));
  const steps = Math.ceil(timeToBall(eigenvalues, eta, rho, radius));
  if (steps === 0) return Math.log(gamma[0] - ball);
  const density = 1 / (2 * Math.PI * spread * spread * l1 * l2);
  return Math.log(failure / (4 * Math.PI * 2 * gamma[0] * steps * density)) - steps * 2 * Math.log(4 / (eta * l2));
}

/** The lengths ‖v_t‖ along a path of iterates w_t. */
export const gradientLengths = (eigenvalues, path) =>
  path.map((w) => {
    let sum = 0;
    for (let i = 0; i < w.length; i++) sum += eigenvalues[i] * w[i] * (eigenvalues[i] * w[i]);
    return Math.sqrt(sum);
  });

