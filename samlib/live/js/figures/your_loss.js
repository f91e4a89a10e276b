// SAM and gradient descent on a loss that the reader types: contours, both paths, the minimum downhill from the start and the Hessian
// there; loss and sharpness over the steps; the same run as samlib code.
import * as formula from "../dynamics/formula.js";
import * as landscape from "../dynamics/landscape.js";
import { choice, legend, readout, slider } from "../views/controls.js";
import { datum, html, number, symbol, vector } from "../views/dom.js";
import { formulaField } from "../views/formula_field.js";
import { evenLevels } from "../views/levels.js";
import { planeView, squareWindow } from "../views/plane.js";
import { domainOf, drawBoth, drawRival } from "../views/rival.js";
import { logDomain, stripsView } from "../views/strips.js";
import { drawTrail } from "../views/trail.js";
import { call, literal, program } from "./code.js";
import { figureFrame } from "./frame.js";
import { presets, timeline } from "./settings.js";
import { sharedState } from "./state.js";

const { bounceAmplitude, defined, descentStepOn, eigenpair, nearestMinimum, runOn, samStepOn } = landscape;
const { readFormula } = formula;
const TRAITS = ["formula", "eta", "rho", "start", "steps", "t", "reach", "zoom"];
const HEADROOM = 16; // pixels above the curves, for the names of the strips
const LONGEST_SLOPE = 90; // characters of a partial derivative that are printed

/** Numbers without the dust of a search. */
const tidy = (w) => w.map((x) => (Math.abs(x) < 1e-9 ? 0 : x));

/** The last of `read`'s answers: a formula is drawn many times. */
function remembering(read) {
  let [asked, answer] = [null, null];
  return (key, ...rest) => {
    if (key !== asked) [asked, answer] = [key, read(key, ...rest)];
    return answer;
  };
}

/** { loss } or what is wrong, { words }. */
function tried(text) {
  try {
    return { loss: readFormula(text), words: "" };
  } catch (error) {
    return { loss: null, words: error instanceof formula.FormulaError ? error.message : "This formula cannot be read." };
  }
}

/** λ_max of the Hessian at w; NaN where there is none. */
function sharpness(loss, w) {
  const hessian = loss.hessian(w);
  return hessian.every(Number.isFinite) ? eigenpair(hessian).values[0] : NaN;
}

/** The run as a text in Python, which samlib runs with the same result; `known` are the quantities that are real all along. */
function samlibCode(loss, { eta, rho, start }, steps, known = ["loss", "sharpness"]) {
  const columns = (run, prefix) => ({
    [`${prefix}x`]: `${run}[:, 0]`,
    [`${prefix}y`]: `${run}[:, 1]`,
    ...(known.includes("loss") ? { [`${prefix}loss`]: `loss.value(${run})` } : {}),
    ...(known.includes("sharpness") ? { [`${prefix}sharpness`]: `np.linalg.eigvalsh(loss.hessian(${run}))[:, 1]` } : {}),
  });
  return program(
    [
      `loss = SymbolicLoss(${literal(loss.code)}, "x y")`,
      `sam = trajectory(${call("SAM", { eta, rho })}, loss, ${literal(start)}, steps=${steps.sam})`,
      `descent = trajectory(${call("GradientDescent", { eta })}, loss, ${literal(start)}, steps=${steps.descent})`,
    ],
    { t: `range(${Math.max(steps.sam, steps.descent) + 1})`, ...columns("sam", ""), ...columns("descent", "descent_") },
  );
}

