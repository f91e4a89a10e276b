// SAM on a quadratic: the path over the contours, zoomed from the descent to the two-cycle, with its coordinates, loss and
// potential over time.
import * as dynamics from "../dynamics/index.js";
import { judge } from "../dynamics/prediction.js";
import { choice, legend, readout, toggle } from "../views/controls.js";
import { datum, html, number, symbol, vector } from "../views/dom.js";
import { easing } from "../views/motion.js";
import { planeView, squareWindow } from "../views/plane.js";
import { logDomain, stripsView } from "../views/strips.js";
import { drawTrail } from "../views/trail.js";
import { iterates, quadraticRun } from "./code.js";
import { figureFrame } from "./frame.js";
import { prediction, quadraticVerdict } from "./prediction.js";
import { parameterSliders, presets, timeline } from "./settings.js";
import { sharedState } from "./state.js";
import { turned } from "./turn.js";

const { distanceToCycle, loss, quadraticSAM, regime, samPath } = dynamics;
const TRAITS = ["eta", "rho", "eigenvalues", "start", "steps", "t", "flipped", "zoom", "follow"];

const REGIMES = {
  rest: () => "At the minimum: no gradient, no step.",
  cycle: () => "On the predicted two-cycle (within 1 %).",
  trapped: () => "Trapped on the cycle along e₂, a saddle of J.",
  descending: () => "Descending: the gradient's norm is above b = ηρλ₁².",
  bouncing: () => "Bouncing: the gradient's norm is at most b = ηρλ₁².",
};

const spread = (w) => Math.max(Math.abs(w[0]), Math.abs(w[1]));

