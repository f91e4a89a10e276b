// What SAM does over a plane of parameters: a map of regimes that is computed in the page, with the analytic boundaries on it, the run at
// the cross-hair beside it, and a way to that state in the figure that shows it best.
import * as dynamics from "../dynamics/regimes.js";
import { choice, readout, slider } from "../views/controls.js";
import { datum, html, number, symbol } from "../views/dom.js";
import { domainOf } from "../views/followed.js";
import { regimeMapView } from "../views/map.js";
import { drawMarks } from "../views/marks.js";
import { planeView } from "../views/plane.js";
import { stripsView } from "../views/strips.js";
import { call, program } from "./code.js";
import { figureFrame } from "./frame.js";
import { mapper } from "./mapper.js";
import { presets } from "./settings.js";
import { sharedState } from "./state.js";

const { TARGETS, WINDOWS, WORDS, boundaries, classify, floor, opens, path, topOf, valleyWindow } = dynamics;
const TRAITS = ["map", "eta", "rho", "skew", "bend", "steps"];
const MAPS = { valley: "Skewed valley", ravine: "Flattening ravine" };
const AXES = { valley: [["ηλ", "1"], ["ρκ/λ", "1"]], ravine: [["η", ""], ["ρ", ""]] };
const CELLS = [20, 10, 5, 2.5]; // pixels, coarse to fine
const HEADROOM = 14; // pixels of a strip that are kept for its name
const CHAPTERS = { Bounce: 3, Valley: 5, Race: 6, YourLoss: 6 };
const TITLES = { Bounce: "Bounce", Valley: "Valley", Race: "Race", YourLoss: "Your loss" };

// The boundaries' names, long and short, and where they stand: the place on the map, and which end of the text is there.
const NAMES = {
  valley: {
    step: () => ["ηλ₁ = 2", "ηλ₁ = 2", 1.97, 0.575, "end"],
    window: () => ["window", "window", 1.17, 0.43, "middle"],
    settled: (b) => ["window at the flattest place", "at the flattest", 1.02, Math.max(0.01, (1 - b) * valleyWindow(1.02 * (1 - b)) - 0.04), "middle"],
    flip: () => ["the period doubles", "doubles", 1.62, 0.215, "end"],
  },
  ravine: {
    step: () => ["ηλ₁ = 2", "ηλ₁ = 2", 0.985, 1.9, "end"],
    growth: () => ["ρ = 1 − η", "ρ = 1 − η", 0.42, 0.48, "end"],
    wide: () => ["ρ = √(1 − η²)/η", "√(1 − η²)/η", 0.86, 0.33, "end"],
    second: () => ["e₂ attracts", "e₂", 0.72, 1.5, "start"],
  },
};

const tidy = (value) => Number(value.toFixed(4));
const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** The address of a figure in a state, relative to this page. */
const fragment = (key, state) => `#fig-${key}${Object.entries(state).map(([name, value]) => `&${name}=${encodeURIComponent(JSON.stringify(value))}`).join("")}`;
function address({ figure, state }) {
  const [page, key] = TARGETS[figure];
  return `${page}.html${fragment(key, state)}`;
}

