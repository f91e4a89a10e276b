// One-step maps and paths. Vectors are plain arrays of any dimension; the order of operations is that of
// samlib/optimizers.py, so that a path here equals the path there to the last bit.

// Between these bounds the sum of squares neither under- nor overflows, and the direct form is exact enough.
const SMALLEST_SQUARE = 1e-290;
const LARGEST_SQUARE = 1e290;

/** Gradient Λw of the quadratic ℓ(w) = ½ Σ λᵢ wᵢ². */
export const gradient = (eigenvalues, w) => w.map((x, i) => eigenvalues[i] * x);

/** ℓ(w) = ½ Σ λᵢ wᵢ². */
export function loss(eigenvalues, w) {
  let sum = 0;
  for (let i = 0; i < w.length; i++) sum += eigenvalues[i] * w[i] * w[i];
  return 0.5 * sum;
}

/** Sum of squares, left to right. */
export function squaredNorm(v) {
  let sum = v[0] * v[0];
  for (let i = 1; i < v.length; i++) sum += v[i] * v[i];
  return sum;
}

/** Euclidean norm; Math.hypot is slower and rounds differently from samlib. */
export const norm = (v) => Math.sqrt(squaredNorm(v));

/**
 * SAM's next iterate on a quadratic: wᵢ (1 − ηλᵢ − ηρλᵢ² / ‖Λw‖).
 * Where the gradient is exactly zero there is no direction to ascend, so no perturbation is made.
 */
export function samStep(eigenvalues, eta, rho, w) {
  const v = gradient(eigenvalues, w);
  const square = squaredNorm(v);
  if (square > SMALLEST_SQUARE && square < LARGEST_SQUARE) {
    const length = Math.sqrt(square);
    return w.map((x, i) => x * (1 - eta * eigenvalues[i] - (eta * rho * eigenvalues[i] * eigenvalues[i]) / length));
  }
  const largest = v.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  if (largest === 0) return w.map((x, i) => x * (1 - eta * eigenvalues[i]));
  const scaled = v.map((x) => x / largest);
  const n = norm(scaled);
  return w.map((x, i) => (1 - eta * eigenvalues[i]) * x - eta * rho * eigenvalues[i] * (scaled[i] / n));
}

/** Gradient descent's next iterate: wᵢ (1 − ηλᵢ). */
export const gradientStep = (eigenvalues, eta, w) => w.map((x, i) => x - eta * (eigenvalues[i] * x));

/** The point SAM ascends to, w + ρ ∇ℓ/‖∇ℓ‖ (w itself at a critical point). */
export function ascend(eigenvalues, rho, w) {
  const v = gradient(eigenvalues, w);
  const n = norm(v);
  return n === 0 ? w.slice() : w.map((x, i) => x + (rho * v[i]) / n);
}

/** Iterates w_0 … w_steps. */
export function trajectory(step, start, steps) {
  const path = [start.slice()];
  for (let t = 0; t < steps; t++) path.push(step(path[t]));
  return path;
}

/** SAM's path on a quadratic. */
export const samPath = (eigenvalues, eta, rho, start, steps) =>
  trajectory((w) => samStep(eigenvalues, eta, rho, w), start, steps);

/** u_t = (−1)ᵗ w_t. */
export const flipSigns = (path) => path.map((w, t) => (t % 2 ? w.map((x) => -x) : w));
