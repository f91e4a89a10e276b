// Finite-time bounds of Section 4 (samlib/bounds.py holds the same in Python). They assume λ₁ ≥ … ≥ λ_d > 0 and
// 0 < ηλ₁ < ½. Without the gap λ₁ > λ₂, where Python refuses, the two times at the end are infinite.
import { norm } from "./sam.js";

/** μ = min{ηλ_d, λ₁²/λ₂² − 1}. */
export const gain = (eigenvalues, eta) => Math.min(eta * eigenvalues.at(-1), (eigenvalues[0] / eigenvalues[1]) ** 2 - 1);

const beta = (l, eta, rho) => (eta * rho * l * l) / (2 - eta * l);
const ballRadius = ([top], eta, rho) => eta * rho * top * top;

/** How many steps t ≥ T₀ can have ‖v_t‖ ≥ (1 + ε)β₁ (Lemma 11): (2 − ηλ₁)β₁/(ηε²λ₁β_d), or with the printed 3. */
export function visitsBeyond(eigenvalues, eta, rho, epsilon, form = "sharp") {
  const x = eta * eigenvalues[0];
  const ratio = beta(eigenvalues[0], eta, rho) / beta(eigenvalues.at(-1), eta, rho);
  return ((form === "printed" ? 3 : 2 - x) * ratio) / (x * epsilon * epsilon);
}

/** The ‖v‖/β₁ up to which a step shrinks every |vᵢ/v₁|, i ≥ 2, by 1 + μ at least (Lemma 14(a)). */
export function alignmentThreshold(eigenvalues, eta) {
  const [x, bottom, mu] = [eta * eigenvalues[0], eta * eigenvalues.at(-1), gain(eigenvalues, eta)];
  const square = (bottom / x) ** 2;
  return ((2 - x) / (2 - x - (bottom - mu) - bottom * mu)) * (1 + (1 + mu) * square);
}

/** T₁, how many steps t ≥ T₀ can be above that threshold (Lemma 14(b)). */
export const misalignedSteps = (eigenvalues, eta, rho, form = "printed") =>
  visitsBeyond(eigenvalues, eta, rho, (eigenvalues.at(-1) / eigenvalues[0]) ** 2, form);

/** The accuracies of v to which Lemma 17 applies. */
export function settlingLimit(eigenvalues, eta, rho) {
  const x = eta * eigenvalues[0];
  const b1 = beta(eigenvalues[0], eta, rho);
  const gamma = ballRadius(eigenvalues, eta, rho) / (1 - x);
  return Math.min(Math.sqrt((x * b1) / gamma / 2), x / gamma / 2, 1 / ballRadius(eigenvalues, eta, rho), b1 / 2);
}

/** The accuracies of w to which Theorem 3 applies, as corrected (what the proof uses) or as printed. */
export function accuracyLimit(eigenvalues, eta, rho, form = "corrected") {
  if (form === "printed") {
    return Math.min(Math.sqrt(eta * eigenvalues[0]) / 2, 0.5 / (rho * eigenvalues[0]), ballRadius(eigenvalues, eta, rho) / 2);
  }
  return (2 * (1 + beta(eigenvalues[0], eta, rho)) * settlingLimit(eigenvalues, eta, rho)) / eigenvalues.at(-1);
}

/** log Γ(n/2) for a whole number n ≥ 1. */
export function logGammaOfHalf(n) {
  let sum = n % 2 ? 0.5 * Math.log(Math.PI) : 0;
  for (let k = n - 2; k > 0; k -= 2) sum += Math.log(k / 2);
  return sum;
}

/** Volume of the unit ball in d dimensions. */
export const ballVolume = (d) => (d < 2 ? [1, 2][d] : (ballVolume(d - 2) * 2 * Math.PI) / d);

/**
 * What Theorem 3 assumes, for a start drawn from the uniform law on the ball on whose boundary `start` lies: R and the density
 * A of that law, and a q that w₀,₁² exceeds for this start and, since a slab has at most its widest section times its
 * thickness, with probability 1 − δ.
 */
export function uniformHypotheses(start, failure) {
  const d = start.length;
  const radius = norm(start);
  const slab = (failure * ballVolume(d) * radius) / (2 * ballVolume(d - 1));
  return { radius, firstSquare: Math.min(start[0] * start[0], slab * slab), density: 1 / (ballVolume(d) * radius ** d), failure };
}

