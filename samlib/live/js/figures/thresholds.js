// The number line of gradient lengths: where each coordinate grows or shrinks, where v₁ outgrows the others, and the ball that
// no step leaves until ηλ₁ passes 1.
import * as dynamics from "../dynamics/thresholds.js";
import { choice, legend, readout, slider } from "../views/controls.js";
import { datum, html, number, subscripted, symbol } from "../views/dom.js";
import { factorsView } from "../views/factors.js";
import { easing } from "../views/motion.js";
import { numberLineView } from "../views/number_line.js";
import { literal, program } from "./code.js";
import { figureFrame } from "./frame.js";
import { breakSwitch, parameterSliders, presets } from "./settings.js";
import { sharedState, smallStepUnlessBroken } from "./state.js";

const { ballAbsorbs, gradientAlong, hopLengths, reach, stepFactors, thresholds } = dynamics;
const TRAITS = ["eta", "rho", "eigenvalues", "broken", "length", "direction", "hops"];
// Factors this close to 1, and lengths this close to a threshold, are not told apart in words: a threshold is met by a rounded number.
const EQUAL = 1e-9;

const v = (i) => subscripted("v", i + 1);
const list = (names) => (names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names[0]);

function render({ model, el }) {
  const check = ({ direction: along, eigenvalues }) => (along > eigenvalues.length ? `direction = ${along} names none of the ${eigenvalues.length} axes` : "");
  const state = sharedState(model, TRAITS, () => frame.redraw(), { limit: smallStepUnlessBroken, check });
  const { ranges } = state;
  const follow = () => {
    const { length } = state.values;
    const [, next] = hopped({ ...state.values, hops: 1 });
    const got = Math.max(ranges.length.min, Math.min(ranges.length.max, next));
    state.set({ length: got }, got !== next ? `‖v‖ stops at ${number(got)}.` : length === got ? "The step keeps this length." : "");
  };
  const hop = (by) => state.set({ hops: Math.max(ranges.hops.min, Math.min(ranges.hops.max, state.values.hops + by)) });
  const keys = { s: ["take the step", follow], ".": ["draw one step more", () => hop(1)], ",": ["draw one step less", () => hop(-1)] };
  const frame = figureFrame({ el, model, state, kind: "thresholds", keys, draw });

  const line = numberLineView({
    pointLabel: "Length of the gradient v",
    name: "‖v‖",
    limit: ranges.length,
    move: (length) => state.set({ length }),
  });
  const factors = factorsView({ label: "What one step multiplies each coordinate of v by" });
  const dimension = choice({
    label: "Eigenvalues",
    options: Array.from({ length: ranges.eigenvalues.most - ranges.eigenvalues.fewest + 1 }, (_, k) => String(ranges.eigenvalues.fewest + k)).map((name) => ({ name, text: name })),
    change: (name) => resize(Number(name)),
  });
  const directions = Array.from({ length: ranges.eigenvalues.most + 1 }, (_, i) => ({
    name: String(i),
    text: i ? html("span", {}, "along ", symbol("e", String(i))) : "equal parts",
  }));
  const direction = choice({ label: "Direction of v", options: directions, change: (name) => state.set({ direction: Number(name) }) });
  const hops = slider({ ...ranges.hops, name: "hops", label: "steps", words: "number of steps drawn", change: (value) => state.set({ hops: value }) });
  const again = html("button", { type: "button", "data-action": "again", title: "Move ‖v‖ to where the step leads (s)", "aria-keyshortcuts": "s", onclick: follow }, "Take the step");
  const parameters = parameterSliders(state);
  const broken = breakSwitch(state);
  const settings = presets(state, model);
  const now = Object.fromEntries(["length", "next", "reach", "ball", "factors"].map((name) => [name, datum(name)]));
  const end = easing(frame.redraw, { geometric: true });

  /** More eigenvalues continue the sequence geometrically; fewer drop the smallest. */
  function resize(size) {
    const { eigenvalues, direction: along } = state.values;
    const grown = eigenvalues.slice(0, size);
    while (grown.length < size) {
      const [a, b] = grown.slice(-2);
      grown.push(Number(Math.max(ranges.eigenvalues.min, Math.min(b, (b * b) / a, 0.8 * b)).toFixed(2)));
    }
    state.set({ eigenvalues: grown, direction: along > size ? 0 : along });
  }

  function hopped({ eigenvalues, eta, rho, length, direction: along, hops: count }) {
    return hopLengths(eigenvalues, eta, rho, gradientAlong(eigenvalues.length, along, length), count);
  }

  function draw() {
    const values = state.values;
    const { eta, rho, eigenvalues, length } = values;
    const marks = thresholds(eigenvalues, eta, rho);
    const sizes = stepFactors(eigenvalues, eta, rho, length);
    const path = hopped(values);
    const reachable = reach(eigenvalues, eta, rho, length);
    const absorbs = ballAbsorbs(eigenvalues, eta);

    line.draw({
      // Room for every threshold, unless γ₁ is far out or infinite, and for a hop out of the ball: it ends within 2b.
      window: [0, end.at(1.12 * Math.max(1.6 * marks.ball, Math.min(marks.gamma[0], 2.2 * marks.ball), Math.min(marks.beta[0] * 1.1, 3 * marks.ball)))],
      marks: [
        ...marks.beta.map((value, i) => ({ name: ["β", String(i + 1)], value, kind: "beta" })),
        ...marks.alpha.slice(1).map((value, i) => ({ name: ["α", String(i + 2)], value, kind: "alpha" })),
        { name: ["b", ""], value: marks.ball, kind: "ball" },
        { name: ["γ", "1"], value: marks.gamma[0], kind: "gamma" },
      ],
      ball: { radius: marks.ball, absorbs },
      reachable,
      places: path,
      point: length,
      label: `Gradient lengths from 0, with the thresholds and ‖v‖ = ${number(length)}`,
    });
    factors.draw(sizes.map((factor, i) => ({ name: ["v", String(i + 1)], factor, words: rowWords(sizes, i) })));

    dimension.show(String(eigenvalues.length));
    direction.show(String(values.direction));
    direction.limit(eigenvalues.length + 1);
    hops.show(values.hops);
    parameters.show(values);
    broken.show(values.broken);
    settings.show(values);
    now.length.show(length);
    now.next.show(path[1]);
    now.reach.show(reachable, `${number(reachable[0])} … ${number(reachable[1])}`);
    now.ball.show(marks.ball);
    now.factors.show(sizes, sizes.map((factor) => number(factor)).join(", "));

    // Name of each number, its value, and samlib's.
    const numbered = (name, numbers, expression) => numbers.map((value, i) => [`${name}${i + 1}`, value, expression(i)]);
    const listed = [
      ...numbered("beta", marks.beta, (i) => `theory.beta[${i}]`),
      ...numbered("alpha", marks.alpha, (i) => `theory.alpha[${i}]`).filter(([, value], i) => i && value < Infinity),
      ["b", marks.ball, "theory.b"],
      ["gamma1", marks.gamma[0], "theory.gamma[0]"],
      ...numbered("factor", sizes, (i) => `constants.next_factor(eigenvalues, ${eta}, ${rho}, ${length})[${i}]`),
      ...path.map((value, s) => [`length${s}`, value, `lengths[${s}]`]),
    ];
    const names = listed.map(([name]) => name);
    return {
      ...describe(values, marks, sizes, path, absorbs),
      data: () => ({
        caption: "The thresholds, what one step multiplies each coordinate by, and the lengths of the gradient before and after each step",
        columns: [["quantity", "quantity", names], ["value", "value", listed.map(([, value]) => value)]],
      }),
      code: () =>
        program(
          [
            `eigenvalues = np.array(${literal(eigenvalues)})`,
            `theory = QuadraticSAM(eigenvalues, eta=${eta}, rho=${rho})`,
            `v = np.array(${literal(gradientAlong(eigenvalues.length, values.direction, length))})`,
            "lengths = [np.linalg.norm(v)]",
            `for _ in range(${values.hops}):`,
            "    if lengths[-1] > 0:",
            `        v = v * constants.next_factor(eigenvalues, ${eta}, ${rho}, lengths[-1])`,
            "    lengths.append(np.linalg.norm(v))",
          ],
          { quantity: literal(names), value: `[\n        ${listed.map(([, , expression]) => expression).join(",\n        ")},\n    ]` },
        ),
    };
  }

  function describe({ eta, eigenvalues, length, direction: along }, marks, sizes, path, absorbs) {
    const inside = length <= marks.ball * (1 + EQUAL);
    const grown = sizes.flatMap((factor, i) => (Math.abs(factor) > 1 + EQUAL ? [v(i)] : []));
    const moves = grown.length ? `${list(grown)} grow${grown.length > 1 ? "" : "s"}${grown.length < sizes.length ? ", the rest do not" : ""}` : "no coordinate grows";
    const where = along ? `along e${"₀₁₂₃₄"[along]}` : "with equal parts";
    const leaves = inside && path[1] > marks.ball * (1 + EQUAL);
    const x = number(eta * eigenvalues[0]);
    const ball = absorbs
      ? inside
        ? `No direction leads out of the ball b = ${number(marks.ball)}.`
        : `Outside the ball b = ${number(marks.ball)}: every direction shortens v.`
      : leaves
        ? `ηλ₁ = ${x} > 1: this step leaves the ball b = ${number(marks.ball)}.`
        : `ηλ₁ = ${x} > 1: the ball b = ${number(marks.ball)} no longer absorbs; along e₁ every length below b leaves it.`;
    const words =
      `‖v‖ = ${number(length)}: ${moves}; ${raceWords(sizes)} ` +
      `The step from v ${where} leads to ‖v⁺‖ = ${number(path[1])}. ${ball}`;
    return { words, warning: leaves };
  }

  return frame.open(
    line.element,
    legend([
      ["beta", html("i", {}, "β"), " own threshold"],
      ["alpha", html("i", {}, "α"), " race with ", symbol("v", "1")],
      ["disc", "ball ‖v‖ ≤ ", html("i", {}, "b")],
      ["reachable", "‖v⁺‖ over all directions"],
      ["step", "steps from v"],
    ]),
    factors.element,
    legend([
      ["grows", "grows"],
      ["shrinks", "shrinks"],
      ["level", "reach of ", symbol("v", "1")],
    ]),
    html("div", { class: "live-options" }, direction.element, again),
    html("div", { class: "live-settings" }, parameters.elements, hops.element),
    html("div", { class: "live-options" }, dimension.element, broken.element),
    settings.element,
    readout([
      ["‖v‖", now.length.element],
      ["‖v⁺‖", now.next.element],
      ["over all directions", now.reach.element],
      [html("i", {}, "b"), now.ball.element],
      ["factors", now.factors.element],
    ]),
  );
}