function render({ model, el }) {
  const state = sharedState(model, TRAITS, () => frame.redraw());
  const { ranges } = state;
  const frame = figureFrame({ el, model, state, kind: "atlas", keys: { Enter: ["open the state at the cross-hair in the figure that shows it", open] }, draw });

  const map = regimeMapView(frame.redraw, WORDS.map(capital));
  const plane = planeView({
    layers: ["curves", "cross"],
    pointLabel: "The cross-hair",
    limit: { min: 0, max: Math.max(...Object.values(WINDOWS).flat(2)) },
    move: (place) => put(place),
    backdrop: map.element,
  });
  const tip = html("div", { class: "live-tip", "aria-hidden": "true", hidden: true });
  plane.element.append(tip);
  const strips = stripsView({
    strips: [{ share: 1.4, draw: drawMarks }, { share: 1 }],
    seek: () => {},
    label: "The run at the cross-hair: the side of the valley, and the curvature of the floor, over the steps",
  });
  const kind = choice({ label: "Map", options: Object.entries(MAPS).map(([name, text]) => ({ name, text })), change: (name) => put(at(state.values), { map: name }) });
  const make = (name, label, words, format = (x) => number(x)) =>
    slider({ ...ranges[name], name, label, words, format, change: (value) => state.set({ [name]: value }) });
  const sliders = {
    eta: make("eta", symbol("η"), "step size eta"),
    rho: make("rho", symbol("ρ"), "radius rho"),
    skew: make("skew", symbol("κ"), "skew kappa of the valley"),
    bend: make("bend", html("span", {}, "bend ", symbol("b")), "bend b of the floor"),
    steps: make("steps", "steps", "number of steps", String),
  };
  const settings = presets(state, model);
  const link = html("a", { "data-action": "open", "aria-keyshortcuts": "Enter" });
  const unopened = html("span", {}, "No figure opens here: beyond ηλ₁ = 2 they have no theory to show.");
  const door = html("p", { class: "live-door" }, link, unopened);
  const now = Object.fromEntries(["regime", "period", "limit"].map((name) => [name, datum(name)]));
  const limitName = html("span");

  let chart = null;
  let chartOf = "";
  let asked = "";
  let askedAt = 0;
  let charted = "";
  const maps = mapper((found, by) => {
    [chart, chartOf] = [found, asked];
    Object.assign(frame.root.dataset, { computed: by, stage: found.stage, longest: found.longest.toFixed(1) });
    frame.root.removeAttribute("aria-busy");
    frame.root.dispatchEvent(
      new CustomEvent("live:mapped", { bubbles: true, detail: { stage: found.stage, by, since: performance.now() - askedAt, milliseconds: found.milliseconds, longest: found.longest } }),
    );
    frame.redraw();
  });

  /** The cross-hair on the map of these values. */
  const at = ({ map: name, eta, rho, skew }) => (name === "ravine" ? [eta, rho] : [eta, tidy(rho * skew)]);
  const planeOf = ({ map: name, bend, rho }) => ({ map: name, bend, rho });

  /** Puts the cross-hair at a place of the map, as near as the ranges allow; returns where it came to be. */
  function put(/** @type {number[]} */ [first, second], /** @type {any} */ patch = {}) {
    const v = { ...state.values, ...patch };
    const [[, most], [, highest]] = WINDOWS[v.map];
    const within = (value, low, high) => tidy(Math.max(low, Math.min(high, value)));
    const eta = within(first, ranges.eta.min, Math.min(most, ranges.eta.max));
    const other = v.map === "ravine" ? { rho: within(patch.map ? v.rho : second, ranges.rho.min, highest) } : { skew: within(patch.map ? v.skew : second / v.rho, 0, Math.min(ranges.skew.max, highest / v.rho)) };
    const next = { ...patch, eta, ...other };
    state.set(next);
    return at({ ...v, ...next });
  }

  // A mouse shows what is under it and opens it by a click; a finger, which cannot hover, moves the cross-hair.
  let pointer = "mouse";
  const inside = (event) => {
    const box = plane.element.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const [[x0, x1], [y1, y0]] = [plane.x.range(), plane.y.range()];
    return px >= x0 && px <= x1 && py >= y0 && py <= y1 ? { px, py, place: [plane.x.invert(px), plane.y.invert(py)] } : null;
  };
  plane.element.addEventListener("pointerdown", (event) => (pointer = event.pointerType));
  plane.element.addEventListener("pointermove", (event) => {
    const here = event.pointerType === "mouse" && !plane.dragging && inside(event);
    tip.hidden = !here;
    if (!here) return;
    const v = state.values;
    const found = classify(planeOf(v), Math.max(1e-3, here.place[0]), Math.max(v.map === "ravine" ? 1e-3 : 0, here.place[1]), v.steps);
    tip.textContent = `${placeWords(v, here.place)}: ${regimeWords(found)}`;
    const right = here.px > plane.element.clientWidth / 2;
    Object.assign(tip.style, { left: right ? "" : `${here.px + 14}px`, right: right ? `${plane.element.clientWidth - here.px + 14}px` : "", top: `${Math.max(4, here.py - 34)}px` });
  });
  plane.element.addEventListener("pointerleave", () => (tip.hidden = true));
  plane.element.addEventListener("click", (event) => {
    const here = inside(event);
    if (!here) return;
    if (!event.target.closest(".live-handle")) put(here.place);
    if (pointer === "mouse") open();
  });
  /** Goes to the figure that shows the state of the cross-hair; the way back leads to this state here. */
  function open() {
    const target = opens(state.values);
    const pages = /^(https?|file):$/.test(location.protocol) && !el.closest(".jp-OutputArea");
    if (!target || !pages) return;
    history.replaceState(null, "", fragment(model.get("key"), state.values));
    location.assign(address(target));
  }

  function draw() {
    const v = state.values;
    const window = WINDOWS[v.map];
    const place = at(v);
    const box = plane.measure();
    const stages = CELLS.map((size) => [Math.ceil(box.width / size), Math.ceil(box.height / size)]);
    const task = { plane: planeOf(v), window, steps: v.steps, stages };
    const key = JSON.stringify(v.map === "ravine" ? { ...task, plane: v.map } : task);
    if (key !== asked) {
      [asked, askedAt] = [key, performance.now()];
      if (v.map !== charted) chart = null; // not for these axes
      charted = v.map;
      frame.root.setAttribute("aria-busy", "true");
      maps.start(task);
    }
    const found = classify(task.plane, v.eta, place[1], v.steps);
    plane.draw({
      window,
      names: AXES[v.map],
      point: place,
      value: () => 0,
      levels: [],
      key: v.map,
      label: `What SAM does over ${v.map === "ravine" ? "η and ρ on the flattening ravine" : `ηλ₁ and ρκ/λ₁ in the skewed valley with b = ${number(v.bend)}, ρ = ${number(v.rho)}`}, after ${v.steps} steps. At the cross-hair: ${regimeWords(found)}`,
    });
    map.element.hidden = !chart;
    if (chart) map.draw({ frame: box, chart, key: `${chartOf} ${chart.stage}` });
    drawCurves(v, window, box);
    const [px, py] = [plane.x(place[0]), plane.y(place[1])];
    plane.layer("cross").selectAll("path").data([`M${box.left},${py}H${box.left + box.width}M${px},${box.top}V${box.top + box.height}`]).join("path").attr("d", (d) => d);

    const run = path(task.plane, v.eta, place[1], v.steps);
    const sides = run.map(([x], t) => (t % 2 ? -x : x));
    const widest = 12 * v.rho;
    const shown = sides.filter((x) => Math.abs(x) <= widest);
    const curvature = run.map(([, y]) => floor(task.plane, y));
    strips.draw({
      t: v.steps,
      steps: v.steps,
      data: [
        {
          values: sides,
          marked: run.map(([x], t) => t + 1 < run.length && !(x * run[t + 1][0] < 0)),
          domain: domainOf([...shown, 0]),
          references: [[0, ""]],
          name: ["(−1)ᵗ x", "t"],
          headroom: HEADROOM,
        },
        { values: curvature, reference: [topOf(task.plane)], domain: domainOf([...curvature, topOf(task.plane)]), name: ["h(y", "t", ")", "floor "], headroom: HEADROOM },
      ],
    });

    kind.show(v.map);
    for (const [name, control] of Object.entries(sliders)) control.show(v[name]);
    sliders.eta.limit(Math.min(ranges.eta.max, window[0][1]));
    sliders.skew.element.hidden = sliders.bend.element.hidden = v.map === "ravine";
    settings.show(v);
    const target = opens(v);
    link.hidden = !target;
    unopened.hidden = Boolean(target);
    if (target) {
      link.href = address(target);
      link.textContent = `Open this state in “${TITLES[target.figure]}”, chapter ${CHAPTERS[target.figure]}`;
    }
    limitName.textContent = v.map === "ravine" ? "1 − η" : "window’s edge";
    now.regime.show(found.regime, WORDS[found.regime]);
    now.period.show(found.period, found.period ? String(found.period) : "–");
    const limit = v.map === "ravine" ? 1 - v.eta : v.eta < 2 ? valleyWindow(v.eta) : NaN;
    now.limit.show(limit, limit > 0 ? number(limit) : "–");
    return {
      ...describe(v, place, found),
      data: () => ({
        caption: "SAM’s run at the cross-hair: x across the valley, y along its floor, and the curvature of the floor at y",
        at: run.length - 1,
        columns: [["t", "t", run.map((_, t) => t)], ["x", "x", run.map((w) => w[0])], ["y", "y", run.map((w) => w[1])], ["floor", "h(y)", curvature]],
      }),
      code: () =>
        program([`figure = ${call("live.Atlas", v)}`, "w = figure.path()"], { t: "range(len(w))", x: "w[:, 0]", y: "w[:, 1]", floor: "figure.plane.floor(w[:, 1])" }),
    };
  }

  function drawCurves(v, window, box) {
    const lines = boundaries(v, window).map((line) => ({ ...line, words: NAMES[v.map][line.name](v.bend), d: `M${line.points.map(([a, b]) => `${plane.x(a).toFixed(1)},${plane.y(b).toFixed(1)}`).join("L")}` }));
    const layer = plane.layer("curves");
    const both = lines.flatMap((line) => [{ ...line, halo: true }, line]);
    layer.selectAll("path").data(both).join("path").attr("class", ({ name, halo }) => (halo ? "live-edge-halo" : `live-edge live-edge-${name}`)).attr("d", ({ d }) => d);
    const few = box.width < 310;
    layer
      .selectAll("text")
      .data(lines)
      .join("text")
      .attr("class", "live-edge-name")
      .attr("text-anchor", ({ words }) => words[4])
      .attr("x", ({ words }) => plane.x(words[2]))
      .attr("y", ({ words }) => plane.y(words[3]))
      .text(({ words }) => words[few ? 1 : 0]);
  }

  function placeWords(v, /** @type {number[]} */ [first, second]) {
    const [a, b] = v.map === "ravine" ? ["η", "ρ"] : ["ηλ₁", "ρκ/λ₁"];
    return `${a} = ${number(first)}, ${b} = ${number(second)}`;
  }

  const regimeWords = ({ regime, period }) => WORDS[regime] + (period > 2 ? `, period ${period}` : period === 1 ? ", at rest" : "");

  function describe(v, place, found) {
    return { words: `At ${placeWords(v, place)}, after ${v.steps} steps: ${regimeWords(found)}. ${theoryWords(v, place)}`, warning: found.regime >= 5 };
  }

  frame.onClose(() => {
    maps.close();
    map.close();
  });
  return frame.open(
    html("div", { class: "live-views" }, plane.element, strips.element),
    map.legend,
    door,
    kind.element,
    html("div", { class: "live-settings" }, Object.values(sliders).map((control) => control.element)),
    settings.element,
    readout([
      ["SAM", now.regime.element],
      ["period", now.period.element],
      [limitName, now.limit.element],
    ]),
  );
}

