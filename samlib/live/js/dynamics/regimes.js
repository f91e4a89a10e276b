// What SAM does in the long run, over a plane of parameters: samlib/regimes.py in JavaScript, with the same operations in the same
// order, so that the class of every cell is the same to the last chaotic one.

/**
 * @typedef {{ map: "valley" | "ravine", bend: number, rho: number }} Plane  bend and rho belong to the valley alone
 * @typedef {[[number, number], [number, number]]} Window
 * @typedef {{ plane: Plane, window: Window, steps: number, stages: number[][] }} Task
 * @typedef {{ stage: number, columns: number, rows: number, codes: Uint16Array, milliseconds: number, longest: number }} Chart
 */

/** The classes in words, by the numbers of samlib.regimes.Regime. */
export const WORDS = [
  "two-cycle along e₁",
  "drift: bounces where the floor is flatter",
  "two-cycle in another direction",
  "higher period",
  "alternates, no period found",
  "alternation lost",
  "divergence",
];

/** @type {Record<string, Window>} What each map shows. */
export const WINDOWS = { valley: [[0, 2.5], [0, 0.6]], ravine: [[0, 1.2], [0, 2]] };

/**
 * All that computes a map. It names nothing outside of itself: its own text is what a worker runs (figures/mapper.js), since no file
 * of its own could be loaded where a page is opened from a disk.
 */