// What happens to one coordinate, and how it fares against v₁ (Lemmas 5.2 and 5.3).
function rowWords(sizes, i) {
  const size = Math.abs(sizes[i]);
  const fate = size < EQUAL ? "sent to 0" : size > 1 + EQUAL ? `grows, × ${number(size)}` : size < 1 - EQUAL ? `shrinks, × ${number(size)}` : "keeps its size";
  return i ? `${fate}; ${["loses to v₁", "ties with v₁", "gains on v₁"][1 + race(sizes, i)]}` : fate;
}

/** −1 where v₁ outgrows vᵢ, 1 where vᵢ gains on it, 0 where they gain equally. */
function race(sizes, i) {
  const gap = Math.abs(sizes[i]) - Math.abs(sizes[0]);
  return Math.abs(gap) <= EQUAL * Math.abs(sizes[0]) ? 0 : Math.sign(gap);
}

function raceWords(sizes) {
  const others = sizes.slice(1).map((_, k) => k + 1);
  const [loses, ties, gains] = [-1, 0, 1].map((outcome) => others.filter((i) => race(sizes, i) === outcome).map(v));
  if (loses.length === others.length) return "v₁ outgrows all others.";
  if (gains.length === others.length) return "all others gain on v₁.";
  const parts = [loses.length && `v₁ outgrows ${list(loses)}`, ties.length && `${list(ties)} keep${ties.length > 1 ? "" : "s"} pace with v₁`, gains.length && `${list(gains)} gain${gains.length > 1 ? "" : "s"} on v₁`];
  return `${parts.filter(Boolean).join(", ")}.`;
}

export default { render, dynamics };
