// SAM in the valley ½h(y)x² + κx³/6 (Section 5), with h a polynomial, lowest power first.
// samlib/losses.py, samlib/drift.py and samlib/live/valley.py hold the same in Python, in the same order of operations.

// Between these bounds the sum of squares neither under- nor overflows.
const SMALLEST_SQUARE = 1e-290;
const LARGEST_SQUARE = 1e290;
const REACH = [3, 2.5]; // a run that is further out has left the valley that is drawn
const SUBSTEPS = 64; // of the flow, for each step of SAM: within 1e-8 of samlib.drift.drift_flow

/** A polynomial at y, by Horner's rule. */
export function at(polynomial, y) {
  let value = 0;
  for (let k = polynomial.length - 1; k >= 0; k--) value = polynomial[k] + value * y;
  return value;
}

/** The derivative of a polynomial. */
export const derivative = (polynomial) => polynomial.slice(1).map((c, k) => c * (k + 1));

/** The polynomial of degree 4 with the given values at y = −2, −1, 0, 1, 2. */
export const coefficients = ([a, b, c, d, e]) => [
  c,
  (a - 8 * b + 8 * d - e) / 12,
  (-a + 16 * b - 30 * c + 16 * d - e) / 24,
  (-a + 2 * b - 2 * d + e) / 12,
  (a - 4 * b + 6 * c - 4 * d + e) / 24,
];

/** The least of h at y = −2, −1.99, …, 2, and where it is. */
export function lowest(h) {
  let [value, place] = [Infinity, 0];
  for (let k = -200; k <= 200; k++) {
    const here = at(h, k / 100);
    if (here < value) [value, place] = [here, k / 100];
  }
  return { value, place };
}

/** A valley with the polynomial h and the skew κ. */
export function valley(h, skew) {
  const derivatives = [h];
  for (let k = 0; k < 4; k++) derivatives.push(derivative(derivatives[k]));
  const slope = derivatives[1];

  const loss = ([x, y]) => (0.5 * at(h, y) + (skew * x) / 6) * x * x;
  const gradient = ([x, y]) => [(at(h, y) + 0.5 * skew * x) * x, 0.5 * at(slope, y) * x * x];

  /** λ_max(∇²ℓ(w)). */
  function sharpness([x, y]) {
    const across = at(h, y) + skew * x;
    const mixed = at(slope, y) * x;
    const corner = 0.5 * at(derivatives[2], y) * x * x;
    const half = (across - corner) / 2;
    return (across + corner) / 2 + Math.sqrt(half * half + mixed * mixed);
  }

  /** w − η∇ℓ(w + ρ∇ℓ(w)/‖∇ℓ(w)‖); at a critical point without the perturbation. */
  function samStep(eta, rho, w) {
    const perturbation = scaled(gradient(w), rho);
    const g = gradient([perturbation[0] + w[0], perturbation[1] + w[1]]);
    return [w[0] - eta * g[0], w[1] - eta * g[1]];
  }

  /** B₃ and B₄, bounds on the operator norms of D³ℓ and D⁴ℓ in a ball around the minimum (0, y). */
  function derivativeBounds(y, radius) {
    const sizes = derivatives.slice(1).map((each) => Math.abs(at(each, y)));
    const [h1, h2, h3, h4] = [0, 1, 2, 3].map((k) => {
      let [sum, factor] = [0, 1];
      for (let j = 0; k + j < 4; j++) {
        sum += sizes[k + j] * factor;
        factor *= radius / (j + 1);
      }
      return sum;
    });
    return {
      b3: Math.abs(skew) + (2 / Math.sqrt(3)) * (h1 + h2 * radius) + 0.5 * h3 * radius * radius,
      b4: 1.5 * h2 + 0.75 * Math.sqrt(3) * h3 * radius + 0.5 * h4 * radius * radius,
    };
  }

  /** SAM's step from the bounce around (0, y) on the side `sign`, as Theorem 21 splits it; null where ηh(y) is not in (0, 1). */
  function split(eta, rho, y, sign) {
    const top = at(h, y);
    if (!(eta * top > 0 && eta * top < 1)) return null;
    const a = amplitude(top, eta, rho);
    const start = [sign * a, y];
    const end = samStep(eta, rho, start);
    const bounce = [-2 * sign * a, 0];
    const rate = driftRate(top, eta, rho);
    const drift = [-rate * skew, -rate * at(slope, y)];
    const bounds = derivativeBounds(y, (2 * rho) / (2 - eta * top));
    return {
      start,
      end,
      bounce,
      drift,
      remainder: [0, 1].map((i) => end[i] - start[i] - (bounce[i] + drift[i])),
      ...remainderBounds(top, eta, rho, bounds),
    };
  }

  /** y of the drift flow ẏ = −2ηρ²h′(y)/(2 − ηh(y))² at t = 0 … steps, NaN once it is out of the valley. */
  function flow(eta, rho, y0, steps) {
    const factor = -2 * eta * rho * rho;
    const dt = 1 / SUBSTEPS;
    const velocity = (y) => {
      const rest = 2 - eta * at(h, y);
      return (factor * at(slope, y)) / (rest * rest);
    };
    const list = [y0];
    let y = y0;
    for (let t = 0; t < steps; t++) {
      for (let k = 0; k < SUBSTEPS && !Number.isNaN(y); k++) {
        const k1 = velocity(y);
        const k2 = velocity(y + 0.5 * dt * k1);
        const k3 = velocity(y + 0.5 * dt * k2);
        y += (dt / 6) * (k1 + 2 * k2 + 2 * k3 + velocity(y + dt * k3));
        if (!(Math.abs(y) <= REACH[1] && at(h, y) > 0)) y = NaN;
      }
      list.push(y);
    }
    return list;
  }

  /**
   * SAM's run, NaN from the step `left` on at which it is out of the valley (Infinity if never): the path, λ_max along it, the
   * largest ρ at which signs can alternate, whether they do from t to t + 1, and the first t at which they do no longer.
   */
  function run(eta, rho, start, steps) {
    const path = [start];
    for (let t = 0; t < steps; t++) path.push(samStep(eta, rho, path[t]));
    const inside = ([x, y]) => Math.abs(x) <= REACH[0] && Math.abs(y) <= REACH[1] && at(h, y) > 0;
    const found = path.findIndex((w) => !inside(w));
    const left = found < 0 ? Infinity : found;
    if (found >= 0) path.fill([NaN, NaN], found);
    const alternates = Array.from({ length: steps }, (_, t) => path[t][0] * path[t + 1][0] < 0);
    const began = alternates.indexOf(true);
    const stopped = began < 0 ? -1 : alternates.findIndex((yes, t) => t > began && !yes);
    return {
      path,
      left,
      alternates,
      lost: stopped < 0 || stopped >= left - 1 ? Infinity : stopped,
      sharpness: path.map(sharpness),
      limit: path.map(([, y]) => exactLimit(at(h, y), eta, skew)),
    };
  }

  return { loss, gradient, sharpness, samStep, derivativeBounds, split, flow, run };
}

