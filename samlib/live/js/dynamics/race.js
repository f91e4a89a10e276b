// SAM, its rivals and its kin on four landscapes of the plane, step by step in the order of operations of samlib/optimizers.py
// and samlib/losses.py: paths without noise equal those there to the last bit,
// but for the ravine's other reading, whose derivatives SymPy writes there. samlib/live/race.py holds the rest in Python.
import { normalStarts } from "./descent.js";
import { samStep, trajectory } from "./sam.js";

export { normalStarts };

const TINY = 1e-290;
const HUGE = 1e290;

/** The flattening ravine x²/(1 + y²/2) + y²/2 of Section 6. */
const ravine = {
  value: ([x, y]) => (x * x) / (1 + (y * y) / 2) + (y * y) / 2,
  gradient([x, y]) {
    const ratio = x / (1 + 0.5 * y * y);
    return [2 * ratio, y * (1 - ratio * ratio)];
  },
  hessian([x, y]) {
    const m = 1 + (y * y) / 2;
    return [2 / m, (-2 * x * y) / (m * m), 1 + (x * x * (1.5 * y * y - 1)) / (m * m * m)];
  },
};

/** The ravine's other reading, x²/(1 + (x² + y²)/2) + y²/2. */
const otherReading = {
  value: ([x, y]) => (x * x) / (1 + (x * x + y * y) / 2) + (y * y) / 2,
  gradient([x, y]) {
    const n = 1 + (x * x + y * y) / 2;
    return [(x * (2 + y * y)) / (n * n), y * (1 - (x * x) / (n * n))];
  },
  hessian([x, y]) {
    const n = 1 + (x * x + y * y) / 2;
    const cube = n * n * n;
    return [((2 + y * y) * (n - 2 * x * x)) / cube, (x * y * (x * x - y * y - 2)) / cube, 1 + (x * x * (2 * y * y - n)) / cube];
  },
};

/** The valley ½(1 + y²)x². */
const valley = {
  value: ([x, y]) => 0.5 * (1 + y * y) * x * x,
  gradient: ([x, y]) => [(1 + y * y) * x, 0.5 * (2 * y) * x * x],
  hessian: ([x, y]) => [1 + y * y, 2 * y * x, x * x],
};

/** The quadratic ½(λ₁x² + λ₂y²). */
const quadratic = ([l1, l2]) => ({
  value: ([x, y]) => 0.5 * (l1 * (x * x) + l2 * (y * y)),
  gradient: ([x, y]) => [l1 * x, l2 * y],
  hessian: () => [l1, 0, l2],
});

/** A landscape: `value`, `gradient` and `hessian` (its entries xx, xy, yy) at a point of the plane. */
export const landscape = (name, eigenvalues) => (name === "quadratic" ? quadratic(eigenvalues) : { ravine, other_reading: otherReading, valley }[name]);

/** λ_max of the Hessian at a point; infinite where that is beyond floating point. */
export function sharpness({ hessian }, w) {
  const [a, b, c] = hessian(w);
  const [middle, half] = [(a + c) / 2, (a - c) / 2];
  const largest = middle + Math.sqrt(half * half + b * b);
  return Number.isFinite(largest) ? largest : Infinity;
}

/** ℓ at a point; infinite where that is beyond floating point. */
export function height({ value }, w) {
  const found = value(w);
  return Number.isNaN(found) ? Infinity : found;
}

/** length·v/‖v‖, and 0 for v = 0; scaled first where ‖v‖² would under- or overflow. */
function unit(v, length) {
  let square = v[0] * v[0] + v[1] * v[1];
  if (!(square > TINY && square < HUGE)) {
    const largest = Math.max(Math.abs(v[0]), Math.abs(v[1]));
    v = largest === 0 ? [0, 0] : [v[0] / largest, v[1] / largest];
    square = largest === 0 ? 1 : v[0] * v[0] + v[1] * v[1];
  }
  const factor = length / Math.sqrt(square);
  return [v[0] * factor, v[1] * factor];
}

const descend = (w, eta, g) => [w[0] - eta * g[0], w[1] - eta * g[1]];

/** SAM's step; on the quadratic through its closed recurrence, as samlib does it. */
function sam({ name, eigenvalues, eta, rho }, { gradient }) {
  if (name === "quadratic") return (w) => samStep(eigenvalues, eta, rho, w);
  return (w) => {
    const up = unit(gradient(w), rho);
    return descend(w, eta, gradient([up[0] + w[0], up[1] + w[1]]));
  };
}

/** The iterates of a racer without noise, w_0 … w_steps. `setting` = { name, eigenvalues, eta, rho, momentum }. */
export function racePath(racer, setting, start, steps) {
  const land = landscape(setting.name, setting.eigenvalues);
  const { gradient } = land;
  const { eta, rho, momentum } = setting;
  if (racer === "descent") return trajectory((w) => descend(w, eta, gradient(w)), start, steps);
  if (racer === "unnormalized") {
    const step = (w) => {
      const g = gradient(w);
      return descend(w, eta, gradient([w[0] + rho * g[0], w[1] + rho * g[1]]));
    };
    return trajectory(step, start, steps);
  }
  const plain = sam(setting, land);
  if (racer === "sam") return trajectory(plain, start, steps);
  let previous = start;
  const step = (w) => {
    const [x, y] = plain(w);
    const next = [x + momentum * (w[0] - previous[0]), y + momentum * (w[1] - previous[1])];
    previous = w;
    return next;
  };
  return trajectory(step, start, steps);
}

/**
 * The noise of `runs` runs of SGD with the seeds `seed`, `seed` + 1, …: for each run `steps` pairs of normal numbers, from
 * mulberry32 by Box and Muller's method. A longer run begins with the noise of a shorter one.
 */
export const raceNoise = (seed, runs, steps) => Array.from({ length: runs }, (_, k) => normalStarts(seed + k, steps, 1));

/** SGD's runs w ← w − η(∇ℓ(w) + σξ), one path for each run of the noise. */
export function sgdPaths(setting, sigma, noise, start, steps) {
  const { gradient } = landscape(setting.name, setting.eigenvalues);
  const { eta } = setting;
  return noise.map((run) => {
    const path = [start.slice()];
    for (let t = 0; t < steps; t++) {
      const w = path[t];
      const g = gradient(w);
      path.push([w[0] - eta * (g[0] + sigma * run[t][0]), w[1] - eta * (g[1] + sigma * run[t][1])]);
    }
    return path;
  });
}

/** The smallest of the values that `percent` of them do not exceed, for each of `percents`. */
export function ranks(values, percents) {
  const sorted = Float64Array.from(values).sort();
  return percents.map((percent) => sorted[Math.floor((percent * sorted.length + 99) / 100) - 1]);
}

/** σ = ρ/(2 − η), for which ησ is the amplitude of SAM's bounce at λ₁ = 1. */
export const matchedSigma = (eta, rho) => rho / (2 - eta);