function render({ model, el }) {
  const read = remembering(tried);
  const state = sharedState(model, TRAITS, () => frame.redraw(), { check: (values) => read(values.formula).words });
  const { ranges } = state;
  const steps = timeline(state, { pace: [16, 160, 9000] });
  const frame = figureFrame({ el, model, state, kind: "your-loss", keys: steps.keys, draw });

  const field = formulaField({
    name: "formula",
    label: html("span", { class: "live-symbol" }, "ℓ(", html("i", {}, "x"), ", ", html("i", {}, "y"), ") ="),
    words: "loss, a formula in x and y",
    change(text) {
      const { words } = read(text);
      if (!words) state.set({ formula: text });
      return words && `${words} The figure keeps the last formula that could be read.`;
    },
  });
  const plane = planeView({
    layers: ["prediction", "rival", "trail", "critical"],
    pointLabel: "Start point w₀",
    limit: ranges.start,
    move: (start) => state.set({ start }),
  });
  const strips = stripsView({
    strips: [{ share: 1, draw: drawBoth }, { share: 1, draw: drawBoth }],
    seek: (t) => steps.seek(t),
    label: "The loss and its sharpness along both runs, over the steps",
  });
  const view = choice({
    label: "View",
    options: [
      { name: "whole", text: "Whole plane" },
      { name: "minimum", text: "Around the minimum" },
    ],
    change: (name) => state.set({ zoom: name === "minimum" }),
  });
  const sliders = [
    ["eta", symbol("η"), "step size eta"],
    ["rho", symbol("ρ"), "radius rho"],
    ["steps", "steps", "number of steps"],
    ["reach", "window", "half the width of the plane"],
  ].map(([name, label, words]) => {
    const made = slider({
      ...ranges[name],
      name,
      label,
      words,
      change(value) {
        const { t, steps: before } = state.values;
        state.set(name === "steps" ? { steps: value, t: t >= before ? value : Math.min(t, value) } : { [name]: value });
      },
    });
    return [name, made];
  });
  const settings = presets(state, model, () => {
    steps.stop();
    field.forget();
  });
  const names = ["w", "loss", "sharpness", "rival", "rivalLoss", "rivalSharpness", "minimum", "eigenvalues", "amplitude"];
  const now = Object.fromEntries(names.map((name) => [name, datum(name)]));
  const slopes = [html("span", { class: "live-slope" }), html("span", { class: "live-slope" })];
  const levels = remembering((_, loss, window) => evenLevels(loss.value, window));

  function draw() {
    const v = state.values;
    const { eta, rho, start } = v;
    const { loss } = read(v.formula);
    const t = Math.min(v.t, v.steps);
    const sam = runOn(loss, (w) => samStepOn(loss, eta, rho, w), start, v.steps);
    const rival = runOn(loss, (w) => descentStepOn(loss, eta, w), start, v.steps);
    const minimum = nearestMinimum(loss, start);
    const amplitude = minimum ? bounceAmplitude(eta, rho, minimum.eigenvalues[0]) : NaN;
    const [seen, rivalSeen] = [sam, rival].map((path) => Math.min(t, path.length - 1));

    const box = plane.measure();
    const close = v.zoom && minimum;
    const half = Number.isFinite(amplitude) && amplitude > 0 ? 2 * amplitude : 0.1 * v.reach;
    const window = close ? squareWindow(minimum.w, half, box) : squareWindow([0, 0], v.reach, box);
    const key = JSON.stringify([v.formula, window]);
    plane.draw({
      window,
      names: [["x", ""], ["y", ""]],
      point: start,
      value: loss.value,
      key,
      levels: levels(key, loss, window),
      label: `Contours of the loss with the iterates 0 to ${t} of SAM and of gradient descent`,
    });
    const at = (w) => [plane.x(w[0]), plane.y(w[1])];
    drawMinimum(plane, minimum, amplitude, at);
    drawRival(plane.layer("rival"), rival.map(at), rivalSeen, box);
    drawTrail(plane.layer("trail"), sam.map(at), seen, box);
    drawStrips(loss, { sam, rival, minimum, t, steps: v.steps });

    field.show(v.formula);
    steps.show(t, v.steps);
    view.show(v.zoom ? "minimum" : "whole");
    for (const [name, each] of sliders) each.show(v[name]);
    settings.show(v);
    now.w.show(sam[seen]);
    now.loss.show(loss.value(sam[seen]));
    now.sharpness.show(sharpness(loss, sam[seen]));
    now.rival.show(rival[rivalSeen]);
    now.rivalLoss.show(loss.value(rival[rivalSeen]));
    now.rivalSharpness.show(sharpness(loss, rival[rivalSeen]));
    now.minimum.show(minimum ? minimum.w : null, minimum ? vector(tidy(minimum.w)) : "none found");
    now.eigenvalues.show(minimum ? minimum.eigenvalues : null, minimum ? tidy(minimum.eigenvalues).map((l) => number(l)).join(", ") : "none");
    now.amplitude.show(amplitude, Number.isNaN(amplitude) ? "none" : amplitude === Infinity ? "∞" : number(amplitude));
    slopes.forEach((slope, i) => {
      const text = loss.slopes[i];
      slope.textContent = text.length > LONGEST_SLOPE ? `${text.slice(0, LONGEST_SLOPE - 1)}…` : text;
    });

    const runs = [sam, rival];
    const curves = () => ({ loss: runs.map((path) => path.map(loss.value)), sharpness: runs.map((path) => path.map((w) => sharpness(loss, w))) });
    // Left out where it is not a real number at some iterate: samlib raises an error there.
    const known = (found) => Object.keys(found).filter((name) => found[name].flat().every(Number.isFinite));
    return {
      ...describe({ v, loss, t, sam, rival, minimum, amplitude }),
      data() {
        const found = curves();
        const columns = (path, i, prefix, name) => [
          ...[0, 1].map((k) => [`${prefix}${"xy"[k]}`, `${name} ${"xy"[k]}`, path.map((w) => w[k])]),
          ...known(found).map((each) => [`${prefix}${each}`, { loss: "ℓ", sharpness: "λ_max" }[each], found[each][i]]),
        ];
        return {
          caption: "SAM and gradient descent (GD) on this loss: iterates, loss and largest eigenvalue of the Hessian",
          at: t,
          columns: [["t", "t", (sam.length > rival.length ? sam : rival).map((_, s) => s)], ...columns(sam, 0, "", "SAM"), ...columns(rival, 1, "descent_", "GD")],
        };
      },
      code: () => samlibCode(loss, v, { sam: sam.length - 1, descent: rival.length - 1 }, known(curves())),
    };
  }

  function drawStrips(loss, { sam, rival, minimum, t, steps: count }) {
    const [losses, rivals] = [sam, rival].map((path) => path.map(loss.value));
    const [sharp, rivalSharp] = [sam, rival].map((path) => path.map((w) => sharpness(loss, w)));
    // Above the minimum on a logarithmic scale, unless a run finds a lower place or there is no minimum.
    const floor = minimum ? loss.value(minimum.w) : NaN;
    const [above, rivalAbove] = [losses, rivals].map((values) => values.map((height) => height - floor));
    const lowest = Math.min(...above, ...rivalAbove);
    const log = lowest > -1e-9 && Math.max(...above) > 0;
    strips.draw({
      t,
      steps: count,
      data: [
        log
          ? { log: true, values: above, rival: rivalAbove, domain: logDomain([...above, ...rivalAbove], 12), name: ["ℓ(w", "t", ") − ℓ(minimum)"], headroom: HEADROOM }
          : { log: false, values: losses, rival: rivals, domain: domainOf([...losses, ...rivals]), name: ["ℓ(w", "t", ")"], headroom: HEADROOM },
        { log: false, values: sharp, rival: rivalSharp, domain: domainOf([...sharp, ...rivalSharp]), name: ["λ", "max"], headroom: HEADROOM },
      ],
    });
  }

  function describe({ v, loss, t, sam, rival, minimum, amplitude }) {
    if (!defined(loss, v.start)) return { words: `ℓ or its gradient is not a finite real number at ${vector(v.start)}: move the start.`, warning: true };
    const cut = [["SAM", sam], ["Gradient descent", rival]].filter(([, path]) => path.length <= v.steps);
    const ended = cut.map(([name, path]) => `${name} ends after ${path.length - 1} steps: the next leaves for infinity, or for where ℓ is not real. `).join("");
    let nearby = "No minimum is found downhill from the start.";
    if (minimum) {
      const [first, second] = minimum.eigenvalues;
      const flat = Math.abs(second) < 1e-5 * first ? ", flat in one direction" : "";
      const bounce = amplitude === Infinity ? "η is at least 2/λ₁, so that no run settles there" : `SAM’s bounce there is ±${number(amplitude)} along e₁, to leading order`;
      nearby = `Downhill from the start there is a minimum at ${vector(tidy(minimum.w))}${flat}: λ₁ = ${number(first)}; ${bounce}.`;
    }
    return { words: `Step ${t} of ${v.steps}. ${ended}${nearby}`, warning: Boolean(ended) };
  }

  return frame.open(
    field.element,
    settings.element,
    html("div", { class: "live-views" }, plane.element, strips.element),
    legend([
      ["trail", "SAM, early to late"],
      ["ghost", "gradient descent"],
      ["critical", "minimum downhill from the start"],
      ["cycle", "SAM’s bounce predicted there"],
    ]),
    steps.element,
    html("div", { class: "live-options" }, view.element),
    html("div", { class: "live-settings" }, sliders.map(([, each]) => each.element)),
    readout([
      ["SAM at", now.w.element],
      [html("span", {}, "its loss, ", symbol("λ", "max")), now.loss.element, ", ", now.sharpness.element],
      ["gradient descent at", now.rival.element],
      [html("span", {}, "its loss, ", symbol("λ", "max")), now.rivalLoss.element, ", ", now.rivalSharpness.element],
      ["minimum at", now.minimum.element],
      [html("span", {}, symbol("λ", "1"), ", ", symbol("λ", "2"), " of the Hessian there"), now.eigenvalues.element],
      ["SAM’s bounce there", "±", now.amplitude.element],
    ]),
    html("dl", { class: "live-slopes" }, ["x", "y"].map((name, i) => html("div", {}, html("dt", {}, `∂ℓ/∂${name} =`), html("dd", {}, slopes[i])))),
  );
}

