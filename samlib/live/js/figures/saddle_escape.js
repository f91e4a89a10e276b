// How SAM leaves the saddle along e₂ and lines up with e₁ (Lemmas 11, 13, 14): the misalignment, the ratio of the coordinates and
// the length of the gradient over the steps, and the time of escape against the distance from the saddle.
import * as dynamics from "../dynamics/index.js";
import { legend, readout, slider, toggle } from "../views/controls.js";
import { datum, html, number, symbol } from "../views/dom.js";
import { drawMarks } from "../views/marks.js";
import { dots, scatterView } from "../views/scatter.js";
import { logDomain, stripsView } from "../views/strips.js";
import { iterates, quadraticRun } from "./code.js";
import { figureFrame } from "./frame.js";
import { parameterSliders, presets, timeline } from "./settings.js";
import { sharedState } from "./state.js";

const { alignment, alignmentThreshold, axisGrowth, escapeFactor, escapeTime, gain, misalignedSteps, predictedEscape, quadraticSAM, samPath, visitsBeyond } = dynamics;
const TRAITS = ["eta", "rho", "eigenvalues", "sigma", "height", "epsilon", "steps", "t", "no_gap", "on_axis"];
const LONGEST = 2000; // steps within which an escape is looked for
const GRID = Array.from({ length: 46 }, (_, k) => 10 ** (-k / 3)); // the σ whose escape is drawn

const count = (n) => (n === Infinity ? "no step" : n === 1 ? "step 1" : `step ${n}`);
const said = (x) => (Number.isNaN(x) ? "none, v = 0" : x === Infinity ? "∞" : number(x));
const tidy = (sigma) => Number(sigma.toPrecision(3));