/** ηρλ₁/(2 − ηλ₁), the amplitude of the bounce. */
export const amplitude = (top, eta, rho) => (eta * rho * top) / (2 - eta * top);

/** 2ηρ²/(2 − ηλ₁)², the step size of the drift on λ_max. */
export const driftRate = (top, eta, rho) => (2 * eta * rho * rho) / ((2 - eta * top) * (2 - eta * top));

/** Theorem 21's bound on the remainder, and what its proof gives before rounding up. */
export function remainderBounds(top, eta, rho, { b3, b4 }) {
  const x = eta * top;
  const reach = (2 * rho) / (2 - x);
  return {
    stated: eta * rho * rho * (((1 + x) ** 3 * rho * b4) / 6 + 2 * (2 * top + b3 * rho) * eta * b3),
    sharp: (eta * reach ** 3 * b4) / 6 + (eta * eta * rho * rho * b3 * (top + b3 * reach)) / (2 - x),
  };
}

/** ηλ₁²(2 − ηλ₁)/(2|κ|): to leading order the ρ up to which signs alternate. */
export const leadingLimit = (top, eta, skew) => (skew === 0 ? Infinity : (eta * top * top * (2 - eta * top)) / (2 * Math.abs(skew)));

/**
 * That ρ exactly for a cubic across the valley: |κ|ρ/λ₁ is the root y in (0, 2) of x(1 + y/2) = (y/2)[1 + (1 + x(1 + y/2))²],
 * x = ηλ₁. Infinity without a skew, NaN unless 0 < ηλ₁ < 1.
 */
export function exactLimit(top, eta, skew) {
  const x = eta * top;
  if (!(x > 0 && x < 1)) return NaN;
  if (skew === 0) return Infinity;
  let [low, high] = [0, 2];
  for (let k = 0; k < 60; k++) {
    const y = (low + high) / 2;
    const far = x * (1 + y / 2);
    if (far > (y / 2) * (1 + (1 + far) * (1 + far))) low = y;
    else high = y;
  }
  return (((low + high) / 2) * top) / Math.abs(skew);
}

// length·v/‖v‖, and 0 where v = 0
function scaled(v, length) {
  let square = v[0] * v[0] + v[1] * v[1];
  if (!(square > SMALLEST_SQUARE && square < LARGEST_SQUARE)) {
    const largest = Math.max(Math.abs(v[0]), Math.abs(v[1]));
    if (largest === 0) return [0, 0];
    v = v.map((x) => x / largest);
    square = v[0] * v[0] + v[1] * v[1];
  }
  const factor = length / Math.sqrt(square);
  return v.map((x) => x * factor);
}
