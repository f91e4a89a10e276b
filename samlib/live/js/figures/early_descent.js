// The early descent: ‖v_t‖ under its line down to the ball, and the ring around γ₁ with the chance to be caught in it.
import * as descent from "../dynamics/descent.js";
import * as sam from "../dynamics/sam.js";
import * as lines from "../dynamics/thresholds.js";
import { chanceView } from "../views/chance.js";
import { choice, legend, readout, slider } from "../views/controls.js";
import { drawDescent } from "../views/descent.js";
import { datum, html, number, powerOfTen, symbol } from "../views/dom.js";
import { easing } from "../views/motion.js";
import { planeView, squareWindow } from "../views/plane.js";
import { logDomain, stripsView } from "../views/strips.js";
import { drawTrail } from "../views/trail.js";
import { iterates, quadraticRun } from "./code.js";
import { figureFrame } from "./frame.js";
import { breakSwitch, parameterSliders, presets, timeline } from "./settings.js";
import { sharedState, smallStepUnlessBroken } from "./state.js";

const dynamics = { ...sam, ...lines, ...descent };
const { closestTo, contracts, countBelow, gradientLengths, linearLaw, logPromisedGap, normalStarts, sampleSize, timeToBall } = descent;
const { gradient, samPath, squaredNorm } = sam;
const { thresholds } = lines;
const TRAITS = ["eta", "rho", "eigenvalues", "start", "steps", "t", "broken", "gap", "spread", "seed", "zoom"];
const LIMIT = 3000; // where a path is given up that has not reached the ball
const HITS = 700; // how many starts of each kind are drawn
const MISSES = 500;

const spread = (w) => Math.max(Math.abs(w[0]), Math.abs(w[1]));
const percent = (share) => `${number(100 * share)} %`;

