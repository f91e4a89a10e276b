// The potential J as a heat map with its critical points and the sign-flipped iterates that descend on it; J(u_t) as a
// staircase with the exact decrease of Lemma 10 beside the measured one.
import * as dynamics from "../dynamics/index.js";
import { judge } from "../dynamics/prediction.js";
import { legend, readout, toggle } from "../views/controls.js";
import { datum, html, number, symbol, vector } from "../views/dom.js";
import { heatmapView } from "../views/heatmap.js";
import { easing } from "../views/motion.js";
import { planeView } from "../views/plane.js";
import { logDomain, stripsView } from "../views/strips.js";
import { drawTrail } from "../views/trail.js";
import { drawWaterfall } from "../views/waterfall.js";
import { iterates, quadraticRun } from "./code.js";
import { figureFrame } from "./frame.js";
import { prediction, quadraticVerdict } from "./prediction.js";
import { parameterSliders, presets, timeline } from "./settings.js";
import { sharedState } from "./state.js";
import { turned } from "./turn.js";

const { distanceToCycle, flipSigns, loss, norm, quadraticSAM, samPath, samStep } = dynamics;
const TRAITS = ["eta", "rho", "eigenvalues", "start", "steps", "t", "flipped", "logarithmic"];

function render({ model, el }) {
  const state = sharedState(model, TRAITS, () => frame.redraw());
  const steps = timeline(state, { pace: [40, 240, 7000] });
  const flip = () => state.set({ flipped: !state.values.flipped });
  const frame = figureFrame({ el, model, state, kind: "potential", keys: { ...steps.keys, u: ["turn every other iterate to its opposite, or back", flip] }, draw });

  const heat = heatmapView(frame.redraw);
  const plane = planeView({
    layers: ["critical", "trail"],
    pointLabel: "Start point u₀",
    limit: state.ranges.start,
    move: (start) => state.set({ start }),
    backdrop: heat.element,
  });
  const strips = stripsView({
    strips: [{ share: 2.4, draw: drawWaterfall }, { share: 1 }],
    seek: (t) => steps.seek(t),
    label: "The potential falls at every step, by exactly the amount predicted; the loss need not",
  });
  const flipped = toggle({ name: "flipped", label: html("span", {}, "sign-flipped iterate ", symbol("u", "t"), " = (−1)", html("sup", {}, html("i", {}, "t")), " ", symbol("w", "t")), change: flip });
  const logarithmic = toggle({
    name: "logarithmic",
    label: html("span", {}, "staircase of ", html("i", {}, "J"), " − min ", html("i", {}, "J"), ", log scale"),
    change: (yes) => state.set({ logarithmic: yes }),
  });
  const parameters = parameterSliders(state, { steps: true });
  const settings = presets(state, model, steps.stop);
  const now = Object.fromEntries(["u", "potential", "quadratic", "bregman", "measured"].map((name) => [name, datum(name)]));
  const letter = html("i", {}, "u");
  const halfX = easing(frame.redraw, { geometric: true });
  const halfY = easing(frame.redraw, { geometric: true });
  const turn = easing(frame.redraw, { milliseconds: 900 });
  const predict = prediction({
    ...{ model, state, frame, plane, walk: steps, length: "steps", free: ["logarithmic"] },
    ask: () => `Where on this landscape is ${state.values.flipped ? "u" : "w"} after ${state.values.steps} steps?`,
    judge: (guess) => quadraticVerdict(judge(state.values, guess), "the minimum’s distance from 0"),
  });
  let held = null;

  function halves(path, critical) {
    if (plane.dragging && held) return held;
    const reach = (i) => Math.max(...path.map((w) => Math.abs(w[i])), ...critical.filter((set) => set.axes.includes(i)).map((set) => set.radius));
    return [1.15 * reach(0), 1.5 * reach(1)];
  }

  function draw() {
    const v = state.values;
    const { eta, rho, eigenvalues, start } = v;
    const length = predict.hidden ? 0 : v.steps;
    const t = Math.min(v.t, length);
    const theory = quadraticSAM(eigenvalues, eta, rho);
    const critical = theory.criticalPoints();
    const path = samPath(eigenvalues, eta, rho, start, length);
    const flippedPath = flipSigns(path);
    const potentials = flippedPath.map(theory.potential);
    const falls = flippedPath.slice(0, -1).map(theory.descent);
    const losses = path.map((w) => loss(eigenvalues, w));
    const least = -theory.beta[0] / 2;
    const name = v.flipped ? "u" : "w";

    held = halves(path, critical);
    const box = plane.measure();
    const [hx, hy] = [halfX.at(held[0]), halfY.at(held[1])];
    const key = [eta, rho, eigenvalues];
    plane.draw({
      window: [[-hx, hx], [-hy, hy]],
      names: [[name, "1"], [name, "2"]],
      point: start,
      value: theory.potential,
      key,
      label: `The potential J as colour, with its critical points and the iterates 0 to ${t}`,
    });
    heat.draw({ frame: box, x: plane.x, y: plane.y, value: theory.potential, level: 0, key });
    drawCritical(plane, critical);
    const shown = turned(path, turn.at(v.flipped ? 1 : 0), hy / hx);
    drawTrail(plane.layer("trail"), shown.map((w) => [plane.x(w[0]), plane.y(w[1])]), t, box);

    const heights = v.logarithmic ? potentials.map((p) => p - least) : potentials;
    const highest = Math.max(...heights);
    const lowest = Math.min(least, ...heights);
    const domain = v.logarithmic ? logDomain(heights, 12) : [lowest - 0.06 * (highest - lowest), highest + 0.12 * (highest - lowest)];
    // Hidden, they keep what they last showed.
    if (!predict.hidden) strips.draw({
      t,
      steps: v.steps,
      data: [
        {
          log: v.logarithmic,
          values: heights,
          parts: falls.map((f) => [f.quadratic, f.bregman]),
          domain,
          name: ["J(u", "t", v.logarithmic ? ") − min J" : ")"],
        },
        { log: true, values: losses, domain: logDomain(losses), name: ["ℓ(w", "t", ")", "loss "] },
      ],
    });

    steps.show(t, v.steps);
    flipped.show(v.flipped);
    logarithmic.show(v.logarithmic);
    parameters.show(v);
    settings.show(v);
    letter.textContent = name;
    now.u.show((v.flipped ? flippedPath : path)[t]);
    now.potential.show(potentials[t]);
    const fall = theory.descent(flippedPath[t]);
    const next = samStep(eigenvalues, eta, rho, flippedPath[t]).map((x) => -x);
    now.quadratic.show(fall.quadratic);
    now.bregman.show(fall.bregman);
    now.measured.show(potentials[t] - theory.potential(next));
    predict.draw();

    // At the kink u = 0 the decrease is not defined.
    const smooth = flippedPath.every((u) => norm(u) > 0);
    const parts = { quadratic: "gradient part of the decrease", bregman: "Bregman part" };
    return {
      ...describe(v, t, flippedPath[t], potentials, fall, critical, theory),
      data: () => ({
        caption: "The sign-flipped iterates u, J there, the decrease of J by the next step, and the loss",
        at: t,
        columns: [
          ...iterates(flippedPath, ["u1", "u2"]),
          ["potential", "J(u)", potentials],
          ...Object.entries(smooth ? parts : {}).map(([part, words]) => [part, words, flippedPath.map((u) => theory.descent(u)[part])]),
          ["loss", "ℓ(w)", losses],
        ],
      }),
      code: () =>
        quadraticRun(
          v,
          start,
          path.length - 1,
          {
            u1: "u[:, 0]",
            u2: "u[:, 1]",
            potential: "theory.potential(u)",
            ...(smooth ? { quadratic: "theory.descent(u).quadratic", bregman: "theory.descent(u).bregman" } : {}),
            loss: "loss.value(w)",
          },
          ["u = flip_signs(w)"],
        ),
    };
  }

  function describe(v, t, u, potentials, fall, critical, theory) {
    const away = distanceToCycle(u, theory.cycle(v.start));
    const words =
      `Step ${t} of ${v.steps}. ${nearest(u, critical)} ` +
      `J = ${number(potentials[t])}, and the next step takes it down by ${number(fall.total)}. ` +
      `Distance to the predicted cycle ${number(away)}; minimum of J ${number(-theory.beta[0] / 2)} at ±${vector(theory.cycle(v.start))}.`;
    return { words };
  }

  frame.onClose(() => {
    steps.stop();
    heat.close();
  });
  return frame.open(
    predict.element,
    html("div", { class: "live-views" }, plane.element, strips.element),
    legend([
      ["critical", "critical point of ", html("i", {}, "J")],
      ["first", "decrease: gradient part"],
      ["second", "Bregman part ", html("i", {}, "D")],
      ["measured", "measured"],
    ]),
    steps.element,
    html("div", { class: "live-options" }, flipped.element, logarithmic.element),
    html("div", { class: "live-settings" }, parameters.elements),
    settings.element,
    readout([
      [html("span", { class: "live-symbol" }, letter, html("sub", {}, "t")), now.u.element],
      [html("span", { class: "live-symbol" }, html("i", {}, "J"), "(", symbol("u", "t"), ")"), now.potential.element],
      ["exact decrease", now.quadratic.element, " + ", now.bregman.element],
      ["measured", now.measured.element],
    ]),
  );
}

