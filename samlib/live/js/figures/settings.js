// The controls that several figures share: parameters kept within the theory's reach, presets, and the walk through time.
import { number, symbol } from "../views/dom.js";
import { choice, slider } from "../views/controls.js";
import { clock } from "../views/motion.js";
import { largestStepSize } from "./state.js";

const down = (value, step) => Math.floor(value / step + 1e-9) * step;
const tidy = (value) => Number(value.toFixed(6));

/** Sliders for η, ρ, λ₁, λ₂ (and the number of steps). A wish beyond λ₁ ≥ λ₂ or η < 2/λ₁ stops there, with a word. */
export function parameterSliders(state, { steps = false } = {}) {
  const { ranges } = state;
  const make = (name, label, words, range, change) => slider({ ...range, name, label, words, change });
  const wish = (patch, wanted, got, reason) => state.set(patch, Math.abs(wanted - got) > 1e-9 ? reason : "");

  const eta = make("eta", symbol("η"), "step size eta", ranges.eta, (wanted) => {
    const top = state.values.eigenvalues[0];
    const got = tidy(Math.min(wanted, down(largestStepSize(top), ranges.eta.step)));
    wish({ eta: got }, wanted, got, `η stops below 2/λ₁ = ${number(2 / top)}.`);
  });
  const rho = make("rho", symbol("ρ"), "radius rho", ranges.rho, (value) => state.set({ rho: value }));
  const first = make("lambda1", symbol("λ", "1"), "first eigenvalue lambda 1", ranges.eigenvalues, (wanted) => {
    const { eta: step, eigenvalues } = state.values;
    const most = down(largestStepSize(1) / step, ranges.eigenvalues.step);
    const got = tidy(Math.max(eigenvalues[1], Math.min(wanted, most)));
    const reason = got < wanted ? `λ₁ stops below 2/η = ${number(2 / step)}.` : `λ₁ stops at λ₂ = ${number(eigenvalues[1])}.`;
    wish({ eigenvalues: [got, eigenvalues[1]] }, wanted, got, reason);
  });
  const second = make("lambda2", symbol("λ", "2"), "second eigenvalue lambda 2", ranges.eigenvalues, (wanted) => {
    const top = state.values.eigenvalues[0];
    const got = Math.min(wanted, top);
    wish({ eigenvalues: [top, got] }, wanted, got, `λ₂ stops at λ₁ = ${number(top)}.`);
  });
  const length = steps
    ? make("steps", "steps", "number of steps", ranges.steps, (value) => {
        const { t, steps: before } = state.values;
        state.set({ steps: value, t: t >= before ? value : Math.min(t, value) });
      })
    : null;

  return {
    elements: [eta, rho, first, second, length].filter(Boolean).map((control) => control.element),
    show({ eta: e, rho: r, eigenvalues, steps: n }) {
      eta.show(e);
      rho.show(r);
      first.show(eigenvalues[0]);
      second.show(eigenvalues[1]);
      length?.show(n);
    },
  };
}

/** Named settings, told by Python; the one in force is pressed. */
export function presets(state, list, apply) {
  const find = (name) => list.find((preset) => preset.name === name).state;
  const buttons = choice({ label: "Settings", options: list.map(({ name, label }) => ({ name, text: label })), change: (name) => apply(find(name)) });
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

/** The keys of a walk. */
export const walkKeys = (steps) => ({
  " ": () => steps.toggle(),
  ".": () => steps.step(1),
  ",": () => steps.step(-1),
  r: () => steps.reset(),
});