export function regimes() {
  const [LAST, LONGEST] = [64, 32];
  const [CLOSED, LEANS, FALLEN, FAR] = [1e-6, 0.01, 1e-5, 1e6];
  const [BOUNCE, DRIFT, TURNED, HIGHER, UNDECIDED, LOST, DIVERGED] = [0, 1, 2, 3, 4, 5, 6];
  const [TINY, HUGE] = [1e-290, 1e290];
  const KEPT = LAST + LONGEST + 1;
  const xs = new Float64Array(KEPT);
  const ys = new Float64Array(KEPT);

  /** λ₁, where the floor is sharpest. */
  const topOf = (plane) => (plane.map === "ravine" ? 2 : 1);

  /** The curvature across the valley at (0, y). */
  const floor = (plane, y) => (plane.map === "ravine" ? 2 / (1 + 0.5 * y * y) : 1 - plane.bend + plane.bend * (y * y));

  /** η, ρ, the start and the gradient, which is written into `slope`, at the two parameters of the plane. */
  function setting(plane, first, second) {
    const slope = new Float64Array(2);
    if (plane.map === "ravine") {
      const gradient = (x, y) => {
        const ratio = x / (1 + 0.5 * y * y);
        slope[0] = 2 * ratio;
        slope[1] = y * (1 - ratio * ratio);
      };
      return { eta: first, rho: second, x: 0.1, y: 0.1, slope, gradient };
    }
    const { bend, rho } = plane;
    const skew = second / rho;
    const gradient = (x, y) => {
      slope[0] = (1 - bend + bend * (y * y) + 0.5 * skew * x) * x;
      slope[1] = bend * y * (x * x);
    };
    return { eta: first, rho, x: 0.01 * rho, y: 1, slope, gradient };
  }

  /** Calls `visit(t, x, y)` for w_0 … w_steps; stops where that returns true, and after a point that is far out. */
  function follow(plane, first, second, steps, visit) {
    const run = setting(plane, first, second);
    const { eta, rho, slope, gradient } = run;
    let { x, y } = run;
    for (let t = 0; ; t++) {
      if (visit(t, x, y) || t === steps) return true;
      gradient(x, y);
      let [g, h] = slope;
      let square = g * g + h * h;
      if (!(square > TINY && square < HUGE)) {
        const largest = Math.max(Math.abs(g), Math.abs(h));
        g = largest === 0 ? 0 : g / largest;
        h = largest === 0 ? 0 : h / largest;
        square = largest === 0 ? 1 : g * g + h * h;
      }
      const factor = rho / Math.sqrt(square);
      gradient(g * factor + x, h * factor + y);
      x -= eta * slope[0];
      y -= eta * slope[1];
      if (!(Math.abs(x) <= FAR && Math.abs(y) <= FAR)) return false;
    }
  }

  /** SAM's path at the parameters of a cell, shorter where it diverges. */
  function path(plane, first, second, steps) {
    const list = [];
    follow(plane, first, second, steps, (_, x, y) => {
      list.push([x, y]);
      return false;
    });
    return list;
  }

  /** Whether the last points come back within `most` after p steps. */
  function comesBack(p, most) {
    for (let k = KEPT - 1; k >= KEPT - LAST; k--) {
      if (!(Math.abs(xs[k] - xs[k - p]) <= most && Math.abs(ys[k] - ys[k - p]) <= most)) return false;
    }
    return true;
  }

  /** The class and the period of a cell: { regime, period }, see samlib.regimes.classify. */
  function classify(plane, first, second, steps) {
    const kept = steps + 1 - KEPT;
    const stayed = follow(plane, first, second, steps, (t, x, y) => {
      if (t >= kept) {
        xs[t - kept] = x;
        ys[t - kept] = y;
      }
      return false;
    });
    if (!stayed) return { regime: DIVERGED, period: 0 };
    const closes = CLOSED * (plane.map === "ravine" ? second : plane.rho);
    let period = 0;
    for (let p = 1; p <= LONGEST && !period; p++) if (comesBack(p, closes)) period = p;
    const [end, before] = [KEPT - 1, KEPT - 2];
    const [width, along] = [Math.abs(xs[end] - xs[before]), Math.abs(ys[end] - ys[before])];
    if (period === 2 && along > LEANS * width) return { regime: TURNED, period };
    for (let k = KEPT - LAST; k < KEPT; k++) if (!(xs[k] * xs[k - 1] < 0)) return { regime: LOST, period };
    const flatter = floor(plane, ys[end]) < topOf(plane) * (1 - FALLEN);
    if (period === 2) return { regime: flatter ? DRIFT : BOUNCE, period };
    if (period > 2) return { regime: HIGHER, period };
    let drifts = period === 0 && flatter;
    for (let k = KEPT - LAST; drifts && k < KEPT; k++) drifts = floor(plane, ys[k]) < floor(plane, ys[k - 1]);
    return { regime: drifts ? DRIFT : UNDECIDED, period };
  }

  /** The place of the middle of cell k of `count` in [low, high]. */
  const centre = ([low, high], k, count) => low + (high - low) * ((k + 0.5) / count);

  /** The code of cell k of a map, counted row by row from the window's first corner: 8 · period + regime. */
  function code({ plane, window, steps }, columns, rows, k) {
    const [first, second] = [centre(window[0], k % columns, columns), centre(window[1], Math.floor(k / columns), rows)];
    const { regime, period } = classify(plane, first, second, steps);
    return 8 * period + regime;
  }

  /**
   * Computes a map stage by stage, coarse ones first, and gives each to `emit`. It works for about `budget` milliseconds at a time and
   * lets others have their turn by `later`; it stops where `alive` says that nobody waits for it any more.
   */
  function refine(task, { budget, alive, emit, later }) {
    const began = performance.now();
    let [stage, done, longest] = [0, 0, 0];
    let codes = null;
    function slice() {
      if (!alive()) return;
      const [columns, rows] = task.stages[stage];
      codes ??= new Uint16Array(columns * rows);
      const from = performance.now();
      let spent = 0;
      while (done < codes.length && spent < budget) {
        for (const end = Math.min(codes.length, done + 16); done < end; done++) codes[done] = code(task, columns, rows, done);
        spent = performance.now() - from;
      }
      longest = Math.max(longest, spent);
      if (done === codes.length) {
        emit({ stage, columns, rows, codes, milliseconds: performance.now() - began, longest });
        [stage, done, codes] = [stage + 1, 0, null];
      }
      if (stage < task.stages.length) later(slice);
    }
    slice();
  }

  /** The worker's side: takes { id, task }, sends { id, … } for each stage, and drops a task when the next one comes. */
  function serve(port) {
    let current = 0;
    port.onmessage = ({ data: { id, task } }) => {
      current = id;
      refine(task, {
        budget: 12,
        alive: () => current === id,
        emit: (chart) => port.postMessage({ id, ...chart }),
        later: (next) => setTimeout(next, 0),
      });
    };
  }

  return { classify, path, floor, topOf, code, refine, serve };
}

export const { classify, path, floor, topOf, code, refine } = regimes();