// Where u is, in words: near which critical point, if any.
function nearest(u, critical) {
  if (u.every((x) => x === 0)) return "At the kink u = 0, a local maximum of J.";
  for (const set of critical) {
    const off = norm(u.map((x, i) => (set.axes.includes(i) ? 0 : x)));
    const on = norm(u.map((x, i) => (set.axes.includes(i) ? x : 0)));
    const distance = Math.sqrt(off * off + (on - set.radius) ** 2);
    if (distance <= 0.25 * set.radius) {
      return `${distance <= 0.01 * set.radius ? "At" : "Near"} a ${set.kind} of J (distance ${number(distance)}).`;
    }
  }
  return "Away from the critical points.";
}

// A plus at each critical point (an ellipse on screen where they fill a circle), and a dot for the kink at 0.
function drawCritical(plane, critical) {
  const layer = plane.layer("critical");
  const [x0, y0] = [plane.x(0), plane.y(0)];
  const isolated = critical.filter((set) => set.axes.length === 1);
  const marks = isolated.flatMap((set) =>
    [set.radius, -set.radius].map((r) => (set.axes[0] === 0 ? [plane.x(r), y0] : [x0, plane.y(r)])),
  );
  const plus = ([x, y]) => `M${x - 7},${y}h14M${x},${y - 7}v14`;
  layer
    .selectAll("path")
    .data([["halo", marks.map(plus).join("")], ["plus", marks.map(plus).join("")], ["kink", `M${x0},${y0}h0`]])
    .join("path")
    .attr("class", ([name]) => `live-critical-${name}`)
    .attr("d", ([, d]) => d);
  layer
    .selectAll("ellipse")
    .data(critical.filter((set) => set.axes.length > 1))
    .join("ellipse")
    .attr("cx", x0)
    .attr("cy", y0)
    .attr("rx", (set) => plane.x(set.radius) - x0)
    .attr("ry", (set) => y0 - plane.y(set.radius));
}

export default { render, dynamics };
