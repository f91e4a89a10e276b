// The thresholds of ‖v‖, v = Λw, in Section 4.1, and what a step does to the coordinates of v; samlib/constants.py and
// samlib/live/thresholds.py hold the same in Python, in the same order of operations.
import { norm } from "./sam.js";

/**
 * γᵢ (one step sends vᵢ to 0), βᵢ (|vᵢ| is kept), αᵢ (|vᵢ| and |v₁| gain equally) and b (the ball). A γᵢ is infinite where
 * ηλᵢ ≥ 1, an αᵢ where η(λ₁ + λᵢ) ≥ 2: there the step never does what the threshold is for.
 */
export function thresholds(eigenvalues, eta, rho) {
  const top = eigenvalues[0];
  return {
    gamma: eigenvalues.map((l) => (eta * l < 1 ? (eta * rho * l * l) / (1 - eta * l) : Infinity)),
    beta: eigenvalues.map((l) => (eta * rho * l * l) / (2 - eta * l)),
    alpha: eigenvalues.map((l) => (eta * (top + l) < 2 ? (eta * rho * (top * top + l * l)) / (2 - eta * top - eta * l) : Infinity)),
    ball: eta * rho * top * top,
  };
}

/** What one step multiplies each coordinate by where ‖v‖ = length: 1 − ηλᵢ − ηρλᵢ²/‖v‖ (equation (3)). */
export const stepFactors = (eigenvalues, eta, rho, length) => eigenvalues.map((l) => 1 - eta * l - (eta * rho * l * l) / length);

/** Whether no step leaves the ball ‖v‖ ≤ b (Lemma 5.5). */
export const ballAbsorbs = (eigenvalues, eta) => eta * eigenvalues[0] <= 1;

/** The least and the largest ‖v⁺‖ over all directions of a v of the given length. */
export function reach(eigenvalues, eta, rho, length) {
  const sizes = stepFactors(eigenvalues, eta, rho, length).map(Math.abs);
  return [length * Math.min(...sizes), length * Math.max(...sizes)];
}

/** A gradient of the given length: along axis i for direction i ≥ 1, with equal coordinates for direction 0. */
export const gradientAlong = (dimension, direction, length) =>
  Array.from({ length: dimension }, (_, i) => (direction ? (i === direction - 1 ? length : 0) : length / Math.sqrt(dimension)));

/** ‖v‖ before and after each of `hops` steps; 0 from the step on that lands on v = 0. */
export function hopLengths(eigenvalues, eta, rho, v, hops) {
  const lengths = [norm(v)];
  let now = v;
  for (let k = 0; k < hops; k++) {
    const length = lengths[k];
    if (length > 0) {
      const factors = stepFactors(eigenvalues, eta, rho, length);
      now = now.map((x, i) => x * factors[i]);
    }
    lengths.push(norm(now));
  }
  return lengths;
}