function render({ model, el }) {
  const state = sharedState(model, TRAITS, () => frame.redraw(), { limit: smallStepUnlessBroken });
  const { ranges } = state;
  const steps = timeline(state, { pace: [30, 300, 6000] });
  const setGap = (gap) => state.set({ gap: Number(Math.max(ranges.gap.min, Math.min(ranges.gap.max, gap)).toFixed(6)) });
  const widen = (by) => setGap(state.values.gap + by * ranges.gap.step * (state.values.gap < 0.0195 ? 1 : 5));
  const drawAgain = () => state.set({ seed: (state.values.seed + 1) % (ranges.seed.max + 1) });
  const keys = { ...steps.keys, "[": ["a narrower ring", () => widen(-1)], "]": ["a wider ring", () => widen(1)], n: ["draw other random starts", drawAgain] };
  const frame = figureFrame({ el, model, state, kind: "early-descent", keys, draw });

  const plane = planeView({
    layers: ["sample", "ring", "ball", "trail"],
    pointLabel: "Start point w₀",
    limit: ranges.start,
    move: (start) => state.set({ start }),
  });
  const strips = stripsView({
    strips: [{ share: 2, draw: drawDescent }, { share: 1 }],
    seek: (t) => steps.seek(t),
    label: "The length of the gradient over the steps, under its line down to the ball, and the ratio of its coordinates",
  });
  const chance = chanceView({ label: "The share of random starts whose path passes through the ring, against its half-width", range: ranges.gap, choose: setGap });
  const view = choice({
    label: "View",
    options: [
      { name: "path", text: "Whole path" },
      { name: "ring", text: "Zoom on the ring" },
    ],
    change: (name) => state.set({ zoom: name === "ring" }),
  });
  const make = (name, label, words, change) => slider({ ...ranges[name], name, label, words, change });
  const gap = make("gap", html("span", {}, html("i", {}, "Δ"), "/", symbol("γ", "1")), "half-width of the ring, as a share of gamma 1", setGap);
  const sigma = make("spread", symbol("σ"), "standard deviation of the random starts", (value) => state.set({ spread: value }));
  const again = html("button", { type: "button", "data-action": "sample", title: "Draw other random starts (n)", "aria-keyshortcuts": "n", onclick: drawAgain }, "Draw other starts");
  const parameters = parameterSliders(state, { steps: true });
  const broken = breakSwitch(state);
  const settings = presets(state, model, steps.stop);
  const now = Object.fromEntries(["length", "bound", "time", "arrival", "closest", "delta", "chance", "slope", "promise"].map((name) => [name, datum(name)]));
  const zoomed = easing(frame.redraw, { milliseconds: 700, geometric: true });
  let held = null;
  /** @type {any} */
  let sampled = { key: "" };

  /** The random starts of the present setting, and how close each path comes to γ₁; kept until one of them changes. */
  function sample({ eigenvalues, eta, rho, spread: sd, seed }, gamma) {
    const key = JSON.stringify([eigenvalues, eta, rho, sd, seed]);
    if (sampled.key === key) return sampled;
    if (!Number.isFinite(gamma)) return (sampled = { key, starts: [], closest: [], sorted: [] });
    const starts = normalStarts(seed, sampleSize(eigenvalues, eta, rho, sd), sd);
    const closest = closestTo(gamma, eigenvalues, eta, rho, starts, LIMIT);
    return (sampled = { key, starts, closest, sorted: closest.slice().sort() });
  }

  function halfWidth({ zoom, eigenvalues }, path, length, ball) {
    if (plane.dragging && held !== null) return held;
    if (zoom) return (1.8 * length) / eigenvalues[1];
    const reach = 1.15 * Math.max(...path.map(spread));
    return Math.max(reach, (1.3 * ball) / eigenvalues[1], Math.min(2 * reach, (1.3 * length) / eigenvalues[1]));
  }

  function draw() {
    const values = state.values;
    const { eta, rho, eigenvalues, start } = values;
    const t = Math.min(values.t, values.steps);
    const { gamma: gammas, ball } = thresholds(eigenvalues, eta, rho);
    const gamma = gammas[0];
    const ring = Number.isFinite(gamma);
    const path = samPath(eigenvalues, eta, rho, start, values.steps);
    const lengths = gradientLengths(eigenvalues, path);
    const limit = timeToBall(eigenvalues, eta, rho, lengths[0]);
    const arrival = lengths.findIndex((length) => length <= ball);
    const random = sample(values, gamma);
    const delta = values.gap * gamma;
    const share = (width) => countBelow(random.sorted, width * gamma) / random.sorted.length;
    const slope = ring ? linearLaw(random.sorted, gamma / 5) : NaN;

    held = halfWidth(values, path, ring ? gamma : ball, ball);
    const box = plane.measure();
    plane.draw({
      window: squareWindow([0, 0], zoomed.at(held), box),
      names: [["w", "1"], ["w", "2"]],
      point: start,
      value: (w) => squaredNorm(gradient(eigenvalues, w)),
      key: eigenvalues,
      label: `Contours of the gradient's length with the ring, the ball and SAM's iterates 0 to ${t}`,
    });
    drawSample(plane, random, delta);
    drawRing(plane, ring ? [gamma - delta, gamma + delta] : null, eigenvalues);
    drawBall(plane, ball, eigenvalues);
    drawTrail(plane.layer("trail"), path.map((w) => [plane.x(w[0]), plane.y(w[1])]), t, box);

    const rate = 1 - eta * eigenvalues[1];
    const bound = rate > 0 && lengths[0] > ball ? boundLine(lengths[0], rate, ball, values.steps) : [];
    const ratios = path.map((w) => ((eigenvalues[1] * w[1]) / (eigenvalues[0] * w[0])) ** 2);
    const breaches = slowSteps(lengths, ball, rate);
    const finite = ratios.filter(Number.isFinite);
    strips.draw({
      t,
      steps: values.steps,
      data: [
        {
          log: true,
          values: lengths,
          domain: logDomain([...lengths, ball, ...bound.map(([, value]) => value), ...(ring ? [Math.min(gamma * (1 + values.gap), 2 * lengths[0])] : [])], 6),
          band: ring ? [gamma - delta, gamma + delta] : null,
          levels: [["level-ball", ball]],
          moments: lengths[0] > ball ? [["moment", Math.ceil(limit)]] : [],
          bound,
          breaches,
          name: ["‖v", "t", "‖"],
        },
        { log: true, values: ratios, domain: logDomain(finite.length ? finite : [1], 60), name: ["v", "2", "² / v₁²"] },
      ],
    });
    chance.draw({
      width: values.gap,
      share: ring ? share : null,
      law: (width) => slope * gamma * width,
      edge: ring ? 1 - ball / gamma : 0,
      names: ["half-width Δ/γ₁", ring ? "chance to pass through the ring" : "no ring for ηλ₁ ≥ 1"],
    });

    steps.show(t, values.steps);
    view.show(values.zoom ? "ring" : "path");
    gap.show(values.gap);
    sigma.show(values.spread);
    parameters.show(values);
    broken.show(values.broken);
    settings.show(values);
    const closest = ring ? closestStep(lengths, gamma, arrival) : null;
    const chanceNow = ring ? share(values.gap) : NaN;
    const promised = ring && eta * eigenvalues[0] < 0.5 && chanceNow > 0 && chanceNow < 1 ? logPromisedGap(eigenvalues, eta, rho, values.spread, chanceNow / 2) : NaN;
    const none = (value, text) => [value, Number.isFinite(value) ? text : "–"];
    now.length.show(lengths[t]);
    now.bound.show(...none(boundAt(lengths[0], rate, ball, t), number(boundAt(lengths[0], rate, ball, t))));
    now.time.show(limit, `${number(limit)}, ⌈T⌉ = ${Math.ceil(limit)}`);
    now.arrival.show(arrival, arrival < 0 ? "–" : `step ${arrival}`);
    now.closest.show(...none(closest?.away ?? NaN, closest && `${number(closest.away)} at step ${closest.step}`));
    now.delta.show(...none(delta, number(delta)));
    now.chance.show(...none(chanceNow, `${number(100 * chanceNow)} ± ${number(200 * Math.sqrt((chanceNow * (1 - chanceNow)) / random.sorted.length), 2)} % of ${random.sorted.length}`));
    now.slope.show(...none(slope, `${number(slope)} Δ`));
    now.promise.show(...none(promised, tiny(promised)));
    const below = lengths[0] <= ball ? "np.full(len(w), theory.b)" : rate > 0 ? `np.maximum(theory.b, length[0] * ${rate} ** np.arange(len(w)))` : "";
    return {
      ...describe({ values, t, gamma, ball, delta, lengths, limit, arrival, rate, breaches, closest, chance: chanceNow, slope, promised, count: random.sorted.length }),
      data: () => ({
        caption: "SAM’s iterates w, the length of the gradient v, its bound by Lemma 6, and the ratio of its coordinates",
        at: t,
        columns: [
          ...iterates(path),
          ["length", "‖v‖", lengths],
          ...(below ? [["bound", "bound", lengths.map((_, s) => boundAt(lengths[0], rate, ball, s))]] : []),
          ["ratio", "v₂²/v₁²", ratios],
        ],
      }),
      code: () =>
        quadraticRun(values, start, values.steps, { length: "length", ...(below ? { bound: below } : {}), ratio: "ratio" }, [
          "v = w * eigenvalues",
          "length = np.linalg.norm(v, axis=1)",
          'with np.errstate(divide="ignore", invalid="ignore"):',
          "    ratio = (v[:, 1] / v[:, 0]) ** 2",
        ]),
    };
  }

  function describe(seen) {
    const { values, t } = seen;
    const { eta, eigenvalues, steps: last } = values;
    const words = [`Step ${t} of ${last}: ‖v‖ = ${number(seen.lengths[t])}.`, descentWords(seen), ringWords(seen)];
    return { words: words.filter(Boolean).join(" "), warning: !contracts(eigenvalues, eta) };
  }

  return frame.open(
    html("div", { class: "live-views" }, plane.element, html("div", { class: "live-stack" }, strips.element, chance.element)),
    legend([
      ["bound", "line of slope log(1 − ", html("i", {}, "η"), symbol("λ", "2"), ")"],
      ["moment", "⌈", html("i", {}, "T"), "⌉"],
      ["breach", "step that breaks (5)"],
      ["ball", "‖v‖ = ", html("i", {}, "b")],
      ["band", "ring around ", symbol("γ", "1")],
      ["hit", "starts that pass through it"],
      ["law", "chance ∝ Δ"],
      ["trail", "iterates"],
    ]),
    steps.element,
    html("div", { class: "live-options" }, view.element, again, broken.element),
    html("div", { class: "live-settings" }, parameters.elements, gap.element, sigma.element),
    settings.element,
    readout([
      ["‖v‖", now.length.element, ", bound ", now.bound.element],
      [html("i", {}, "T"), now.time.element],
      ["in the ball from", now.arrival.element],
      ["closest to γ₁", now.closest.element],
      [html("i", {}, "Δ"), now.delta.element],
      ["chance", now.chance.element],
      ["small Δ: chance ≈", now.slope.element],
      ["Lemma 7’s Δ for this chance", now.promise.element],
    ]),
  );
}