/** What is proved at this place, in words. */
function theoryWords({ map, eta, rho, bend, skew }, /** @type {number[]} */ [first, second]) {
  if (map === "ravine") {
    if (eta >= 1) return "Here ηλ₁ ≥ 2, and there is no bounce along e₁ at the minimum.";
    if (eta + rho === 1) return "Here ρ = 1 − η exactly, where nothing is proved.";
    if (eta + rho < 1) return "Proved in chapter 6: for ρ < 1 − η the bounce at the minimum attracts what starts near it.";
    const beyond = rho >= Math.sqrt(1 - eta * eta) / eta;
    return `Proved in chapter 6: for ρ > 1 − η there is a two-cycle beside the minimum${beyond ? "" : ", and the bounce at the minimum repels"}.`;
  }
  if (skew === 0 && bend === 0) return first < 2 ? "A quadratic: proved in chapter 4 that SAM comes to the two-cycle." : first > 2 ? "A quadratic: beyond ηλ₁ = 2 SAM diverges." : "A quadratic at ηλ₁ = 2 exactly.";
  if (first >= 2) return "Beyond ηλ₁ = 2 a quadratic diverges; of the skewed valley nothing is proved.";
  const edge = valleyWindow(first);
  const where = second < edge ? "inside" : "outside";
  const start = bend > 0 ? " of its start" : "";
  const from = first < 1 ? "Proved in chapter 5 for a straight floor" : "By the same formula, beyond the proof of chapter 5";
  const settled = bend > 0 && (1 - bend) * first < 2 ? ` Where the floor is flattest the window ends at ${number((1 - bend) * valleyWindow((1 - bend) * first))}.` : "";
  const claim = `there is a two-cycle around the minimum for ρκ/λ₁ < ${number(edge)} alone, and it attracts${first < 1 ? "" : " below the curve where its period doubles"}`;
  return `${from}: ${claim}; this is ${where} that window${start}.${settled}`;
}

export default { render, dynamics };
