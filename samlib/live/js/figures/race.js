// SAM, gradient descent, SGD and SAM's kin from one start, at equal cost in gradients: their paths, and the loss and the sharpness
// along them, with many runs of SGD as a cloud.
import { residual } from "../dynamics/prediction.js";
import * as dynamics from "../dynamics/race.js";
import { choice, legend, readout, slider, toggle } from "../views/controls.js";
import { datum, html, number, subscripted, symbol } from "../views/dom.js";
import { easing } from "../views/motion.js";
import { planeView, squareWindow } from "../views/plane.js";
import { drawRacers, drawRuns, standingsView } from "../views/racers.js";
import { logDomain, stripsView } from "../views/strips.js";
import { call, literal, program } from "./code.js";
import { figureFrame } from "./frame.js";
import { prediction } from "./prediction.js";
import { parameterSliders, presets, timeline } from "./settings.js";
import { sharedState } from "./state.js";

const { height, landscape, matchedSigma, raceNoise, racePath, ranks, sgdPaths, sharpness } = dynamics;
const RACERS = { sam: "SAM", descent: "gradient descent", sgd: "SGD", unnormalized: "unnormalised SAM", heavy_ball: "heavy-ball SAM" };
const GRADIENTS = { sam: 2, descent: 1, sgd: 1, unnormalized: 2, heavy_ball: 2 };
const TRAITS = ["eta", "rho", "eigenvalues", "start", "landscape", "sigma", "momentum", "budget", "t", "seed", "runs", ...Object.keys(RACERS), "equal_cost"];
const LANDSCAPES = { ravine: "Flattening ravine", other_reading: "Its other reading", quadratic: "Quadratic", valley: "Valley ½(1 + y²)x²" };
const FAR = 1e6; // where a run is taken to have left for infinity
const LEVEL = 1e-3; // by what share of the least sharpness another one counts as equal to it
const HEADROOM = 14; // pixels of a strip that are kept for its name
const VIEW = 3; // points farther out do not widen the plane's window

const far = ([x, y]) => !(Math.abs(x) < FAR && Math.abs(y) < FAR);
// Three decimals, so that the columns of the table keep their widths.
const fixed = (x) => (Math.abs(x) < 100 ? x.toFixed(3).replace(/^-(?=[\d.]*[1-9])/, "−").replace(/^-/, "") : number(x));
const capital = (text) => text[0].toUpperCase() + text.slice(1);