// The bound on ‖v_t‖ of Lemma 6: the line while it is above b, then b; NaN where 1 − ηλ_d ≤ 0 leaves no line.
function boundAt(from, rate, ball, t) {
  if (from <= ball) return ball;
  return rate > 0 ? Math.max(ball, from * rate ** t) : NaN;
}

/** The line from ‖v₀‖ with slope log(1 − ηλ_d) down to b, and on at b. */
function boundLine(from, rate, ball, steps) {
  const meets = Math.log(from / ball) / -Math.log(rate);
  if (meets >= steps) return [[0, from], [steps, from * rate ** steps]];
  return [[0, from], [meets, ball], [steps, ball]];
}

/** The step at which ‖v_t‖ is closest to γ₁, up to the one that enters the ball. */
function closestStep(lengths, gamma, arrival) {
  const until = arrival < 0 ? lengths.length : arrival + 1;
  let [step, away] = [0, Infinity];
  for (let s = 0; s < until; s++) {
    if (Math.abs(lengths[s] - gamma) < away) [step, away] = [s, Math.abs(lengths[s] - gamma)];
  }
  return { step, away };
}

/** The steps t that break (5): ‖v_{t−1}‖ ≥ b, and ‖v_t‖ is more than 1 − ηλ_d times it. */
const slowSteps = (lengths, ball, rate) => lengths.flatMap((length, t) => (t && lengths[t - 1] >= ball && length > rate * lengths[t - 1] * (1 + 1e-12) ? [t] : []));

