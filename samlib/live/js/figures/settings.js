// The controls that several figures share: parameters kept within the theory's reach, presets, and the walk through time.
import { html, number, subscripted, symbol } from "../views/dom.js";
import { choice, slider, toggle, transport } from "../views/controls.js";
import { clock } from "../views/motion.js";
import { largestStepSize, limitName } from "./state.js";

const down = (value, step) => Math.floor(value / step + 1e-9) * step;
const tidy = (value) => Number(value.toFixed(6));
const ORDINALS = ["first", "second", "third", "fourth"];

/** Sliders for η, ρ, λ₁, λ₂, … (and the number of steps). A wish beyond λ₁ ≥ λ₂ or η's limit stops there, with a word. */
export function parameterSliders(state, { steps = false } = {}) {
  const { ranges } = state;
  const count = ranges.eigenvalues.most ?? ranges.eigenvalues.length;
  const top = count > 1 ? "λ₁" : "λ";
  const make = (name, label, words, range, change) => slider({ ...range, name, label, words, change });
  const wish = (patch, wanted, got, reason) => state.set(patch, Math.abs(wanted - got) > 1e-9 ? reason : "");

  const eta = make("eta", symbol("η"), "step size eta", ranges.eta, (wanted) => {
    const [largest] = state.values.eigenvalues;
    const limit = state.limit(state.values);
    const got = tidy(Math.min(wanted, down(largestStepSize(largest, limit), ranges.eta.step)));
    wish({ eta: got }, wanted, got, `η stops below ${limitName(limit, top)} = ${number(limit / largest)}.`);
  });
  const rho = make("rho", symbol("ρ"), "radius rho", ranges.rho, (value) => state.set({ rho: value }));
  const lambdas = Array.from({ length: count }, (_, i) => {
    const [label, words] = count > 1 ? [symbol("λ", String(i + 1)), `${ORDINALS[i]} eigenvalue lambda ${i + 1}`] : [symbol("λ"), "curvature lambda"];
    return make(`lambda${i + 1}`, label, words, ranges.eigenvalues, (wanted) => {
      const { eta: step, eigenvalues } = state.values;
      const limit = state.limit(state.values);
      const most = i ? eigenvalues[i - 1] : down(largestStepSize(step, limit), ranges.eigenvalues.step);
      const least = eigenvalues[i + 1] ?? ranges.eigenvalues.min;
      const got = tidy(Math.max(least, Math.min(wanted, most)));
      const [own, above, below] = [i + 1, i, i + 2].map((index) => (index > 1 ? subscripted("λ", index) : top));
      const ceiling = i ? `${above} = ${number(most)}` : `${limitName(limit, "η")} = ${number(limit / step)}`;
      const reason = got < wanted ? `${own} stops ${i ? "at" : "below"} ${ceiling}.` : `${own} stops at ${below} = ${number(least)}.`;
      wish({ eigenvalues: eigenvalues.map((l, k) => (k === i ? got : l)) }, wanted, got, reason);
    });
  });
  const length = steps
    ? make("steps", "steps", "number of steps", ranges.steps, (value) => {
        const { t, steps: before } = state.values;
        state.set({ steps: value, t: t >= before ? value : Math.min(t, value) });
      })
    : null;

  return {
    elements: [eta, rho, ...lambdas, length].filter(Boolean).map((control) => control.element),
    show({ eta: e, rho: r, eigenvalues, steps: n }) {
      eta.show(e);
      rho.show(r);
      lambdas.forEach((lambda, i) => {
        lambda.element.hidden = i >= eigenvalues.length;
        if (i < eigenvalues.length) lambda.show(eigenvalues[i]);
      });
      length?.show(n);
    },
  };
}

/** The switch `broken`: on, η may pass the standing 1/(2λ₁); off again, it is put back below. `words` say what to look for. */
export function breakSwitch(state, words) {
  return toggle({
    name: "broken",
    label: html("span", {}, "break the hypothesis ", symbol("η"), " < 1/(2", symbol("λ", "1"), ")", words ? `: ${words}` : ""),
    change(broken) {
      const { eta, eigenvalues } = state.values;
      const most = down(largestStepSize(eigenvalues[0], state.limit({ broken })), state.ranges.eta.step);
      const got = tidy(Math.min(eta, most));
      state.set({ broken, eta: got }, got < eta ? `η went back to ${number(got)}, below 1/(2λ₁) = ${number(0.5 / eigenvalues[0])}.` : "");
    },
  });
}

/** Named settings, told by Python; the one in force is pressed. `prepare` is called before another is put in force. */
export function presets(state, model, prepare = () => {}) {
  const list = model.get("presets");
  const find = (name) => list.find((preset) => preset.name === name).state;
  const buttons = choice({ label: "Settings", options: list.map(({ name, label }) => ({ name, text: label })), change });
  function change(name) {
    prepare();
    state.set(find(name));
  }
  // Where the walk stands is not part of a setting.
  const same = (setting, values) => Object.entries(setting).every(([name, value]) => name === "t" || JSON.stringify(values[name]) === JSON.stringify(value));
  return {
    element: buttons.element,
    show: (values) => buttons.show(list.find((preset) => same(preset.state, values))?.name),
  };
}

/** Play, step and reset over the trait `name`, which runs from `first` to `last()`. */
export function walk(state, { name, first, last, interval, playing }) {
  const at = () => Math.min(state.values[name], last());
  const seek = (place) => state.set({ [name]: Math.max(first, Math.min(last(), place)) });
  const play = clock(
    () => {
      if (at() < last()) seek(at() + 1);
      return at() < last();
    },
    interval,
    playing,
  );
  state.onClose(play.stop);
  return {
    seek(place) {
      play.stop();
      seek(place);
    },
    step(by) {
      play.stop();
      seek(at() + by);
    },
    reset() {
      play.stop();
      seek(first);
    },
    toggle() {
      if (!play.running && at() >= last()) seek(first);
      play.toggle();
    },
    stop: play.stop,
  };
}

/**
 * The walk over the steps 0 to the trait `length`, with its buttons and its slider, and their keys. `pace` = [least, most, whole]: a step
 * takes between `least` and `most` milliseconds, so that the whole run takes about `whole`.
 */
export function timeline(state, { length = "steps", pace: [least, most, whole] = [30, 240, 9000], label = symbol("t"), words = "step t" } = {}) {
  const last = () => state.values[length];
  const interval = () => Math.max(least, Math.min(most, whole / last()));
  const steps = walk(state, { name: "t", first: 0, last, interval, playing: (yes) => controls.playing(yes) });
  const controls = transport({ play: steps.toggle, step: steps.step, reset: steps.reset, seek: steps.seek, label, words });
  return { ...steps, keys: walkKeys(steps), element: controls.element, show: controls.show };
}

/** The keys of a walk: what each does, in words and as a function. */
export const walkKeys = (steps) => ({
  " ": ["play or pause", () => steps.toggle()],
  ".": ["one step", () => steps.step(1)],
  ",": ["one step back", () => steps.step(-1)],
  r: ["back to the start", () => steps.reset()],
});