/** The names of the terms, in the order of the theorem. */
export const TERMS = ["escape", "accuracy", "start", "descent", "chance", "bounce"];

/**
 * The terms of Theorem 3's time with the absolute constant 1, by their names (as in samlib.bounds.FiniteTime), and their sum.
 * `radius` R bounds ‖w₀‖, `firstSquare` q is below w₀,₁², `density` A bounds the density of w₀, `failure` is δ. The
 * printed form has A where the density A/∏λᵢ of v₀ belongs, and no lower limit for the logarithm L.
 */
export function theorem3({ eigenvalues, eta, rho, epsilon, radius, firstSquare, density, failure, form = "corrected" }) {
  const d = eigenvalues.length;
  const top = eigenvalues[0];
  const [x, bottom, mu] = [eta * top, eta * eigenvalues.at(-1), gain(eigenvalues, eta)];
  if (mu === 0) return { terms: Object.fromEntries(TERMS.map((name) => [name, Infinity])), total: Infinity };
  const b = ballRadius(eigenvalues, eta, rho);
  const logScale = Math.log(eta) + Math.log(rho) + Math.log(top);
  const logAccuracy = Math.log(2 * (1 + b)) - Math.log(eigenvalues.at(-1)) - Math.log(epsilon);
  let logDensity = Math.log(density);
  let late = Math.max(0, Math.log(radius) - logScale);
  if (form === "corrected") {
    late = Math.max(late, bottom);
    logDensity -= eigenvalues.reduce((sum, l) => sum + Math.log(l), 0);
  }
  let [descent, chance] = [0, 0];
  if (late > 0) {
    const growth = Math.log(9) + (d + 3) * Math.log(6 / bottom) + 3 * (Math.log(radius) - logScale);
    const logSphere = (d / 2) * Math.log(Math.PI) - logGammaOfHalf(d) + (d - 1) * Math.log(4 * b);
    const odds = Math.log(2) + Math.log(top) + Math.log(radius) + logDensity + logSphere + Math.log(late / bottom / failure);
    descent = ((late / bottom) ** 2 * growth) / mu;
    chance = ((late / bottom) * odds) / mu;
  }
  const terms = {
    escape: ((x / bottom) ** 5 / (bottom * mu)) * Math.log(4 / x),
    accuracy: (2 * logAccuracy) / mu,
    start: (2 * Math.log(radius) - Math.log(firstSquare)) / mu,
    descent,
    chance,
    bounce: logAccuracy / x,
  };
  return { terms, total: Object.values(terms).reduce((sum, term) => sum + term, 0) };
}

/**
 * The same time without an unknown constant: the lemmas put together as they stand (samlib.bounds.explicit_time, "sharp").
 * Arguments as for `theorem3`.
 */
export function explicitTime({ eigenvalues, eta, rho, epsilon, radius, firstSquare, density, failure }) {
  const d = eigenvalues.length;
  const top = eigenvalues[0];
  const last = eigenvalues.at(-1);
  const [x, bottom, mu] = [eta * top, eta * last, gain(eigenvalues, eta)];
  if (mu === 0) return Infinity;
  const logLength = Math.log(top * radius);
  const logGamma = Math.log(ballRadius(eigenvalues, eta, rho) / (1 - x));
  const steps = Math.ceil(Math.max(0, logLength - (Math.log(eta) + Math.log(rho) + 2 * Math.log(top))) / bottom);
  let growth = 0;
  if (steps > 0) {
    const logDensity = Math.log(density) - eigenvalues.reduce((sum, l) => sum + Math.log(l), 0);
    const logSphere = Math.log(4) + (d / 2) * Math.log(Math.PI) - logGammaOfHalf(d) + (d - 1) * (Math.log(2) + logGamma);
    const logGap = Math.log(failure) - (logSphere + Math.log(steps) + logDensity + steps * d * Math.log(4 / bottom));
    growth = 2 * steps * (Math.log(2) + logLength - logGap);
  }
  const logRatio = growth + 2 * Math.log(radius) - Math.log(firstSquare);
  const logEpsilon = Math.log((last * epsilon) / (2 * (1 + beta(top, eta, rho))));
  const halved = (logRatio - Math.log(2) - 2 * logEpsilon) / 2;
  const aligned = Math.max(0, (2 / mu) * (misalignedSteps(eigenvalues, eta, rho, "sharp") * Math.log(4 / x) + halved));
  return steps + Math.ceil(aligned - (6 / x) * logEpsilon);
}