function descentWords({ values, lengths, limit, arrival, ball, rate, breaches }) {
  const { eta, eigenvalues } = values;
  const last = Math.ceil(limit);
  const radius = `the ball b = ${number(ball)}`;
  const inTime = arrival >= 0 && arrival <= last;
  const path = arrival === 0 ? `The path starts in ${radius}.` : arrival < 0 ? `The path is not in ${radius} within ${values.steps} steps` : `The path is in ${radius} at step ${arrival}`;
  if (contracts(eigenvalues, eta)) return arrival === 0 ? path : `${path}; by ⌈T⌉ = ${last} it must be.`;
  const sum = number(eta * (eigenvalues[0] + eigenvalues[1]));
  const [first] = breaches;
  const breach = breaches.length
    ? `step ${first} multiplies the length by ${number(lengths[first] / lengths[first - 1])}, more than ${number(rate)}`
    : "though this path does not show it";
  return `η(λ₁ + λ₂) = ${sum} > 1, (5) fails: ${breach}. ${path}${arrival === 0 ? "" : inTime ? `, still by ⌈T⌉ = ${last}.` : `; ⌈T⌉ = ${last}.`}`;
}

function ringWords({ gamma, ball, delta, closest, chance, slope, count, promised }) {
  if (!Number.isFinite(gamma)) return "For ηλ₁ ≥ 1 no length sends v₁ to 0, so there is no ring.";
  const caught = closest.away <= 1e-12 * gamma;
  const fate = caught
    ? `At step ${closest.step} the length is γ₁ = ${number(gamma)} exactly: the next step sends v₁ to 0 for good.`
    : `Closest to γ₁ = ${number(gamma)} is step ${closest.step}, ${number(closest.away)} away: ${closest.away < delta ? "in the ring, Δ = " : "outside the ring, Δ = "}${number(delta)}.`;
  const overlap = delta > gamma - ball ? " The ring reaches into the ball, past the law's range." : "";
  const lemma = Number.isFinite(promised) ? `; Lemma 7, sharpened, warrants that for Δ = ${tiny(promised)} only` : "";
  return `${fate} Of ${count} random starts ${percent(chance)} pass through it${Number.isFinite(slope) ? ` (small Δ: ${number(slope)} Δ)` : ""}${lemma}.${overlap}`;
}

