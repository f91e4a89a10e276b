// For many random starts, the step from which SAM stays on its two-cycle against the step from which Theorem 3 says it does, and
// the terms of the bound for one of them.
import * as dynamics from "../dynamics/index.js";
import { choice, legend, readout, slider, toggle } from "../views/controls.js";
import { datum, html, number, powerOfTen, subscripted, symbol } from "../views/dom.js";
import { dots, scatterView } from "../views/scatter.js";
import { termBarsView } from "../views/term_bars.js";
import { call, program } from "./code.js";
import { figureFrame } from "./frame.js";
import { parameterSliders, presets } from "./settings.js";
import { sharedState } from "./state.js";

const { accuracyLimit, explicitTime, settlingTime, theorem3, uniformHypotheses, uniformStarts } = dynamics;
const TRAITS = ["eta", "rho", "eigenvalues", "accuracy", "reach", "count", "seed", "chosen", "printed", "rescale"];
const LONGEST = 3000; // steps within which a run's settling is looked for
const FAILURE = 0.05;

const TERMS = {
  escape: "escape from the saddles",
  accuracy: "accuracy ε",
  start: "start near the axis",
  descent: "descent to the ball",
  chance: "chance δ of a bad start",
  bounce: "bounce settles",
};

function render({ model, el }) {
  const state = sharedState(model, TRAITS, () => frame.redraw());
  const { ranges } = state;
  const renew = () => state.set({ seed: (state.values.seed + 1) % (ranges.seed.max + 1) });
  const frame = figureFrame({ el, model, state, kind: "bound-versus-truth", keys: { n: ["draw other starts", renew], ".": ["the start with the next larger bound", () => neighbour(1)], ",": ["the one with the next smaller bound", () => neighbour(-1)] }, draw });
  let drawn = []; // the starts as drawn: { k, bound, realised, at }

  const plot = scatterView({
    layers: ["diagonal", "starts"],
    pointLabel: "Chosen start",
    move: choose,
    nudge: ([right, up], fine) => neighbour((right || up) * (fine ? 1 : 10)),
  });
  const bars = termBarsView({ rows: TERMS, total: "Theorem 3 asks for", beside: "SAM takes", label: "The terms of the bound for the chosen start" });
  const dimension = choice({
    label: "Dimension",
    options: [2, 3, 4].map((d) => ({ name: String(d), text: String(d) })),
    change: (d) => state.set({ eigenvalues: spread(state.values.eigenvalues, Number(d)) }),
  });
  const printed = toggle({
    name: "printed",
    label: html("span", {}, "break the bound: density of ", symbol("w", "0"), " for that of ", symbol("v", "0"), ", as printed"),
    change: (yes) => state.set({ printed: yes }),
  });
  const again = html("button", { type: "button", "data-action": "renew", title: "Draw other starts (n)", "aria-keyshortcuts": "n", onclick: renew }, "New starts");
  const parameters = parameterSliders(state);
  const accuracy = slider({
    name: "accuracy",
    label: symbol("ε"),
    words: "accuracy epsilon",
    min: Math.log10(ranges.accuracy.min),
    max: Math.log10(ranges.accuracy.max),
    step: "any",
    change: (exponent) => state.set({ accuracy: within(ranges.accuracy, Number((10 ** exponent).toPrecision(3))) }),
    format: () => number(epsilonOf(state.values)),
  });
  const plain = (name, label, words, format) => slider({ ...ranges[name], name, label, words, format, change: (value) => state.set({ [name]: value }) });
  const reach = plain("reach", html("span", {}, "reach"), "reach of the starts");
  const count = plain("count", html("span", {}, "starts"), "number of starts", String);
  const rescale = plain("rescale", html("span", {}, "scale ", html("i", {}, "s")), "scale s, as a power of ten", (k) => (k ? powerOfTen(-k) : "1"));
  const settings = presets(state, model);
  const names = ["realised", "bound", "explicit", "worst", "above"];
  const now = Object.fromEntries(names.map((name) => [name, datum(name)]));

  // Starts in the order of their bounds, then of their times, as the arrow keys go through them.
  function neighbour(by) {
    const order = [...drawn].sort((p, q) => p.bound - q.bound || p.realised - q.realised || p.k - q.k);
    const place = order.findIndex(({ k }) => k === current());
    state.set({ chosen: order[Math.max(0, Math.min(order.length - 1, place + by))].k });
  }

  function choose(_, [px, py]) {
    const far = ({ at: [x, y] }) => (x - px) ** 2 + (y - py) ** 2;
    state.set({ chosen: drawn.reduce((best, each) => (far(each) < far(best) ? each : best)).k });
  }

  const current = () => Math.min(state.values.chosen, state.values.count - 1);

  // Runs and their times change with the dynamics alone, not with the choice of a start or the form of the bound.
  let known = "";
  let runs = { starts: [], realised: [] };
  function settle({ eigenvalues, eta, rho, seed, count: number, reach: size }, epsilon) {
    const key = JSON.stringify([eigenvalues, eta, rho, seed, number, size, epsilon]);
    if (key === known) return runs;
    known = key;
    const starts = uniformStarts(seed, number, eigenvalues.length, size);
    runs = { starts, realised: starts.map((start) => settlingTime(eigenvalues, eta, rho, start, epsilon, LONGEST)) };
    return runs;
  }

  function draw() {
    const v = state.values;
    const { eigenvalues, eta, rho } = v;
    const epsilon = epsilonOf(v);
    const { starts, realised } = settle(v, epsilon);
    const s = 10 ** -v.rescale;
    const scaled = { eigenvalues: eigenvalues.map((l) => s * l), eta: eta / s, rho, epsilon: s * epsilon, form: v.printed ? "printed" : "corrected" };
    const times = starts.map((start) => theorem3({ ...scaled, ...uniformHypotheses(start, FAILURE) }));
    const k = current();
    const bounds = times.map(({ total }) => total);
    const above = starts.filter((_, j) => realised[j] > bounds[j]).length;
    const worst = Math.max(...starts.map((_, j) => (realised[j] < Infinity && bounds[j] > 0 && bounds[j] < Infinity ? realised[j] / bounds[j] : 0)));

    drawPlot(k, bounds, realised, v);
    bars.draw(times[k].terms, times[k].total, realised[k]);
    dimension.show(String(eigenvalues.length));
    printed.show(v.printed);
    parameters.show(v);
    accuracy.show(Math.log10(v.accuracy));
    reach.show(v.reach);
    count.show(v.count);
    rescale.show(v.rescale);
    settings.show(v);
    now.realised.show(realised[k], realised[k] === Infinity ? `none in ${LONGEST}` : String(realised[k]));
    now.bound.show(bounds[k], bounds[k] === Infinity ? "∞" : number(bounds[k]));
    const explicit = explicitTime({ eigenvalues, eta, rho, epsilon, ...uniformHypotheses(starts[k], FAILURE) });
    now.explicit.show(explicit, explicit === Infinity ? "∞" : number(explicit));
    now.worst.show(worst);
    now.above.show(above, String(above));
    const coordinates = eigenvalues.map((_, i) => [`w${i + 1}`, subscripted("w", i + 1), starts.map((start) => start[i])]);
    return {
      ...describe({ v, k, realised, bounds, terms: times[k].terms, above, worst }),
      data: () => ({
        caption: "The starts, the step from which SAM stays on its cycle, and the one from which Theorem 3 says it does",
        at: k,
        columns: [["start", "start", starts.map((_, j) => j)], ...coordinates, ["realised", "SAM takes", realised], ["bound", "Theorem 3 asks for", bounds]],
      }),
      code: () =>
        program([`figure = ${call("live.BoundVersusTruth", v)}`, "starts = figure.starts()"], {
          start: "range(len(starts))",
          ...Object.fromEntries(coordinates.map(([name], i) => [name, `starts[:, ${i}]`])),
          realised: "figure.realised()",
          bound: "figure.totals()",
        }),
    };
  }

  function drawPlot(k, bounds, realised, { printed: broken }) {
    const finite = [...bounds, ...realised].filter((value) => value > 0 && value < Infinity);
    const high = 4 * Math.max(100, ...finite);
    const axis = { log: true, domain: [0.7, high] };
    const { at, frame: box } = plot.scale({
      x: { ...axis, name: broken ? "steps that the printed bound asks for" : "steps that Theorem 3 asks for" },
      y: { ...axis, name: "steps that SAM takes" },
    });
    drawn = bounds.map((bound, j) => ({ k: j, bound, realised: realised[j], at: at([bound, realised[j]]), broken: realised[j] > bound }));
    const corner = [
      [0.7, 0.7],
      [high, high],
    ].map(at);
    plot
      .layer("diagonal")
      .selectAll("path")
      .data([
        ["refuted", `M${box.left},${box.top}H${box.left + box.width}L${box.left},${box.top + box.height}Z`],
        ["line", `M${corner.join("L")}`],
      ])
      .join("path")
      .attr("class", ([name]) => `live-diagonal-${name}`)
      .attr("d", ([, d]) => d);
    const cross = ([x, y]) => `M${x - 3},${y - 3}l6,6m0,-6l-6,6`;
    const [kept, lost] = [false, true].map((yes) => drawn.filter((start) => start.broken === yes).map((start) => start.at));
    const layer = plot.layer("starts");
    layer
      .selectAll("path")
      .data([["kept", dots(kept)], ["lost", lost.map(cross).join("")]])
      .join("path")
      .attr("class", ([name]) => `live-marks-${name}`)
      .attr("d", ([, d]) => d);
    const claims = bounds.some((bound) => bound <= 0) ? ["bound ≤ 0"] : [];
    layer
      .selectAll("text")
      .data(claims)
      .join("text")
      .attr("class", "live-level-name")
      .attr("x", box.left + 14)
      .attr("y", box.top + box.height - 8)
      .text((words) => words);
    const chosen = drawn[k];
    plot.point(chosen.at, {
      now: k,
      min: 0,
      max: drawn.length - 1,
      text: `start ${k + 1} of ${drawn.length}: ${number(chosen.realised)} steps, bound ${number(chosen.bound)}`,
    });
    plot.label(`The time SAM takes to settle against the bound for ${drawn.length} starts, with the diagonal above which the bound would be false`);
  }

  function describe({ v, k, realised, bounds, terms, above, worst }) {
    const settled = realised.filter((t) => t < Infinity);
    const range = (list) => (Math.min(...list) === Math.max(...list) ? number(list[0]) : `${number(Math.min(...list))} to ${number(Math.max(...list))}`);
    const truth = settled.length
      ? `${settled.length === realised.length ? "All" : `${settled.length} of`} ${realised.length} starts settle, within ${range(settled)} steps`
      : `None of ${realised.length} starts settles on the cycle along e₁`;
    const gap = bounds[0] < Infinity;
    const negative = bounds.filter((bound) => bound <= 0).length;
    let verdict;
    if (!gap) verdict = "Without a gap, λ₁ = λ₂, the bound is infinite: Theorem 3 says nothing, and the direction of the bounce is the start's.";
    else if (above)
      verdict = `The ${v.printed ? "printed bound" : "bound with c = 1"} is false for ${above} of them: ${negative ? `for ${negative} it is not even positive and would have SAM settled at t = 0` : "it is below the time SAM takes"}.`;
    else verdict = `The bound asks for ${range(bounds)}; at most ${number(worst)} of it is used.`;
    const [largest, value] = Object.entries(terms).reduce((p, q) => (q[1] > p[1] ? q : p));
    const chosen = gap ? ` Start ${k + 1}: ${realised[k] === Infinity ? "not settled" : number(realised[k])}, bound ${number(bounds[k])}; largest term ${number(value)}, ${TERMS[largest]}.` : "";
    const scale = v.rescale ? ` Rescaled by s = ${powerOfTen(-v.rescale)}: no iterate changes; the bound is for the accuracy sε.` : "";
    return { words: `${truth}. ${verdict}${scale}${chosen}`, warning: Boolean(above || !gap) };
  }

  return frame.open(
    html("div", { class: "live-views" }, plot.element, bars.element),
    legend([
      ["kept", "a start"],
      ["lost", "a start for which the bound is false"],
      ["cycle", "equality; the bound has ", html("i", {}, "c"), " = 1"],
    ]),
    html("div", { class: "live-options" }, dimension.element, again, printed.element),
    html("div", { class: "live-settings" }, parameters.elements, accuracy.element, reach.element, count.element, rescale.element),
    settings.element,
    readout([
      ["SAM takes", now.realised.element],
      ["Theorem 3 asks for", now.bound.element],
      ["with explicit constants", now.explicit.element],
      ["largest share used", now.worst.element],
      ["bound false for", now.above.element],
    ]),
  );
}

const within = ({ min, max }, value) => Math.min(max, Math.max(min, value));

/** ε, a share of the accuracies to which the theorem applies as printed: for λ_d ≤ 1 that is enough. */
const epsilonOf = ({ eigenvalues, eta, rho, accuracy }) => accuracy * accuracyLimit(eigenvalues, eta, rho, "printed");

/** `d` eigenvalues at equal distances between the first and the last of a spectrum, to two decimals. */
function spread(eigenvalues, d) {
  const [first, last] = [eigenvalues[0], eigenvalues.at(-1)];
  return Array.from({ length: d }, (_, i) => Number((first + ((last - first) * i) / (d - 1)).toFixed(2)));
}

export default { render, dynamics };
