// One SAM step taken apart: gradient, ascent, gradient there, step; beside it the step of gradient descent.
import * as dynamics from "../dynamics/index.js";
import { iconButton, legend } from "../views/controls.js";
import { html, number, subscripted, vector } from "../views/dom.js";
import { stageList, updateFormula } from "../views/formula.js";
import { easing } from "../views/motion.js";
import { arrowPath, planeView, squareWindow } from "../views/plane.js";
import { call, literal, program } from "./code.js";
import { figureFrame } from "./frame.js";
import { parameterSliders, presets, walk, walkKeys } from "./settings.js";
import { sharedState } from "./state.js";

const { ascend, gradient, gradientStep, loss, norm, samStep } = dynamics;
const TRAITS = ["eta", "rho", "eigenvalues", "start", "stage"];
const LAST = 4;

function render({ model, el }) {
  const state = sharedState(model, TRAITS, () => frame.redraw());
  const stages = walk(state, { name: "stage", first: 1, last: () => LAST, interval: () => 1400, playing });
  const choose = stages.seek;
  const digits = Object.fromEntries([1, 2, 3, 4].map((stage) => [String(stage), [`stage ${stage}`, () => choose(stage)]]));
  const frame = figureFrame({ el, model, state, kind: "step-anatomy", keys: { ...walkKeys(stages), ...digits }, draw });

  const plane = planeView({
    layers: ["radius", "arrows", "points"],
    pointLabel: "The point w",
    limit: state.ranges.start,
    move: (start) => state.set({ start }),
  });
  const formula = updateFormula(choose);
  const list = stageList(choose);
  const play = iconButton("play", "Play the four stages", "Space", stages.toggle);
  const back = iconButton("back", "Previous stage", ",", () => stages.step(-1));
  const forward = iconButton("forward", "Next stage", ".", () => stages.step(1));
  const reset = iconButton("reset", "Back to the first stage", "r", stages.reset);
  const again = html("button", { type: "button", class: "live-again", "data-action": "again", onclick: takeStep }, "Go on from ", html("b", {}, "w"), html("sup", {}, "+"));
  const parameters = parameterSliders(state);
  const settings = presets(state, model, stages.stop);
  const centre = [easing(frame.redraw), easing(frame.redraw)];
  const half = easing(frame.redraw, { geometric: true });
  let held = null;

  function playing(yes) {
    play.become(yes ? "pause" : "play", yes ? "Pause" : "Play the four stages");
  }

  /** The new point becomes the old one, and the next step begins. */
  function takeStep() {
    stages.stop();
    const { eta, rho, eigenvalues, start } = state.values;
    const { min, max } = state.ranges.start;
    state.set({ start: samStep(eigenvalues, eta, rho, start).map((x) => Math.max(min, Math.min(max, x))), stage: 1 });
  }

  // The square that holds the minimum, the step and the circle; kept while the point is dragged.
  function view(points, w, radius) {
    if (plane.dragging && held) return held;
    const low = (i) => Math.min(...points.map((p) => p[i]), w[i] - radius, 0);
    const high = (i) => Math.max(...points.map((p) => p[i]), w[i] + radius, 0);
    const middle = [0, 1].map((i) => (low(i) + high(i)) / 2);
    return { middle, half: 0.58 * Math.max(high(0) - low(0), high(1) - low(1)) };
  }

  function draw() {
    const { eta, rho, eigenvalues, start: w, stage } = state.values;
    const g = gradient(eigenvalues, w);
    const ascended = ascend(eigenvalues, rho, w);
    const there = gradient(eigenvalues, ascended);
    const next = samStep(eigenvalues, eta, rho, w);
    const plain = gradientStep(eigenvalues, eta, w);
    const along = (from, v, factor) => from.map((x, i) => x + factor * v[i]);

    held = view([ascended, next, plain, along(w, g, eta), along(ascended, there, eta)], w, norm(g) === 0 ? 0 : rho);
    const box = plane.measure();
    plane.draw({
      window: squareWindow([0, 1].map((i) => centre[i].at(held.middle[i])), half.at(held.half), box),
      names: [["w", "1"], ["w", "2"]],
      point: w,
      value: (p) => loss(eigenvalues, p),
      key: eigenvalues,
      label: `Contours of the loss with the stages 1 to ${stage} of one SAM step`,
    });
    const at = (p) => [plane.x(p[0]), plane.y(p[1])];
    drawCircle(plane, stage >= 2 && norm(g) > 0 ? w : null, rho, stage);
    drawArrows(plane, stage, [
      { name: "ghost", from: 4, d: arrowPath(at(w), at(plain)) },
      { name: "carried", from: 4, d: `M${at(along(ascended, there, -eta))}L${at(ascended)}M${at(next)}L${at(w)}` },
      { name: "gradient", from: 1, d: arrowPath(at(w), at(along(w, g, eta))) },
      { name: "ascent", from: 2, d: arrowPath(at(w), at(ascended)) },
      { name: "there", from: 3, d: arrowPath(at(ascended), at(along(ascended, there, eta))) },
      { name: "step", from: 4, d: arrowPath(at(w), at(next)) },
    ]);
    drawPoints(plane, stage, box, [
      { name: "minimum", from: 1, p: [0, 0], text: "minimum", below: true },
      { name: "plain", from: 4, p: plain, text: "GD", below: true },
      { name: "ascended", from: 2, p: ascended, text: "ŵ" },
      { name: "next", from: 4, p: next, text: "w⁺" },
      { name: "origin", from: 1, p: w, text: "w" },
    ]);

    formula.show(stage);
    list.show(stage, [g, ascended, there, next].map((exact) => ({ exact, text: vector(exact) })));
    back.button.setAttribute("aria-disabled", stage <= 1);
    forward.button.setAttribute("aria-disabled", stage >= LAST);
    parameters.show(state.values);
    settings.show(state.values);

    const points = { w, ascended, next, plain };
    const gradients = Object.values(points).map((p) => gradient(eigenvalues, p));
    const names = Object.keys(points);
    return {
      ...describe(state.values, { g, ascended, there, next, plain }),
      data: () => ({
        caption: "The point w, the point SAM ascends to, the ends of SAM’s step and of gradient descent’s; the loss and its gradient there",
        columns: [
          ["point", "point", names],
          ...[0, 1].map((i) => [`w${i + 1}`, subscripted("w", i + 1), Object.values(points).map((p) => p[i])]),
          ["loss", "ℓ(w)", Object.values(points).map((p) => loss(eigenvalues, p))],
          ...[0, 1].map((i) => [`v${i + 1}`, subscripted("v", i + 1), gradients.map((v) => v[i])]),
        ],
      }),
      code: () =>
        program(
          [
            `loss, sam = Quadratic(${literal(eigenvalues)}), ${call("SAM", { eta, rho })}`,
            `w = np.array(${literal(w)})`,
            `points = np.array([w, w + sam.perturbation(loss, w), sam.step(loss, w), ${call("GradientDescent", { eta })}.step(loss, w)])`,
          ],
          { point: literal(names), w1: "points[:, 0]", w2: "points[:, 1]", loss: "loss.value(points)", v1: "loss.gradient(points)[:, 0]", v2: "loss.gradient(points)[:, 1]" },
        ),
    };
  }

  function describe({ rho, eigenvalues, start, stage }, { g, ascended, there, next, plain }) {
    const at = (p) => number(loss(eigenvalues, p));
    const words = {
      1: () => `the gradient at w has norm ${number(norm(g))}; the loss there is ${at(start)}.`,
      2: () => `ascend by ρ = ${number(rho)} along it to ŵ = ${vector(ascended)}, where the loss is ${at(ascended)}.`,
      3: () => `the gradient at ŵ has norm ${number(norm(there))}, against ${number(norm(g))} at w.`,
      4: () => `step −η times that from w, to w⁺ = ${vector(next)}, loss ${at(next)}. Gradient descent would reach ${vector(plain)}, loss ${at(plain)}.`,
    };
    const rest = norm(g) === 0 ? "The gradient is zero: nothing to ascend, and w stays. " : "";
    return { words: `${rest}Stage ${stage} of ${LAST}: ${words[stage]()}` };
  }

  return frame.open(
    html(
      "div",
      { class: "live-views" },
      plane.element,
      html(
        "div",
        { class: "live-side" },
        formula.element,
        list.element,
        html("div", { class: "live-transport" }, html("div", { class: "live-buttons" }, reset.button, back.button, play.button, forward.button), again),
        legend([
          ["ascent", "ascent, length ", html("i", {}, "ρ")],
          ["gradient", "gradient × ", html("i", {}, "η")],
          ["step", "SAM's step"],
          ["ghost", "gradient descent's step (GD)"],
        ]),
      ),
    ),
    html("div", { class: "live-settings" }, parameters.elements),
    settings.element,
  );
}