// e^x for an x far below zero, as a power of ten.
const tiny = (log) => {
  const tens = log / Math.LN10;
  return tens > -3 ? number(Math.exp(log)) : powerOfTen(Math.floor(tens));
};

// Random starts as dots: those whose paths pass through the ring, and some of the others.
function drawSample(plane, { starts, closest }, delta) {
  const d = { hit: "", miss: "" };
  const left = { hit: HITS, miss: MISSES };
  const [[x0, x1], [y0, y1]] = [plane.x.domain(), plane.y.domain()];
  for (let k = 0; k < starts.length && left.hit + left.miss > 0; k++) {
    const name = closest[k] < delta ? "hit" : "miss";
    const [a, b] = starts[k];
    if (left[name] === 0 || a < x0 || a > x1 || b < y0 || b > y1) continue;
    left[name]--;
    d[name] += `M${plane.x(a).toFixed(1)},${plane.y(b).toFixed(1)}h0`;
  }
  const drawn = ["miss", "hit"].map((name) => [name, d[name]]);
  plane.layer("sample").selectAll("path").data(drawn).join("path").attr("class", ([name]) => `live-sample-${name}`).attr("d", ([, path]) => path);
}

// The ring between two ellipses ‖Λw‖ = length, its hole left open, and the ellipse ‖Λw‖ = b.
function drawRing(plane, lengths, eigenvalues) {
  const [x0, y0] = [plane.x(0), plane.y(0)];
  const ellipse = (length) => {
    const [rx, ry] = [plane.x(length / eigenvalues[0]) - x0, y0 - plane.y(length / eigenvalues[1])];
    return `M${x0 - rx},${y0}a${rx},${ry} 0 1 0 ${2 * rx},0a${rx},${ry} 0 1 0 ${-2 * rx},0Z`;
  };
  const drawn = lengths ? [lengths.map(ellipse).join("")] : [];
  plane.layer("ring").selectAll("path").data(drawn).join("path").attr("d", (d) => d);
}

function drawBall(plane, ball, eigenvalues) {
  plane
    .layer("ball")
    .selectAll("ellipse")
    .data([ball])
    .join("ellipse")
    .attr("cx", plane.x(0))
    .attr("cy", plane.y(0))
    .attr("rx", plane.x(ball / eigenvalues[0]) - plane.x(0))
    .attr("ry", plane.y(0) - plane.y(ball / eigenvalues[1]));
}

export default { render, dynamics };
