// SAM's drift along a valley whose curvature h(y) the reader bends (Theorem 21): the path, y and λ_max against the drift flow,
// one step split into bounce, drift and remainder, and the window of radii in which signs alternate.
import { residual } from "../dynamics/prediction.js";
import * as dynamics from "../dynamics/valley.js";
import { legend, readout, slider, toggle } from "../views/controls.js";
import { curveView } from "../views/curve.js";
import { datum, html, number, symbol } from "../views/dom.js";
import { domainOf, drawFollowed } from "../views/followed.js";
import { drawMarks } from "../views/marks.js";
import { easing } from "../views/motion.js";
import { arrowPath, planeView } from "../views/plane.js";
import { splitStepView } from "../views/split_step.js";
import { stripsView } from "../views/strips.js";
import { drawTrail } from "../views/trail.js";
import { windowBarView } from "../views/window_bar.js";
import { call, iterates, literal, program } from "./code.js";
import { figureFrame } from "./frame.js";
import { prediction } from "./prediction.js";
import { presets, timeline } from "./settings.js";
import { sharedState } from "./state.js";

const { amplitude, at, coefficients, leadingLimit, lowest, valley } = dynamics;
const TRAITS = ["eta", "rho", "heights", "skew", "start", "on_bounce", "steps", "t"];
const NODES = [-2, -1, 0, 1, 2];
const LEAST = 0.05; // h must be at least this in the valley
const VIEW = 2.2; // the plane shows |y| up to this
const HEADROOM = 14; // pixels of a strip that are kept for its name
const STAYS = 0.02; // a change of y that counts as none in a prediction

const norm = (/** @type {number[]} */ [x, y]) => Math.sqrt(x * x + y * y);
const tidy = (value) => Number(value.toFixed(6));
const said = (value) => (Number.isNaN(value) ? "–" : value === Infinity ? "∞" : number(value));

/** Why the values do not fit each other, in words. */
function check({ eta, heights, start }) {
  const h = coefficients(heights);
  const least = lowest(h);
  if (!(least.value >= LEAST)) return `h(${number(least.place)}) = ${number(least.value)} is below ${LEAST}`;
  const top = at(h, start[1]);
  return eta * top < 1 ? "" : `η = ${number(eta)} is not below 1/h(y₀) = ${number(1 / top)}`;
}