function drawCircle(plane, centre, rho, stage) {
  plane
    .layer("radius")
    .selectAll("circle")
    .data(centre ? [centre] : [])
    .join("circle")
    .classed("live-lit", stage === 2)
    .attr("cx", (p) => plane.x(p[0]))
    .attr("cy", (p) => plane.y(p[1]))
    .attr("r", plane.x(rho) - plane.x(0));
}

// Stages to come are not drawn; the present one is strong, those before it are muted.
function drawArrows(plane, stage, arrows) {
  plane
    .layer("arrows")
    .selectAll("path")
    .data(arrows.filter((arrow) => arrow.from <= stage))
    .join("path")
    .attr("class", (arrow) => `live-arrow live-arrow-${arrow.name} ${arrow.from === stage ? "live-lit" : ""}`)
    .attr("d", (arrow) => arrow.d);
}

function drawPoints(plane, stage, box, points) {
  const shown = points.filter((point) => point.from <= stage);
  const layer = plane.layer("points");
  layer
    .selectAll("circle")
    .data(shown)
    .join("circle")
    .attr("class", ({ name }) => `live-point live-point-${name}`)
    .attr("r", 4.5)
    .attr("cx", ({ p }) => plane.x(p[0]))
    .attr("cy", ({ p }) => plane.y(p[1]));
  // Names stand on the side away from the middle of the picture, where fewer arrows are, unless the frame leaves no room.
  const [left, right] = [box.left, box.left + box.width];
  const after = ({ p, text }) => {
    const [px, room] = [plane.x(p[0]), 8 * text.length + 16];
    return px - left < room || (px > (left + right) / 2 && right - px > room);
  };
  layer
    .selectAll("text")
    .data(shown)
    .join("text")
    .attr("class", ({ name }) => `live-name live-point-${name}`)
    .attr("text-anchor", (point) => (after(point) ? "start" : "end"))
    .attr("x", (point) => plane.x(point.p[0]) + (after(point) ? 11 : -11))
    .attr("y", (point) => plane.y(point.p[1]) + (point.below ? 19 : -10))
    .text(({ text }) => text);
}

export default { render, dynamics };
