// SAM and gradient descent on any smooth loss of the plane, { value, gradient, hessian } with the Hessian's entries [xx, xy, yy], and
// the minimum that lies downhill from a point. samlib/live/your_loss.py does the same in Python.
import { norm } from "./sam.js";

/** Where a run is taken to have left for infinity. */
export const FAR = 1e6;

const finite = (w) => w.every(Number.isFinite);
const largest = (w) => Math.max(Math.abs(w[0]), Math.abs(w[1]));

/** Whether the loss and its gradient are finite real numbers at w. */
export const defined = ({ value, gradient }, w) => Number.isFinite(value(w)) && finite(gradient(w));

/** ρ∇ℓ(w)/‖∇ℓ(w)‖, and 0 at a critical point; scaled first, so that no square under- or overflows. */
function ascent(gradient, rho, w) {
  const g = gradient(w);
  const scale = largest(g);
  if (scale === 0) return [0, 0];
  const v = [g[0] / scale, g[1] / scale];
  const factor = rho / norm(v);
  return [v[0] * factor, v[1] * factor];
}

const descend = (w, eta, g) => [w[0] - eta * g[0], w[1] - eta * g[1]];

/** w ← w − η∇ℓ(w + ρ∇ℓ(w)/‖∇ℓ(w)‖). */
export function samStepOn({ gradient }, eta, rho, w) {
  const up = ascent(gradient, rho, w);
  return descend(w, eta, gradient([w[0] + up[0], w[1] + up[1]]));
}

/** w ← w − η∇ℓ(w). */
export const descentStepOn = ({ gradient }, eta, w) => descend(w, eta, gradient(w));

/** The iterates from `start` on, `steps` of them, or as far as the loss is defined and they stay within reach. */
export function runOn(loss, step, start, steps) {
  const path = [start.slice()];
  if (!defined(loss, start)) return path;
  for (let t = 0; t < steps; t++) {
    const next = step(path[t]);
    if (!finite(next) || largest(next) > FAR || !Number.isFinite(loss.value(next))) break;
    path.push(next);
  }
  return path;
}

/** Eigenvalues λ₁ ≥ λ₂ of [[a, b], [b, c]] and a unit eigenvector to λ₁, its larger entry positive. */
export function eigenpair(hessian) {
  const size = Math.max(...hessian.map(Math.abs));
  const unit = size > 1e150 || size < 1e-150 ? size || 1 : 1; // the squares below must neither over- nor underflow
  const [a, b, c] = hessian.map((h) => h / unit);
  const [middle, half] = [(a + c) / 2, (a - c) / 2];
  const root = Math.sqrt(half * half + b * b);
  // Of the two forms, the one that subtracts nothing; its larger entry is positive, since root ≥ |b|.
  const v = root === 0 ? [1, 0] : half >= 0 ? [half + root, b] : [b, root - half];
  const length = norm(v);
  return { values: [(middle + root) * unit, (middle - root) * unit], top: [v[0] / length, v[1] / length] };
}

// The search below: steps no longer than 1, no more than 300 of them, none farther out than 100.
const LONGEST_STEP = 1;
const MOST_STEPS = 300;
const OUT = 100;
const STILL = 1e-10; // the gradient of a point at rest, in units of the largest curvature
const FLAT = 1e-60; // the curvature taken for granted where there is none

/**
 * The minimum that is found downhill from `start`: { w, eigenvalues, top }, with those of the Hessian there; null if none is.
 * Newton's method near a minimum; before, with |λᵢ| in place of λᵢ and no less than a tenth of the largest, which follows the
 * gradient where the loss is flat; after a while a thousandth, which gets through a narrow valley. Steps are halved until the loss
 * does not rise; a saddle or peak is left along e₂.
 */
export function nearestMinimum(loss, start) {
  let w = start.slice();
  for (let k = 0; k < MOST_STEPS; k++) {
    const [height, g, h] = [loss.value(w), loss.gradient(w), loss.hessian(w)];
    if (![height, ...g, ...h].every(Number.isFinite) || largest(w) > OUT) return null;
    const { values, top } = eigenpair(h);
    const second = [-top[1], top[0]];
    const scale = largest(values);
    const still = norm(g) <= STILL * scale;
    if (still && values[1] >= -1e-7 * scale) return { w, eigenvalues: values, top };
    const slopes = [top, second].map((e) => g[0] * e[0] + g[1] * e[1]);
    const along = (sizes) => [0, 1].map((i) => -(slopes[0] / sizes[0]) * top[i] - (slopes[1] / sizes[1]) * second[i]);
    const least = Math.max((k < 20 ? 0.1 : 0.001) * scale, FLAT);
    let move = still ? second.map((x) => 0.1 * x) : along(values);
    if (!still && !(values[1] > 1e-6 * scale && norm(move) <= 0.5)) move = along(values.map((value) => Math.max(Math.abs(value), least)));
    const length = norm(move);
    if (length > LONGEST_STEP) move = move.map((x) => (x * LONGEST_STEP) / length);
    let share = 1;
    const there = () => [w[0] + share * move[0], w[1] + share * move[1]];
    while (!(loss.value(there()) <= height + 1e-14 * (1 + Math.abs(height)))) {
      share /= 2;
      if (share < 1e-12) return null;
    }
    w = there();
  }
  return null;
}

/**
 * Half the length of SAM's two-cycle about a minimum in its quadratic approximation, ηρλ₁/(2 − ηλ₁) (Section 3); infinite where
 * ηλ₁ ≥ 2, 0 without curvature.
 */
export function bounceAmplitude(eta, rho, top) {
  return top <= 0 ? 0 : eta * top >= 2 ? Infinity : (eta * rho * top) / (2 - eta * top);
}