function render({ model, el }) {
  const state = sharedState(model, TRAITS, () => frame.redraw(), { check });
  const { ranges } = state;
  const steps = timeline(state);
  const frame = figureFrame({ el, model, state, kind: "valley", keys: steps.keys, draw });
  const halfWidth = easing(frame.redraw, { geometric: true });
  let held = null;
  let grip = null; // x of the start when the drag began: the bounce grows narrower or wider under the hand

  const plane = planeView({ layers: ["floor", "trail", "flow", "arrows"], pointLabel: "The start w0", limit: ranges.start, move: moveStart });
  const bend = curveView({
    nodes: NODES,
    names: [["y", ""], ["h(y)", ""]],
    limit: ranges.heights,
    move: moveKnot,
    knotLabel: (node) => `The curvature h at y = ${number(node)}`,
  });
  const strips = stripsView({
    strips: [{ share: 1.2, draw: drawFollowed }, { share: 1, draw: drawFollowed }, { share: 1, draw: drawSides }],
    seek: (t) => steps.seek(t),
    label: "The place along the valley and the largest eigenvalue over the steps, with what the drift flow says, and the side of the valley",
  });
  const split = splitStepView();
  const bar = windowBarView();
  const onBounce = toggle({
    name: "on_bounce",
    label: "start on the bounce",
    change: (yes) => state.set(yes ? { on_bounce: true } : { on_bounce: false, start: [tidy(begin()[0]), state.values.start[1]] }),
  });
  const make = (name, label, words, change) => slider({ ...ranges[name], name, label, words, change });
  const eta = make("eta", symbol("η"), "step size eta", (wanted) => {
    const [got, word] = etaWithin(wanted, state.values);
    state.set({ eta: got }, word && `η stops below 1/h(y₀) = ${number(1 / topOf(state.values))}.`);
  });
  const rho = make("rho", symbol("ρ"), "radius rho", (value) => state.set({ rho: value }));
  const skew = make("skew", symbol("κ"), "skew kappa of the valley", (value) => state.set({ skew: value }));
  const length = make("steps", "steps", "number of steps", (value) => {
    const { t, steps: before } = state.values;
    state.set({ steps: value, t: t >= before ? value : Math.min(t, value) });
  });
  const settings = presets(state, model, steps.stop);
  const names = ["y", "flow", "gap", "sharpness", "predictedSharpness", "bounce", "drift", "remainder", "sharp", "stated", "limit", "leading", "same"];
  const now = Object.fromEntries(names.map((name) => [name, datum(name)]));

  const predict = prediction({
    ...{ model, state, frame, plane, walk: steps, length: "steps", upright: true },
    ask: () => `At which y is SAM after ${state.values.steps} steps?`,
    judge: ([, guess]) => verdict(guess),
  });

  const topOf = ({ heights, start }) => at(coefficients(heights), start[1]);

  /** w₀: on the bounce, or where the reader put it. */
  function begin() {
    const v = state.values;
    return v.on_bounce ? [amplitude(topOf(v), v.eta, v.rho), v.start[1]] : v.start;
  }

  /** η, or the largest one below it that Theorem 21 admits for these heights and this start, with whether it had to give way. */
  function etaWithin(wanted, values) {
    const { min, step } = ranges.eta;
    const got = Math.max(min, Math.min(wanted, tidy(Math.floor(0.99 / topOf(values) / step + 1e-9) * step)));
    return [got, got < wanted - 1e-9];
  }

  /** Sets heights or start; where they make h(y₀) too large for η, it is η that gives way. */
  function setWithin(patch, word = "") {
    const { eta: wanted } = state.values;
    const [got, less] = etaWithin(wanted, { ...state.values, ...patch });
    state.set({ ...patch, eta: got }, less ? `η went down to ${number(got)}, below 1/h(y₀).` : word);
  }

  function moveStart([x, y], dragging) {
    if (dragging) grip ??= begin()[0];
    const [left, right] = plane.x.domain();
    const near = (place, share) => Math.abs(x - place) <= share * (right - left);
    // A drag along the valley does not leave the bounce by a hand's tremor; an arrow key moves for certain.
    const stays = state.values.on_bounce && (near(begin()[0], 0.0005) || (grip !== null && near(grip, 0.05)));
    if (!dragging) grip = null;
    setWithin(stays ? { start: [state.values.start[0], y] } : { start: [x, y], on_bounce: false });
    return begin();
  }

  function moveKnot(k, value) {
    const { heights } = state.values;
    const bent = (height) => heights.map((old, i) => (i === k ? height : old));
    const step = value < heights[k] ? 0.01 : -0.01;
    let got = value;
    // Back from the wish until h is positive everywhere, at the latest to where the knot is.
    while (!(lowest(coefficients(bent(got))).value >= LEAST) && (heights[k] - got) * step > 0) got = Number((got + step).toFixed(2));
    if ((heights[k] - got) * step <= 0 && got !== value) got = heights[k];
    setWithin({ heights: bent(got) }, got === value ? "" : `The knot stops where h would fall below ${LEAST} in the valley.`);
    return got;
  }

  /** What a guess of the last y is worth: how far off it is, and whether SAM drifted the way it says. */
  function verdict(guess) {
    const { eta: size, rho: radius, heights, skew: kappa, steps: count } = state.values;
    const [x0, y0] = begin();
    const run = valley(coefficients(heights), kappa).run(size, radius, [x0, y0], count);
    const last = Math.min(count, run.left - 1);
    const end = run.path[last][1];
    const way = (y) => (Math.abs(y - y0) < STAYS ? "nowhere" : y > y0 ? "up" : "down");
    return {
      ...residual([guess], [end], way(end) === "nowhere" ? 0 : Math.abs(end - y0)),
      end: [0, end],
      lead: `${last < count ? `SAM leaves the valley at step ${run.left}, last` : "SAM ends"} at y = ${number(end)}, `,
      beside: " from your flag",
      scale: "the way it went",
      tail: way(guess) === way(end) ? `Right: it went ${way(end)}.` : `You said ${way(guess)}, and it went ${way(end)}.`,
      reason: run.lost <= last && kappa !== 0 ? "window" : "drift",
    };
  }

  function draw() {
    const v = state.values;
    const h = coefficients(v.heights);
    const loss = valley(h, v.skew);
    const start = begin();
    const shownSteps = predict.hidden ? 0 : v.steps;
    const run = loss.run(v.eta, v.rho, start, shownSteps);
    const flow = loss.flow(v.eta, v.rho, start[1], shownSteps);
    const last = Math.min(shownSteps, run.left - 1);
    const t = Math.min(v.t, last);
    const [x, y] = run.path[t];
    const side = x < 0 ? -1 : 1;
    const parts = loss.split(v.eta, v.rho, y, side);
    const lost = run.lost <= t;

    drawPlane({ v, loss, run, flow, start, t, last, parts });
    bend.draw({
      value: (place) => at(h, place),
      values: v.heights,
      marked: { flow: flow[t], now: y },
      reference: [1 / v.eta, "1/η: Theorem 21 asks for less"],
      label: `The curvature h(y) across the valley through ${v.heights.map((each) => number(each)).join(", ")} at y = −2 … 2; SAM is at y = ${number(y)}`,
    });
    const ys = run.path.map((w) => w[1]);
    const floor = flow.map((place) => at(h, place));
    const flipped = run.path.map((w, s) => (s % 2 ? -w[0] : w[0]) * (start[0] < 0 ? -1 : 1));
    strips.draw({
      t,
      steps: v.steps,
      data: [
        { values: ys, predicted: flow, domain: domainOf([...ys, ...flow]), name: ["y", "t"], headroom: HEADROOM },
        { values: run.sharpness, predicted: floor, domain: domainOf([...run.sharpness, ...floor]), name: ["λ", "max"], headroom: HEADROOM },
        {
          values: flipped,
          marked: flipped.map((_, s) => run.alternates[s] === false && s < last),
          domain: domainOf([...flipped, 0]),
          references: [[0, ""]],
          lost: run.lost,
          name: ["(−1)ᵗ x", "t"],
          headroom: HEADROOM,
        },
      ],
    });
    const limit = run.limit[t];
    const leading = Number.isNaN(limit) ? NaN : leadingLimit(at(h, y), v.eta, v.skew);
    split.draw({
      split: parts,
      caption: parts ? ["End of the step from the", `bounce around (0, ${number(y)}), enlarged`] : ["Theorem 21 asks for", "0 < ηh(y) < 1"],
      label: parts
        ? `The end of one step, enlarged: drift of length ${number(norm(parts.drift))}, remainder of length ${number(norm(parts.remainder))} inside discs of radius ${number(parts.sharp)} and ${number(parts.stated)}`
        : "No split: Theorem 21 does not apply here",
    });
    bar.draw({
      value: v.rho,
      limit: Number.isNaN(limit) ? 0 : limit,
      tick: leading,
      lost,
      texts: windowWords(limit, lost, run.lost, v),
      label: `Window of validity at this step: ρ below ${said(limit)}; ρ is ${number(v.rho)}`,
    });
    frame.root.dataset.window = lost ? "lost" : "kept";

    let gap = 0;
    for (let s = 0; s <= t; s++) if (Math.abs(ys[s] - flow[s]) > gap) gap = Math.abs(ys[s] - flow[s]);
    const same = run.alternates.slice(0, Math.min(t, last)).filter((yes) => !yes).length;
    steps.show(t, v.steps);
    onBounce.show(v.on_bounce);
    for (const [control, value] of [[eta, v.eta], [rho, v.rho], [skew, v.skew], [length, v.steps]]) control.show(value);
    settings.show(v);
    now.y.show(y);
    now.flow.show(flow[t], said(flow[t]));
    now.gap.show(gap);
    now.sharpness.show(run.sharpness[t]);
    now.predictedSharpness.show(floor[t], said(floor[t]));
    const sizes = parts ? { bounce: norm(parts.bounce), drift: norm(parts.drift), remainder: norm(parts.remainder), sharp: parts.sharp, stated: parts.stated } : {};
    for (const name of ["bounce", "drift", "remainder", "sharp", "stated"]) now[name].show(sizes[name] ?? NaN, said(sizes[name] ?? NaN));
    now.limit.show(limit, said(limit));
    now.leading.show(leading, said(leading));
    now.same.show(same, String(same));
    predict.draw();
    return {
      ...describe({ v, t, loss, run, flow, y, gap, parts, limit }),
      data: () => ({
        caption: "SAM’s iterates (x, y) in the valley, the drift flow beside y, and the largest eigenvalue of the Hessian",
        at: t,
        columns: [
          ...iterates(run.path.slice(0, last + 1), ["x", "y"]),
          ["flow", "flow", flow.slice(0, last + 1)],
          ["sharpness", "λ_max", run.sharpness.slice(0, last + 1)],
        ],
      }),
      code: () =>
        program(
          [
            `loss = Valley(${literal(h)}, skew=${v.skew})`,
            `w = trajectory(${call("SAM", { eta: v.eta, rho: v.rho })}, loss, ${literal(start)}, steps=${last})`,
            `figure = ${call("live.Valley", { ...v, t })}`,
          ],
          { t: "range(len(w))", x: "w[:, 0]", y: "w[:, 1]", flow: "figure.flow()[: len(w)]", sharpness: "np.linalg.eigvalsh(loss.hessian(w))[:, 1]" },
        ),
    };
  }

  function drawPlane({ v, loss, run, flow, start, t, last, parts }) {
    const shown = run.path.slice(0, last + 1);
    const widest = Math.max(...shown.map((w) => Math.abs(w[0])), Math.abs(start[0]), parts && !predict.hidden ? Math.abs(parts.bounce[0]) / 2 : 0, 1e-3);
    held = plane.dragging && held ? held : 1.35 * widest;
    const half = halfWidth.at(held);
    const box = plane.measure();
    plane.draw({
      window: [[-half, half], [-VIEW, VIEW]],
      names: [["x", ""], ["y", ""]],
      point: start,
      value: loss.loss,
      key: [v.heights, v.skew],
      label: `Contours of the valley with SAM's iterates up to step ${t} and the drift flow along its floor`,
    });
    const pixel = (/** @type {number[]} */ [a, b]) => [plane.x(a), plane.y(b)];
    plane.layer("floor").selectAll("path").data([`M${pixel([0, -VIEW])}L${pixel([0, VIEW])}`]).join("path").attr("d", (d) => d);
    const along = flow.filter(Number.isFinite).map((place) => pixel([0, place]));
    plane.layer("flow").selectAll("path").data([`M${along.join("L")}`]).join("path").attr("d", (d) => d);
    plane.layer("flow").selectAll("circle").data(Number.isFinite(flow[t]) ? [pixel([0, flow[t]])] : []).join("circle").attr("r", 6).attr("cx", ([px]) => px).attr("cy", ([, py]) => py);
    drawTrail(plane.layer("trail"), shown.map(pixel), t, box);
    // The step from the bounce at this place: across, then along.
    const corner = parts && [parts.start[0] + parts.bounce[0], parts.start[1]];
    const arrows = parts
      ? [["bounce", arrowPath(pixel(parts.start), pixel(corner))], ["drift", arrowPath(pixel(corner), pixel([corner[0] + parts.drift[0], corner[1] + parts.drift[1]]))]]
      : [];
    plane.layer("arrows").selectAll("path").data(arrows).join("path").attr("class", ([name]) => `live-arrow live-lit live-arrow-${name}`).attr("d", ([, d]) => d);
  }

  function windowWords(limit, lost, since, { rho: radius }) {
    if (lost) {
      const short = `Window left: signs stopped alternating at step ${since}`;
      return [...(Number.isFinite(limit) ? [`${short}; here ρ < ${number(limit)} is needed`] : []), short, `Window left at step ${since}`];
    }
    if (Number.isNaN(limit)) return ["Outside of Theorem 21: ηh(y) is not in (0, 1)"];
    if (limit === Infinity) return ["Window: with κ = 0 the bounce is symmetric for every ρ", "Window: every ρ, as κ = 0"];
    return [`Window: signs alternate for ρ < ${number(limit)}; ρ = ${number(radius)}`];
  }

  function describe({ v, t, loss, run, flow, y, gap, parts, limit }) {
    const rest = norm(loss.gradient(run.path[t])) === 0 ? "The gradient is zero here, and SAM rests. " : "";
    const beside = Number.isNaN(flow[t]) ? "the drift flow has left the valley" : `the drift flow ${number(flow[t])} (${number(gap)} apart so far at most)`;
    const step = parts ? `Drift ${number(norm(parts.drift))}, remainder ${number(norm(parts.remainder))} of at most ${number(parts.sharp)}. ` : "Here ηh(y) is not in (0, 1): Theorem 21 says nothing. ";
    const over = Number.isFinite(limit) && v.rho >= limit ? `ρ is above its limit ${number(limit)} here. ` : "";
    const lost = run.lost <= t ? `The signs of x stopped alternating at step ${run.lost}: Theorem 21 says nothing of the steps from there. ` : "";
    const out = run.left < Infinity ? `SAM leaves the valley at step ${run.left}. ` : "";
    const words = `Step ${t} of ${v.steps}: y is ${number(y)}, ${beside}; λ_max is ${number(run.sharpness[t])}. ${rest}${step}${lost || over}${out}`;
    return { words, warning: Boolean(lost || out) };
  }

  return frame.open(
    predict.element,
    html("div", { class: "live-views" }, plane.element, strips.element),
    bar.element,
    steps.element,
    html("div", { class: "live-views live-bend-row" }, bend.element, split.element),
    legend([
      ["trail", "SAM, from early to late"],
      ["flow", "drift flow"],
      ["bounce", "bounce"],
      ["drift", "drift"],
      ["remainder", "remainder, in the disc of the proof and the dashed circle of the theorem"],
      ["lost", "step that stays on its side"],
    ]),
    html("div", { class: "live-options" }, onBounce.element),
    html("div", { class: "live-settings" }, eta.element, rho.element, skew.element, length.element),
    settings.element,
    readout([
      [symbol("y", "t"), now.y.element],
      ["flow", now.flow.element],
      ["apart at most", now.gap.element],
      [symbol("λ", "max"), now.sharpness.element, ", flow ", now.predictedSharpness.element],
      ["bounce", now.bounce.element, ", drift ", now.drift.element],
      ["remainder", now.remainder.element],
      ["its bound", now.sharp.element, ", stated ", now.stated.element],
      ["limit of ρ", now.limit.element, ", leading order ", now.leading.element],
      ["steps on one side", now.same.element],
    ]),
  );
}

// The strip of sides: where alternation is lost, the rest of the strip is lit.
function drawSides(body, { x, y, t, data, panel }) {
  const from = data.lost <= t ? [x(data.lost)] : [];
  body
    .selectAll("rect")
    .data(from)
    .join((enter) => enter.insert("rect", ":first-child"))
    .attr("class", "live-lost-band")
    .attr("x", (left) => left)
    .attr("y", panel.y)
    .attr("width", (left) => Math.max(0, panel.x + panel.width - left))
    .attr("height", panel.height);
  drawMarks(body, { x, y, t, data, panel });
}

export default { render, dynamics };
