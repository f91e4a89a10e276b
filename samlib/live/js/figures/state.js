// The one shared state of a figure: what its views draw, kept in the widget's traits.
import { number } from "../views/dom.js";

/** How far a control may take η: the theory asks for η < 2/λ₁, and right at the limit nothing settles. */
export const largestStepSize = (largestEigenvalue) => (0.99 * 2) / largestEigenvalue;

/**
 * Reads the named traits of `model`, refuses values no figure can draw, and keeps the last good ones.
 * A kernel, a linked slider and the page's address all write traits; `set` is how the figure's own controls do.
 */
export function sharedState(model, names, onChange) {
  const ranges = model.get("ranges");
  const read = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  let values = null;
  let refusal = "";
  let notice = "";
  let stale = true;

  function refresh() {
    stale = false;
    const candidate = read();
    refusal = complaint(candidate, ranges);
    // A widget is born with values that Python has validated; only an edited address can make the first ones bad.
    if (!refusal) values = candidate;
    else values ??= { ...candidate, ...model.get("initial") };
  }

  const listener = () => {
    stale = true;
    notice = "";
    onChange();
  };
  for (const name of names) model.on(`change:${name}`, listener);

  return {
    ranges,
    get values() {
      if (stale) refresh();
      return values;
    },
    get refusal() {
      if (stale) refresh();
      return refusal;
    },
    /** A word on the reader's last wish, if it could not be met in full. */
    get notice() {
      return notice;
    },
    /** Writes traits; whatever was refused before is put back to its last good value along the way. */
    set(patch, word = "") {
      const next = { ...this.values, ...patch };
      for (const name of names) {
        if (JSON.stringify(model.get(name)) !== JSON.stringify(next[name])) model.set(name, next[name]);
      }
      model.save_changes();
      listener();
      notice = word;
    },
    close() {
      for (const name of names) model.off(`change:${name}`, listener);
    },
  };
}

/** Why a state cannot be drawn, in words; empty if it can. */
export function complaint(values, ranges) {
  for (const [name, value] of Object.entries(values)) {
    const range = ranges[name];
    if (!range) {
      if (typeof value !== "boolean") return `${name} must be true or false`;
      continue;
    }
    const entries = range.length ? value : [value];
    if (!Array.isArray(entries) || entries.length !== (range.length ?? 1)) return `${range.label} must be ${range.length} numbers`;
    for (const entry of entries) {
      if (!Number.isFinite(entry)) return `${range.label} must be a number`;
      if (entry < range.min || entry > range.max) {
        return `${range.label} = ${number(entry)} is outside ${number(range.min)} … ${number(range.max)}`;
      }
    }
    if (range.whole && !entries.every(Number.isInteger)) return `${range.label} must be a whole number`;
  }
  const [first, second] = values.eigenvalues;
  if (second > first) return `λ₁ = ${number(first)} must be at least λ₂ = ${number(second)}`;
  if (values.eta * first >= 2) return `η = ${number(values.eta)} is not below 2/λ₁ = ${number(2 / first)}`;
  return "";
}