// The minimum as a cross, and the ends of the bounce on either side of it.
function drawMinimum(plane, minimum, amplitude, at) {
  const [x, y] = minimum ? at(minimum.w) : [0, 0];
  const cross = minimum ? [`M${x - 6},${y}h12M${x},${y - 6}v12`] : [];
  const crosses = plane.layer("critical").selectAll("path").data([...cross.map((d) => ["halo", d]), ...cross.map((d) => ["plus", d])]);
  crosses.join("path").attr("class", ([name]) => `live-critical-${name}`).attr("d", ([, d]) => d);
  const known = minimum && amplitude > 0 && amplitude < Infinity && minimum.eigenvalues[0] - minimum.eigenvalues[1] > 1e-6;
  const ends = known ? [-1, 1].map((side) => at(minimum.w.map((m, i) => m + side * amplitude * minimum.top[i]))) : [];
  const layer = plane.layer("prediction");
  layer.selectAll("path").data(known ? [`M${ends[0]}L${ends[1]}`] : []).join("path").attr("d", (d) => d);
  layer.selectAll("circle").data(ends).join("circle").attr("cx", (p) => p[0]).attr("cy", (p) => p[1]).attr("r", 9);
}

export default { render, dynamics: { ...formula, ...landscape, samlibCode } };