function render({ model, el }) {
  const state = sharedState(model, TRAITS, () => frame.redraw());
  const { ranges } = state;
  const steps = timeline(state, { length: "budget", pace: [30, 200, 9000], label: html("span", {}, "cost"), words: "gradients spent" });
  const renew = () => state.set({ seed: (state.values.seed + state.values.runs) % (ranges.seed.max + 1) });
  const frame = figureFrame({ el, model, state, kind: "race", keys: { ...steps.keys, n: ["draw other noise", renew] }, draw });

  const plane = planeView({ layers: ["racers"], pointLabel: "Start point w₀", limit: ranges.start, move: (start) => state.set({ start }) });
  const strips = stripsView({
    strips: [{ share: 1.2, draw: drawRuns }, { share: 1, draw: drawRuns }],
    seek: (t) => steps.seek(t),
    label: "The loss and the sharpness of each racer over the gradients spent",
  });
  const equalCost = toggle({ name: "equal_cost", label: html("span", {}, "equal cost: a step of SAM takes two gradients"), change: (yes) => state.set({ equal_cost: yes }) });
  const again = html("button", { type: "button", "data-action": "renew", title: "Draw other noise (n)", "aria-keyshortcuts": "n", onclick: renew }, "New noise");
  const match = html(
    "button",
    { type: "button", "data-action": "match", title: "So that ησ is the amplitude of SAM’s bounce at λ₁ = 1", onclick: () => state.set({ sigma: Math.min(ranges.sigma.max, matchedSigma(state.values.eta, state.values.rho)) }) },
    "Match ",
    symbol("σ"),
    " = ",
    symbol("ρ"),
    "/(2 − ",
    symbol("η"),
    ")",
  );
  const land = choice({
    label: "Landscape",
    options: Object.entries(LANDSCAPES).map(([name, text]) => ({ name, text })),
    change: (name) => state.set({ landscape: name }),
  });
  const parameters = parameterSliders(state);
  const plain = (name, label, words, format) => slider({ ...ranges[name], name, label, words, format, change: (value) => state.set({ [name]: value }) });
  const sigma = plain("sigma", symbol("σ"), "noise sigma of SGD");
  const momentum = plain("momentum", symbol("m"), "momentum m of heavy-ball SAM");
  const runs = plain("runs", html("span", {}, "runs"), "runs of SGD", String);
  const budget = slider({
    ...ranges.budget,
    name: "budget",
    label: html("span", {}, "budget"),
    words: "gradients to spend",
    format: String,
    change(value) {
      const { t, budget: before } = state.values;
      state.set({ budget: value, t: t >= before ? value : Math.min(t, value) });
    },
  });
  const settings = presets(state, model, steps.stop);
  const quantities = ["steps", "place", "loss", "sharpness"];
  const now = Object.fromEntries(Object.keys(RACERS).map((racer) => [racer, Object.fromEntries(quantities.map((each) => [each, datum(`${racer}-${each}`)]))]));
  const standings = standingsView({
    racers: RACERS,
    columns: ["racer", "steps", symbol("w"), html("span", { class: "live-symbol" }, "ℓ(", html("i", {}, "w"), ")"), symbol("λ", "max")],
    cells: (racer) => quantities.map((each) => now[racer][each].element),
    choose: (racer, on) => state.set({ [racer]: on }),
    caption: "Steps made, iterate, loss and sharpness of each racer at the present cost; of SGD the medians over its runs, and the iterate of one",
  });
  const means = Object.fromEntries(["loss", "side", "sharpness"].map((each) => [each, datum(`mean-${each}`)]));
  const cloudLegend = legend([
    ["cloud", "runs of SGD now"],
    ["spread", "the middle 80 % of them, around the median"],
  ]);
  const average = readout([
    ["SGD, mean over its runs", symbol("ℓ"), " = ", means.loss.element, ", |", symbol("w", "2"), "| = ", means.side.element, ", ", symbol("λ", "max"), " = ", means.sharpness.element],
  ]);
  const [middleX, middleY, half] = [easing(frame.redraw), easing(frame.redraw), easing(frame.redraw, { geometric: true })];
  const predict = prediction({
    ...{ model, state, frame, walk: steps, length: "budget", judge },
    picks: { ...RACERS, all: "all alike" },
    open: (name) => (name === "all" ? Object.keys(RACERS).filter((racer) => state.values[racer]).length > 1 : state.values[name]),
    ask: () => `Who stands where it is flattest, the largest eigenvalue smallest, after ${state.values.budget} ${state.values.equal_cost ? "gradients" : "steps"}?`,
  });
  let held = null;

  // Everything but the present time changes the runs.
  let known = "";
  let race = null;
  let noise = { key: "", runs: [] };
  function run({ t: _, ...setting }) {
    const key = JSON.stringify(setting);
    if (key !== known) {
      known = key;
      race = compute(setting);
    }
    return race;
  }

  function compute(v) {
    const setting = { name: v.landscape, eigenvalues: v.eigenvalues, eta: v.eta, rho: v.rho, momentum: v.momentum };
    const ground = landscape(v.landscape, v.eigenvalues);
    return Object.keys(RACERS)
      .filter((racer) => v[racer])
      .map((racer) => {
        const cost = v.equal_cost ? GRADIENTS[racer] : 1;
        const count = Math.floor(v.budget / cost);
        const times = Array.from({ length: count + 1 }, (_, s) => s * cost);
        if (racer !== "sgd") {
          const path = racePath(racer, setting, v.start, count);
          return { racer, cost, times, path, loss: { values: path.map((w) => height(ground, w)) }, sharpness: { values: path.map((w) => sharpness(ground, w)) } };
        }
        const cloud = sgdPaths(setting, v.sigma, drawNoise(v.seed, v.runs, count), v.start, count);
        const spread = (quantity) => {
          const [low, values, high] = [[], [], []];
          for (let s = 0; s <= count; s++) {
            const [least, median, most] = ranks(cloud.map((path) => quantity(ground, path[s])), [10, 50, 90]);
            low.push(least);
            values.push(median);
            high.push(most);
          }
          return { values, low, high };
        };
        return { racer, cost, times, path: cloud[0], cloud, loss: spread(height), sharpness: spread(sharpness) };
      });
  }

  function drawNoise(seed, count, length) {
    const key = `${seed} ${count} ${length}`;
    if (noise.key !== key) noise = { key, runs: raceNoise(seed, count, length) };
    return noise.runs;
  }

  /** What a pick is worth: how far its sharpness at the end is above the least one; of "all alike" the largest. */
  function judge(pick) {
    const ends = run(state.values).map(({ racer, sharpness: { values } }) => ({ racer, value: values[values.length - 1] }));
    const least = Math.min(...ends.map(({ value }) => value));
    const flattest = ends.filter(({ value }) => value <= least * (1 + LEVEL));
    const level = flattest.length === ends.length;
    const own = pick === "all" ? Math.max(...ends.map(({ value }) => value)) : ends.find(({ racer }) => racer === pick).value;
    const right = level ? pick === "all" || ends.length === 1 : flattest.some(({ racer }) => racer === pick);
    const who = level ? "all stand equally sharp" : flattest.map(({ racer }) => RACERS[racer]).join(" and ");
    const { landscape: ground, eta, rho } = state.values;
    return {
      ...residual([own], [least], least),
      lead: `You picked ${pick === "all" ? "all alike; the largest λ_max is" : `${RACERS[pick]}; its λ_max is`} `,
      beside: " above the least",
      scale: "it",
      tail: `${right ? "Right: " : "The answer is: "}${who}${level ? "" : `, λ_max = ${number(least, 4)}`}.`,
      reason: ground === "ravine" && rho < 1 - eta ? "narrow" : ground,
    };
  }

  function windowOf(v, racers) {
    if (plane.dragging && held) return held;
    const near = ([x, y]) => Math.abs(x) < VIEW && Math.abs(y) < VIEW;
    const seen = [v.start, ...(predict.hidden ? [[0, 0]] : []), ...racers.flatMap(({ path }) => path.filter(near))];
    const [xs, ys] = [seen.map(([x]) => x), seen.map(([, y]) => y)];
    const [[x0, x1], [y0, y1]] = [xs, ys].map((values) => [Math.min(...values), Math.max(...values)]);
    return { centre: [(x0 + x1) / 2, (y0 + y1) / 2], half: 0.58 * Math.max(0.2, x1 - x0, y1 - y0) };
  }

  function draw() {
    const chosen = state.values;
    const v = predict.hidden ? { ...chosen, budget: 0 } : chosen;
    const t = Math.min(v.t, v.budget);
    const ground = landscape(v.landscape, v.eigenvalues);
    const racers = run(v);
    for (const each of racers) each.step = Math.floor(t / each.cost);

    held = windowOf(v, racers);
    const box = plane.measure();
    plane.draw({
      window: squareWindow([middleX.at(held.centre[0]), middleY.at(held.centre[1])], half.at(held.half), box),
      names: [["w", "1"], ["w", "2"]],
      point: v.start,
      value: ground.value,
      key: [v.landscape, v.eigenvalues],
      label: `Contours of the loss with the paths of ${racers.map(({ racer }) => RACERS[racer]).join(", ") || "nobody"}`,
    });
    const pixel = (w) => (far(w) ? null : [plane.x(w[0]), plane.y(w[1])]);
    drawRacers(
      plane.layer("racers"),
      racers.map(({ racer, path, step, cloud }) => ({
        racer,
        past: path.slice(0, step + 1).map(pixel),
        later: path.slice(step).map(pixel),
        // The noisy run would drown in dots; its cloud has them.
        beads: !cloud,
        loose: cloud ? cloud.map((each) => pixel(each[step])) : [],
      })),
    );

    const start = { loss: height(ground, v.start), sharpness: sharpness(ground, v.start) };
    const all = (quantity) => racers.flatMap((each) => [...each[quantity].values, ...(each[quantity].low ?? []), ...(each[quantity].high ?? [])]);
    const losses = all("loss").filter((value) => value <= 1e4 * Math.max(start.loss, 1e-3));
    const sharp = [start.sharpness, ...all("sharpness").filter((value) => value <= 3 * start.sharpness + 1)];
    const [least, most] = [Math.min(...sharp), Math.max(...sharp)];
    const room = 0.12 * Math.max(most - least, 0.05 * most);
    const lines = (quantity) => racers.map((each) => ({ racer: each.racer, times: each.times, ...each[quantity] }));
    strips.draw({
      t,
      steps: chosen.budget,
      unit: [v.equal_cost ? "gradients" : "steps", ""],
      data: [
        { log: true, runs: lines("loss"), domain: logDomain(losses, 8), name: ["ℓ(w)", "", "", "loss "], headroom: HEADROOM },
        { runs: lines("sharpness"), domain: [least - room, most + room], name: ["λ", "max", "", "sharpness "], headroom: HEADROOM },
      ],
    });

    steps.show(t, v.budget);
    equalCost.show(v.equal_cost);
    land.show(v.landscape);
    parameters.show({ ...v, eigenvalues: v.landscape === "quadratic" ? v.eigenvalues : [] });
    sigma.show(v.sigma);
    momentum.show(v.momentum);
    runs.show(v.runs);
    budget.show(chosen.budget);
    sigma.element.hidden = runs.element.hidden = again.hidden = match.hidden = !v.sgd;
    momentum.element.hidden = !v.heavy_ball;
    settings.show(chosen);
    for (const racer of Object.keys(RACERS)) {
      const each = racers.find((one) => one.racer === racer);
      standings.show(racer, Boolean(each));
      const { steps: made, place, loss, sharpness: curved } = now[racer];
      if (!each) {
        for (const cell of [made, place, loss, curved]) cell.show(NaN, "");
        continue;
      }
      made.show(each.step, String(each.step));
      place.show(each.path[each.step], `(${each.path[each.step].map(fixed).join(", ")})`);
      loss.show(each.loss.values[each.step]);
      curved.show(each.sharpness.values[each.step], number(each.sharpness.values[each.step], 4));
    }
    const noisy = racers.find(({ cloud }) => cloud);
    cloudLegend.hidden = average.hidden = !noisy;
    if (noisy) {
      const mean = (quantity) => noisy.cloud.reduce((sum, path) => sum + quantity(path[noisy.step]), 0) / v.runs;
      means.loss.show(mean((w) => height(ground, w)));
      means.side.show(mean(([, y]) => Math.abs(y)));
      const curved = mean((w) => sharpness(ground, w));
      means.sharpness.show(curved, number(curved, 4));
    }
    predict.draw();

    const { eta, rho } = v;
    const rules = {
      sam: call("SAM", { eta, rho }),
      descent: call("GradientDescent", { eta }),
      unnormalized: call("UnnormalizedSAM", { eta, rho }),
      heavy_ball: call("HeavyBallSAM", { eta, rho, momentum: v.momentum }),
    };
    const at = (each, values) => Array.from({ length: v.budget + 1 }, (_, cost) => values[Math.floor(cost / each.cost)]);
    const paths = racers.map(({ racer, cost, times }) => {
      const now = cost > 1 ? `t // ${cost}` : "t";
      return racer === "sgd" ? `sgd = race.cloud()[:, ${now}]` : `${racer} = trajectory(${rules[racer]}, race.loss, ${literal(v.start)}, steps=${times.length - 1})[${now}]`;
    });
    const median = (quantity) => `np.quantile(race.${quantity}(sgd), 0.5, axis=0, method="inverted_cdf")`;
    return {
      ...describe(v, t, racers),
      data: () => ({
        caption: `Iterate, loss and largest eigenvalue of the Hessian of each racer over the ${v.equal_cost ? "gradients spent" : "steps made"}; of SGD the first run, and the medians over all`,
        at: t,
        columns: [
          ["t", v.equal_cost ? "gradients" : "steps", Array.from({ length: v.budget + 1 }, (_, cost) => cost)],
          ...racers.flatMap((each) => [
            ...[0, 1].map((i) => [`${each.racer}_w${i + 1}`, `${RACERS[each.racer]} ${subscripted("w", i + 1)}`, at(each, each.path.map((w) => w[i]))]),
            [`${each.racer}_loss`, "ℓ(w)", at(each, each.loss.values)],
            [`${each.racer}_sharpness`, "λ_max", at(each, each.sharpness.values)],
          ]),
        ],
      }),
      code: () =>
        program(
          [`race = ${call("live.Race", Object.fromEntries(TRAITS.filter((name) => name !== "t").map((name) => [name, v[name]])))}`, `t = np.arange(${v.budget + 1})`, ...paths],
          {
            t: "t",
            ...Object.fromEntries(
              racers.flatMap(({ racer }) => [
                ...[0, 1].map((i) => [`${racer}_w${i + 1}`, racer === "sgd" ? `sgd[0, :, ${i}]` : `${racer}[:, ${i}]`]),
                [`${racer}_loss`, racer === "sgd" ? median("height") : `race.height(${racer})`],
                [`${racer}_sharpness`, racer === "sgd" ? median("sharpness") : `race.sharpness(${racer})`],
              ]),
            ),
          },
        ),
    };
  }

  function describe(v, t, racers) {
    const gone = racers.filter(({ path, step }) => far(path[step])).map(({ racer }) => RACERS[racer]);
    const running = racers.filter(({ path, step }) => !far(path[step]));
    const at = (each, quantity) => each[quantity].values[each.step];
    const spent = v.equal_cost ? `After ${t} gradients` : `After ${t} steps of each, at unequal cost`;
    const best = (quantity, share) => {
      const least = Math.min(...running.map((each) => at(each, quantity)));
      return { least, who: running.filter((each) => at(each, quantity) <= least * (1 + share)) };
    };
    const named = ({ racer }) => (racer === "sgd" && v.runs > 1 ? `SGD (median of ${v.runs} runs)` : RACERS[racer]);
    let words = "Nobody runs: switch a racer on in the table.";
    if (running.length) {
      const [lowest, flattest] = [best("loss", 0), best("sharpness", LEVEL)];
      const verb = flattest.who.length > 1 ? "are" : "is";
      const level = running.length > 1 && flattest.who.length === running.length;
      const flat = level ? "all stand equally sharp" : `${flattest.who.map(named).join(" and ")} ${verb} where it is flattest`;
      words = `${spent}: ${named(lowest.who[0])} has the lowest loss, ${number(lowest.least)}; ${flat}, λ_max = ${number(flattest.least, 4)}.`;
    }
    const left = gone.length ? ` ${capital(gone.join(", "))} ${gone.length > 1 ? "have" : "has"} left for infinity.` : "";
    return { words: `${running.length || !gone.length ? words : ""}${left}`, warning: Boolean(gone.length || !v.equal_cost) };
  }

  return frame.open(
    predict.element,
    html("div", { class: "live-views" }, plane.element, strips.element),
    cloudLegend,
    standings.element,
    average,
    steps.element,
    html("div", { class: "live-options" }, equalCost.element, again, match),
    html("div", { class: "live-settings" }, parameters.elements, sigma.element, momentum.element, runs.element, budget.element),
    land.element,
    settings.element,
  );
}

export default { render, dynamics };