function render({ model, el }) {
  const state = sharedState(model, TRAITS, () => frame.redraw());
  const steps = timeline(state, { pace: [16, 160, 9000] });
  const flip = () => state.set({ flipped: !state.values.flipped });
  const frame = figureFrame({ el, model, state, kind: "bounce", keys: { ...steps.keys, u: ["turn every other iterate to its opposite, or back", flip] }, draw });

  const plane = planeView({
    layers: ["ball", "prediction", "trail"],
    pointLabel: "Start point w₀",
    limit: state.ranges.start,
    move: (start) => state.set({ start }),
  });
  const strips = stripsView({
    strips: [{ share: 1.1 }, { share: 1.1 }, { share: 1.2 }, { share: 1.2 }],
    seek: (t) => steps.seek(t),
    label: "The coordinates, the loss and the potential over the steps",
  });
  const view = choice({
    label: "View",
    options: [
      { name: "path", text: "Whole path" },
      { name: "cycle", text: "Zoom on the cycle" },
      { name: "follow", text: "Follow" },
    ],
    change: (name) => state.set({ zoom: name === "cycle", follow: name === "follow" }),
  });
  const flipped = toggle({ name: "flipped", label: html("span", {}, "sign-flipped iterate ", symbol("u", "t"), " = (−1)", html("sup", {}, html("i", {}, "t")), " ", symbol("w", "t")), change: flip });
  const parameters = parameterSliders(state, { steps: true });
  const settings = presets(state, model, steps.stop);
  const now = { w: datum("w"), loss: datum("loss"), potential: datum("potential"), distance: datum("distance") };
  const letter = html("i", {}, "w");
  const zoomed = easing(frame.redraw, { milliseconds: 700, geometric: true });
  const turn = easing(frame.redraw, { milliseconds: 900 });
  const predict = prediction({
    ...{ model, state, frame, plane, walk: steps, length: "steps", free: ["zoom", "follow"] },
    ask: () => `Where is ${state.values.flipped ? "u" : "w"} after ${state.values.steps} steps?`,
    judge: (guess) => quadraticVerdict(judge(state.values, guess), "the bounce’s amplitude"),
  });
  let held = null;

  function halfWidth({ zoom, follow }, path, amplitude, t) {
    if (plane.dragging && held !== null) return held;
    // The amplitude would tell the end.
    if (predict.hidden) return Math.max(0.3, 1.15 * spread(path[0])) / (zoom || follow ? 8 : 1);
    if (zoom) return 1.7 * amplitude;
    const seen = follow ? path.slice(Math.max(0, t - 2), t + 1) : path;
    return 1.15 * Math.max(1.5 * amplitude, ...seen.map(spread));
  }

  function draw() {
    const v = state.values;
    const { eta, rho, eigenvalues, start } = v;
    const length = predict.hidden ? 0 : v.steps;
    const t = Math.min(v.t, length);
    const theory = quadraticSAM(eigenvalues, eta, rho);
    const path = samPath(eigenvalues, eta, rho, start, length);
    const cycle = theory.cycle(start);
    const losses = path.map((w) => loss(eigenvalues, w));
    const least = -theory.beta[0] / 2;
    const potentials = path.map(theory.potential);
    const away = distanceToCycle(path[t], cycle);
    const shown = turned(path, turn.at(v.flipped ? 1 : 0));
    const name = v.flipped ? "u" : "w";

    held = halfWidth(v, path, theory.amplitude, t);
    const box = plane.measure();
    const window = squareWindow([0, 0], zoomed.at(held), box);
    plane.draw({
      window,
      names: [[name, "1"], [name, "2"]],
      point: start,
      value: (w) => loss(eigenvalues, w),
      key: eigenvalues,
      label: `Contours of the loss with SAM's iterates 0 to ${t}`,
    });
    const at = (w) => [plane.x(w[0]), plane.y(w[1])];
    drawBall(plane, theory.ball, eigenvalues);
    drawPrediction(plane, cycle, eigenvalues);
    drawTrail(plane.layer("trail"), shown.map(at), t, box);

    strips.draw({
      t,
      steps: v.steps,
      data: [
        { values: shown.map((w) => w[0]), domain: window[0], reference: [cycle[0], -cycle[0]], name: [name, "1"] },
        { values: shown.map((w) => w[1]), domain: window[1], reference: [cycle[1], -cycle[1]], name: [name, "2"] },
        { log: true, values: losses, domain: logDomain([...losses, loss(eigenvalues, cycle)]), reference: [loss(eigenvalues, cycle)], name: ["ℓ(w", "t", ")", "loss "] },
        { log: true, values: potentials.map((p) => p - least), domain: logDomain(potentials.map((p) => p - least), 12), name: ["J(u", "t", ") − min J"] },
      ],
    });

    steps.show(t, v.steps);
    view.show(v.zoom ? "cycle" : v.follow ? "follow" : "path");
    flipped.show(v.flipped);
    parameters.show(v);
    settings.show(v);
    letter.textContent = name;
    now.w.show(v.flipped && t % 2 ? path[t].map((x) => -x) : path[t]);
    now.loss.show(losses[t]);
    now.potential.show(potentials[t]);
    now.distance.show(away);
    predict.draw();
    return {
      ...describe(v, t, path[t], losses, theory, cycle, away),
      data: () => ({
        caption: "SAM’s iterates w, their loss, and J at the sign-flipped iterates",
        at: t,
        columns: [...iterates(path), ["loss", "ℓ(w)", losses], ["potential", "J(u)", potentials]],
      }),
      code: () => quadraticRun(v, start, path.length - 1, { loss: "loss.value(w)", potential: "theory.potential(flip_signs(w))" }),
    };
  }

  function describe(v, t, w, losses, theory, cycle, away) {
    const change = t === 0 ? "" : losses[t] > losses[t - 1] ? ", up from the step before" : losses[t] < losses[t - 1] ? ", down from the step before" : "";
    const words =
      `Step ${t} of ${v.steps}. ${REGIMES[regime(v.eigenvalues, theory, w, cycle)]()} ` +
      `Loss ${number(losses[t])}${change}; ${number(away)} from the predicted cycle ±${vector(cycle)}.`;
    return { words };
  }

  return frame.open(
    predict.element,
    html("div", { class: "live-views" }, plane.element, strips.element),
    legend([
      ["cycle", "predicted cycle"],
      ["ball", "where ‖∇ℓ‖ = ", html("i", {}, "b")],
      ["trail", "iterates, early to late"],
    ]),
    steps.element,
    html("div", { class: "live-options" }, view.element, flipped.element),
    html("div", { class: "live-settings" }, parameters.elements),
    settings.element,
    readout([
      [html("span", { class: "live-symbol" }, letter, html("sub", {}, "t")), now.w.element],
      [html("span", { class: "live-symbol" }, "ℓ(", symbol("w", "t"), ")"), now.loss.element],
      [html("span", { class: "live-symbol" }, html("i", {}, "J"), "(", symbol("u", "t"), ")"), now.potential.element],
      ["distance to the cycle", now.distance.element],
    ]),
  );
}

// The ellipse ‖Λw‖ = b, inside which SAM stays once it is there (for ηλ₁ ≤ 1).
function drawBall(plane, b, eigenvalues) {
  plane
    .layer("ball")
    .selectAll("ellipse")
    .data([0])
    .join("ellipse")
    .attr("cx", plane.x(0))
    .attr("cy", plane.y(0))
    .attr("rx", plane.x(b / eigenvalues[0]) - plane.x(0))
    .attr("ry", plane.y(0) - plane.y(b / eigenvalues[1]));
}

// The two ends of the cycle, joined; a whole circle of them where the two eigenvalues are equal.
function drawPrediction(plane, cycle, eigenvalues) {
  const ends = [cycle, cycle.map((x) => -x)].map((w) => [plane.x(w[0]), plane.y(w[1])]);
  const layer = plane.layer("prediction");
  layer.selectAll("path").data([`M${ends[0]}L${ends[1]}`]).join("path").attr("d", (d) => d);
  const radius = plane.x(Math.sqrt(cycle[0] ** 2 + cycle[1] ** 2)) - plane.x(0);
  const rings = eigenvalues[0] === eigenvalues[1] ? [[plane.x(0), plane.y(0), radius]] : [];
  layer
    .selectAll("circle")
    .data([...ends.map((p) => [...p, 9]), ...rings])
    .join("circle")
    .attr("cx", (c) => c[0])
    .attr("cy", (c) => c[1])
    .attr("r", (c) => c[2]);
}

export default { render, dynamics };