function render({ model, el }) {
  const state = sharedState(model, TRAITS, () => frame.redraw());
  const { ranges } = state;
  const steps = timeline(state);
  const frame = figureFrame({ el, model, state, kind: "saddle-escape", keys: steps.keys, draw });
  const moveSigma = (sigma) => state.set({ sigma: tidy(Math.max(ranges.sigma.min, Math.min(ranges.sigma.max, sigma))), on_axis: false });

  const plot = scatterView({
    layers: ["prediction", "escapes"],
    pointLabel: "Distance sigma from the saddle",
    move: ([sigma]) => moveSigma(sigma),
    // The axis runs from large to small distances.
    nudge: ([right, up], fine) => moveSigma(state.values.sigma * 10 ** (-(right || up) * (fine ? 0.1 : 1) * ranges.sigma.step)),
  });
  const strips = stripsView({
    strips: [{ share: 1, draw: drawMarks }, { share: 1.25, draw: drawMarks }, { share: 1.25, draw: drawMarks }],
    seek: (t) => steps.seek(t),
    label: "The misalignment, the ratio of the coordinates and the length of the gradient over the steps",
  });
  const noGap = toggle({ name: "no_gap", label: html("span", {}, "break the gap: ", symbol("λ", "2"), " = ", symbol("λ", "1")), change: (yes) => state.set({ no_gap: yes }) });
  const onAxis = toggle({ name: "on_axis", label: html("span", {}, "start with ", symbol("v", "1"), " = 0 exactly"), change: (yes) => state.set({ on_axis: yes }) });
  const parameters = parameterSliders(state, { steps: true });
  const distance = slider({
    name: "sigma",
    label: symbol("σ"),
    words: "distance sigma from the saddle",
    min: Math.log10(ranges.sigma.min),
    max: Math.log10(ranges.sigma.max),
    step: ranges.sigma.step,
    change: (exponent) => moveSigma(10 ** exponent),
    format: (exponent) => number(tidy(10 ** exponent)),
  });
  const height = slider({ ...ranges.height, name: "height", label: html("span", {}, "height"), words: "height of the start, in amplitudes of the saddle's cycle", change: (value) => state.set({ height: value }) });
  const epsilon = slider({ ...ranges.epsilon, name: "epsilon", label: symbol("ε"), words: "margin epsilon of Lemma 11", change: (value) => state.set({ epsilon: value }) });
  const settings = presets(state, model, steps.stop);
  const names = ["misalignment", "ratio", "length", "visits", "visitsBound", "misaligned", "misalignedBound", "escape", "predicted", "factor"];
  const now = Object.fromEntries(names.map((name) => [name, datum(name)]));

  function draw() {
    const v = state.values;
    const { eta, rho, sigma } = v;
    const t = Math.min(v.t, v.steps);
    const eigenvalues = v.no_gap ? [v.eigenvalues[0], v.eigenvalues[0]] : v.eigenvalues;
    const theory = quadraticSAM(eigenvalues, eta, rho);
    const amplitude = (eta * rho * eigenvalues[1]) / (2 - eta * eigenvalues[1]);
    const begin = (distanceFromAxis) => [distanceFromAxis, v.height * amplitude];
    const start = begin(v.on_axis ? 0 : sigma);
    const threshold = alignmentThreshold(eigenvalues, eta) * theory.beta[0];
    const level = (1 + v.epsilon) * theory.beta[0];
    const path = samPath(eigenvalues, eta, rho, start, v.steps);
    const run = alignment(eigenvalues, path, { threshold, ball: theory.ball, level });
    const escape = escapeTime(eigenvalues, eta, rho, start, LONGEST);
    const growth = axisGrowth(eigenvalues, eta, rho, v.height * amplitude, LONGEST);
    const prediction = (s) => (v.on_axis ? Infinity : predictedEscape(growth, eigenvalues, s));
    const predicted = prediction(sigma);
    const escapes = GRID.map((s) => [s, v.on_axis ? Infinity : escapeTime(eigenvalues, eta, rho, begin(s), LONGEST)]);

    drawEscapes({ v, escapes, escape, predicted, prediction });
    const finite = (values) => values.filter(Number.isFinite);
    strips.draw({
      t,
      steps: v.steps,
      data: [
        { log: true, values: run.misalignment, marked: run.aligning.map(() => false), domain: logDomain(run.misalignment, 24), references: [], name: ["δ", "t"] },
        {
          log: true,
          values: run.ratio,
          marked: run.aligning.map((yes) => !yes),
          domain: logDomain(finite(run.ratio), 24),
          references: [[1, ""]],
          name: [v.on_axis ? "|v₂/v₁| = ∞" : "|v₂/v₁|", ""],
        },
        {
          log: true,
          values: run.length,
          marked: run.beyond,
          domain: logDomain([...run.length, theory.ball, 0.8 * theory.beta[1]], 8),
          references: [[level, "(1 + ε)β₁"]],
          name: ["‖v", "t", "‖"],
        },
      ],
    });

    const visits = run.beyond.slice(0, t + 1).filter(Boolean).length;
    const misaligned = run.aligning.filter((yes, s) => !yes && s >= run.entry && s <= t).length;
    steps.show(t, v.steps);
    noGap.show(v.no_gap);
    onAxis.show(v.on_axis);
    parameters.show(v);
    distance.show(Math.log10(sigma));
    height.show(v.height);
    epsilon.show(v.epsilon);
    settings.show(v);
    now.misalignment.show(run.misalignment[t], said(run.misalignment[t]));
    now.ratio.show(run.ratio[t], said(run.ratio[t]));
    now.length.show(run.length[t], `${number(run.length[t] / theory.beta[0])} β₁`);
    now.visits.show(visits, String(visits));
    now.visitsBound.show(visitsBeyond(eigenvalues, eta, rho, v.epsilon));
    now.misaligned.show(misaligned, String(misaligned));
    now.misalignedBound.show(misalignedSteps(eigenvalues, eta, rho));
    now.escape.show(escape, escape === Infinity ? "never" : String(escape));
    now.predicted.show(predicted, predicted === Infinity ? "never" : number(predicted));
    now.factor.show(v.no_gap ? 1 : escapeFactor(eigenvalues, eta));
    return {
      ...describe({ v, t, run, theory, threshold, escape, predicted, visits, mu: gain(eigenvalues, eta), bound: visitsBeyond(eigenvalues, eta, rho, v.epsilon), eigenvalues }),
      data: () => ({
        caption: "SAM’s iterates w, the misalignment δ, the ratio of the coordinates of the gradient v, and its length",
        at: t,
        columns: [...iterates(path), ["misalignment", "δ", run.misalignment], ["ratio", "|v₂/v₁|", run.ratio], ["length", "‖v‖", run.length]],
      }),
      code: () =>
        quadraticRun({ ...v, eigenvalues }, start, v.steps, { misalignment: "misalignment", ratio: "ratio", length: "length" }, [
          "v = np.abs(w * eigenvalues)",
          "length = np.linalg.norm(v, axis=1)",
          'with np.errstate(divide="ignore", invalid="ignore"):',
          "    misalignment = v[:, 1] ** 2 / (length * (length + v[:, 0]))",
          "    ratio = v[:, 1] / v[:, 0]",
        ]),
    };
  }

  function drawEscapes({ v, escapes, escape, predicted, prediction }) {
    const finite = [...escapes.map(([, steps]) => steps), escape].filter(Number.isFinite);
    const highest = Math.max(10, ...finite) * 1.12;
    const { at, frame: box } = plot.scale({
      x: { log: true, domain: [2, 5e-16], name: "σ, small to the right" },
      y: { domain: [0, highest], whole: true, name: `steps until |v₁| > |v₂|` },
    });
    const line = GRID.map((s) => [s, prediction(s)]).filter(([, steps]) => steps < Infinity);
    plot
      .layer("prediction")
      .selectAll("path")
      .data(line.length > 1 ? [`M${line.map(at).join("L")}`] : [])
      .join("path")
      .attr("d", (d) => d);
    const place = ([s, steps]) => at([s, steps]);
    const [never, some] = [escapes.filter(([, steps]) => steps === Infinity), escapes.filter(([, steps]) => steps < Infinity)];
    const cross = ([x, y]) => `M${x - 3},${y - 3}l6,6m0,-6l-6,6`;
    plot
      .layer("escapes")
      .selectAll("path")
      .data([["kept", dots(some.map(place))], ["lost", never.map(place).map(cross).join("")]])
      .join("path")
      .attr("class", ([name]) => `live-marks-${name}`)
      .attr("d", ([, d]) => d);
    const words = plot.layer("escapes").selectAll("text").data(never.length ? ["never"] : []).join("text");
    words.attr("class", "live-level-name").attr("text-anchor", "middle").attr("x", box.left + box.width / 2).attr("y", box.top + 28).text((word) => word);
    const sigma = v.on_axis ? 0 : v.sigma;
    plot.point(at([sigma, escape]), {
      now: sigma,
      min: ranges.sigma.min,
      max: ranges.sigma.max,
      text: `σ = ${number(sigma)}, escape at ${count(escape)}`,
    });
    plot.label(`Steps until SAM has left the saddle against the distance σ: ${escape === Infinity ? "never" : escape} for σ = ${number(sigma)}, predicted ${predicted === Infinity ? "never" : number(predicted)}`);
  }

  function describe({ v, t, run, theory, threshold, escape, predicted, visits, mu, bound, eigenvalues }) {
    const broken = run.length[t] === 0
      ? "The step has landed on the minimum, where SAM rests. "
      : v.on_axis
      ? "With v₁ = 0 exactly SAM never leaves the axis of e₂, and δ stays 1. "
      : eigenvalues[0] === eigenvalues[1]
        ? `Without a gap, λ₂ = λ₁, every step multiplies v₁ and v₂ alike: |v₂/v₁| stays ${number(run.ratio[t])} for ever. `
        : "";
    const leaves = escape === 0 ? "The start has |v₁| > |v₂| already. " : `|v₁| > |v₂| from ${count(escape)} on; predicted ${number(predicted)}. `;
    const away = escape === Infinity ? "" : leaves;
    const [here, limit] = [run.length[t], threshold].map((length) => number(length / theory.beta[0]));
    const holds = run.aligning[t];
    const promise = holds ? `at most ${limit} β₁: this step shrinks |v₂/v₁| by 1 + μ = ${number(1 + mu, 4)} or more` : `above ${limit} β₁: this step may not shrink |v₂/v₁| by 1 + μ`;
    const count11 = run.entry === Infinity ? "The ball is not reached. " : `Steps outside (1 + ε)β₁ so far: ${visits}, at most ${number(bound)} ever. `;
    const words = `Step ${t} of ${v.steps}. ${broken}${away}${broken ? "" : `‖v‖ is ${here} β₁, ${promise}. `}${count11}`;
    return { words, warning: Boolean(broken) };
  }

  return frame.open(
    html("div", { class: "live-views" }, plot.element, strips.element),
    legend([
      ["cycle", "predicted escape"],
      ["kept", "escape; step covered by Lemma 14(a), or inside (1 + ", html("i", {}, "ε"), ")", symbol("β", "1")],
      ["lost", "no escape; step not covered, or outside"],
    ]),
    steps.element,
    html("div", { class: "live-options" }, noGap.element, onAxis.element),
    html("div", { class: "live-settings" }, distance.element, height.element, epsilon.element, parameters.elements),
    settings.element,
    readout([
      [symbol("δ", "t"), now.misalignment.element],
      [html("span", { class: "live-symbol" }, "|", symbol("v", "2"), "/", symbol("v", "1"), "|"), now.ratio.element],
      [html("span", { class: "live-symbol" }, "‖", symbol("v", "t"), "‖"), now.length.element],
      ["escape at step", now.escape.element, ", predicted ", now.predicted.element],
      ["factor at the saddle", now.factor.element],
      ["outside (1 + ε)β₁", now.visits.element, " of at most ", now.visitsBound.element],
      ["condition failed", now.misaligned.element, " of at most ", now.misalignedBound.element],
    ]),
  );
}

export default { render, dynamics };
