// SAM on ½λw²: the iterates hop along a line, at first with a constant sign, then from side to side of the two-cycle.
import * as dynamics from "../dynamics/index.js";
import { legend } from "../views/controls.js";
import { html, number } from "../views/dom.js";
import { numberLineView } from "../views/number_line.js";
import { logDomain, stripsView } from "../views/strips.js";
import { iterates, quadraticRun } from "./code.js";
import { figureFrame } from "./frame.js";
import { parameterSliders, presets, timeline } from "./settings.js";
import { sharedState } from "./state.js";

const { distanceToCycle, loss, quadraticSAM, samPath, samStep } = dynamics;

/** What SAM is doing at w, in words; `share` is the distance to the two-cycle in amplitudes. */
function phase(w, next, share) {
  if (w === 0) return "At the minimum: no gradient, no step.";
  if (share <= 0.01) return "On the predicted two-cycle (within 1 %).";
  if (next === 0) return "The next step lands on the minimum.";
  return w * next > 0 ? "Descent: the next step keeps the sign." : "Bounce: the next step changes the sign.";
}

function render({ model, el }) {
  const state = sharedState(model, ["eta", "rho", "eigenvalues", "start", "steps", "t"], () => frame.redraw());
  const steps = timeline(state);
  const frame = figureFrame({ el, model, state, kind: "scalar-bounce", keys: steps.keys, draw });
  const limit = state.ranges.start;
  const move = (w) => state.set({ start: [w] });
  const line = numberLineView({ pointLabel: "Start point w₀", name: "w", limit, move, rows: 1 });
  const label = "The iterates over the steps, and how far they are from the two-cycle";
  const strips = stripsView({ strips: [{}, {}], seek: steps.seek, label });
  const parameters = parameterSliders(state, { steps: true });
  const settings = presets(state, model, steps.stop);

  function draw() {
    const v = state.values;
    const t = Math.min(v.t, v.steps);
    const { amplitude } = quadraticSAM(v.eigenvalues, v.eta, v.rho);
    const path = samPath(v.eigenvalues, v.eta, v.rho, v.start, v.steps);
    const values = path.map(([w]) => w);
    const losses = path.map((w) => loss(v.eigenvalues, w));
    const away = path.map((w) => distanceToCycle(w, [amplitude]));
    const half = 1.1 * Math.max(limit.max, amplitude);
    line.draw({
      window: [-half, half],
      point: v.start[0],
      marks: [-1, 1].map((side) => ({ name: [side < 0 ? "−a" : "a", ""], value: side * amplitude, kind: "cycle" })),
      places: values.slice(0, t + 1),
      lit: t - 1,
      label: `The iterates 0 to ${t} on the line, with the predicted two-cycle ±${number(amplitude)}`,
    });
    const reach = 1.1 * Math.max(amplitude, ...values.map(Math.abs));
    const hops = { values, domain: [-reach, reach], reference: [amplitude, -amplitude], name: ["w", "t"] };
    const distances = { log: true, values: away, domain: logDomain(away), name: ["||w", "t", "| − a|"] };
    strips.draw({ t, steps: v.steps, data: [hops, distances] });
    steps.show(t, v.steps);
    parameters.show(v);
    settings.show(v);

    const [next] = samStep(v.eigenvalues, v.eta, v.rho, path[t]);
    const doing = phase(values[t], next, away[t] / amplitude);
    const from = `${number(away[t])} from the predicted two-cycle ±${number(amplitude)}`;
    const factor = number(Math.abs(1 - v.eta * v.eigenvalues[0]));
    const caption = "SAM’s iterates w, their loss, and their distance to the two-cycle";
    const columns = [...iterates(path), ["loss", "ℓ(w)", losses], ["distance", "||w| − a|", away]];
    const distance = "np.abs(np.abs(w[:, 0]) - theory.amplitude)";
    return {
      words: `Step ${t} of ${v.steps}. ${doing} Loss ${number(losses[t])}; ${from}, times ${factor} at each bounce.`,
      data: () => ({ caption, at: t, columns }),
      code: () => quadraticRun(v, v.start, v.steps, { loss: "loss.value(w)", distance }),
    };
  }

  const marks = legend([["cycle", "predicted two-cycle ±", html("i", {}, "a")], ["step", "last step"]]);
  const sliders = html("div", { class: "live-settings" }, parameters.elements);
  return frame.open(line.element, marks, strips.element, steps.element, sliders, settings.element);
}

export default { render, dynamics };