/** The root of a function that is positive at `low` and negative at `high`. */
function root(excess, low, high) {
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The ρ|κ|/λ₁ below which SAM has a two-cycle around the minimum of ½λ₁w² + κw³/6, at x = ηλ₁ in (0, 2). */
export function valleyWindow(x) {
  const t = root((each) => x / 2 - each - (x * each * each) / 2 - each * each * each, 0, 1);
  return (2 * t * (1 - t)) / (1 + t * t);
}

/** [ηλ₁, ρ|κ|/λ₁] at which that cycle, with cos θ = c, begins to double its period. */
export function flipEdge(c) {
  const x = 2 / (c + Math.sqrt(Math.max(0, 2 - 3 * c * c)));
  return [x, Math.sqrt(1 - c * c) * (1 - 0.5 * x * c)];
}

/** The ρ above which the bounce along e₂ attracts on the flattening ravine, for η in (0, 2). */
export function secondDirectionEdge(eta) {
  const far = root((each) => eta + (2 * (2 - eta)) / (1 + 0.125 * (eta * each) ** 2) - 1 - 0.5 * each * each, 0, 3);
  return (far * (2 - eta)) / 2;
}

const SAMPLES = 80;
const between = (low, high, value) => Array.from({ length: SAMPLES + 1 }, (_, k) => value(low + ((high - low) * k) / SAMPLES));

/**
 * The analytic boundaries on a map: { name, points }. `step` (ηλ₁ = 2), `window`, `settled` (the window where the floor is flattest),
 * `flip`, `growth` (ρ = 1 − η), `wide` (ρ = √(1 − η²)/η) and `second`.
 */
export function boundaries({ map, bend }, [[, most], [, highest]]) {
  if (map === "ravine") {
    const wide = (eta) => Math.sqrt(1 - eta * eta) / eta;
    return [
      { name: "step", points: [[1, 0], [1, highest]] },
      { name: "growth", points: [[0, 1], [1, 0]] },
      { name: "wide", points: between(1 / Math.sqrt(1 + highest * highest), 1, (eta) => [eta, wide(eta)]) },
      { name: "second", points: between(0.01, most, (eta) => [eta, secondDirectionEdge(eta)]) },
    ];
  }
  const [low, high] = [0.665478, Math.sqrt(2 / 3)]; // from where the cycle touches the minimum
  return [
    { name: "step", points: [[2, 0], [2, highest]] },
    { name: "window", points: between(0.005, 1.995, (x) => [x, valleyWindow(x)]) },
    bend > 0
      ? { name: "settled", points: between(0.005, Math.min(1.995, (1 - bend) * most), (x) => [x / (1 - bend), (1 - bend) * valleyWindow(x)]) }
      : { name: "flip", points: between(low, high, flipEdge) },
  ];
}

/** Where a figure stands that can show a cell: the page beside this one, and the figure's key on it. */
export const TARGETS = {
  Bounce: ["03-bouncing-across-ravines", "bounce"],
  Valley: ["05-drifting-to-wide-minima", "valley"],
  Race: ["06-simulations", "race"],
  YourLoss: ["06-simulations", "your-loss"],
};

/** The figure that shows the state of the cross-hair, and its state there; null where none does. samlib.live.Atlas.opens is the same. */
export function opens({ map, eta, rho, skew, bend, steps }) {
  if (map === "ravine") {
    const start = [0.1, 0.1];
    if (eta <= 0.99) {
      const budget = Math.min(600, 2 * steps);
      return { figure: "Race", state: { landscape: "ravine", eta, rho, start, budget, t: budget, sgd: false } };
    }
    return eta <= 1.98 ? { figure: "YourLoss", state: { formula: "x^2/(1 + y^2/2) + y^2/2", eta, rho, start, steps, t: steps } } : null;
  }
  if (skew === 0 && bend === 0) {
    const state = { eigenvalues: [1, 0.5], eta, rho, start: [2, 2], steps, t: steps };
    return eta <= 1.98 && rho <= 2 ? { figure: "Bounce", state } : null;
  }
  const start = [0.01 * rho, 1];
  if (eta < 1 && rho <= 1 && skew <= 4) {
    const heights = [1 + 3 * bend, 1, 1 - bend, 1, 1 + 3 * bend];
    return { figure: "Valley", state: { heights, skew, eta, rho, start, on_bounce: false, steps, t: steps } };
  }
  const cube = skew ? ` + ${skew.toFixed(4)}*x^3/6` : "";
  const formula = `(${(1 - bend).toFixed(4)} + ${bend.toFixed(4)}*y^2)*x^2/2${cube}`;
  return eta <= 1.98 ? { figure: "YourLoss", state: { formula, eta, rho, start, steps, t: steps } } : null;
}
