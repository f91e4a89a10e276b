// Random starts that are the same here and in Python, and the step from which SAM stays near its two-cycle.
// samlib/live/bound_versus_truth.py holds the same in Python.

/** The n-th 32-bit number of a seed (Mulberry32, whose state is a counter, so that any of them can be had at once). */
export function randomWord(seed, n) {
  let a = (Math.imul(seed, 0x9e3779b9) + Math.imul(n + 1, 0x6d2b79f5)) | 0;
  a = Math.imul(a ^ (a >>> 15), a | 1);
  a ^= a + Math.imul(a ^ (a >>> 7), a | 61);
  return (a ^ (a >>> 14)) >>> 0;
}

/** `count` points, uniform in the cube [−reach, reach]ᵈ and never on a coordinate plane. */
export function uniformStarts(seed, count, dimension, reach) {
  const coordinate = (n) => reach * ((2 * randomWord(seed, n) + 1) / 4294967296 - 1);
  return Array.from({ length: count }, (_, k) => Array.from({ length: dimension }, (_, i) => coordinate(k * dimension + i)));
}

/**
 * The first step from which ‖w_t ∓ (−1)ᵗ a e₁‖ ≤ ε for good; Infinity if that is not seen within `most` steps. A run that
 * comes within ε/10 stays within ε: near the cycle a step shrinks every coordinate's distance (Section 3), and inside the
 * ball the sign of w₁ alternates (Lemma 16), so the nearer end is always the right one. Needs ε < a.
 */
export function settlingTime(eigenvalues, eta, rho, start, epsilon, most) {
  const d = eigenvalues.length;
  const amplitude = (eta * rho * eigenvalues[0]) / (2 - eta * eigenvalues[0]);
  const keep = eigenvalues.map((l) => 1 - eta * l);
  const pull = eigenvalues.map((l) => eta * rho * l * l);
  const w = Float64Array.from(start);
  const outer = epsilon * epsilon;
  const inner = outer / 100;
  let settled = 0;
  for (let t = 0; t <= most; t++) {
    const first = Math.abs(w[0]) - amplitude;
    let away = first * first;
    let square = 0;
    for (let i = 0; i < d; i++) {
      if (i > 0) away += w[i] * w[i];
      const v = eigenvalues[i] * w[i];
      square += v * v;
    }
    if (away > outer) settled = t + 1;
    else if (away <= inner) return settled;
    const q = 1 / Math.sqrt(square);
    for (let i = 0; i < d; i++) w[i] *= keep[i] - pull[i] * q;
  }
  return Infinity;
}
