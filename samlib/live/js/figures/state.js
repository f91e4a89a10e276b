// The one shared state of a figure: what its views draw, kept in the widget's traits.
import { number, subscripted } from "../views/dom.js";

/** A `limit` for `sharedState`: ηλ₁ stays below ½, as the lemmas ask, until `broken` lets it go on to 2. */
export const smallStepUnlessBroken = ({ broken }) => (broken ? 2 : 0.5);

/** The limit of η, and with the letters exchanged that of λ₁, in words: 2/λ₁ or 1/(2λ₁). */
export const limitName = (limit, letter) => (limit === 0.5 ? `1/(2${letter})` : `${limit}/${letter}`);

/** How far a control may take η: right at the limit nothing settles. */
export const largestStepSize = (largestEigenvalue, limit) => (0.99 * limit) / largestEigenvalue;

/**
 * Reads the named traits of `model`, refuses values no figure can draw, and keeps the last good ones.
 * A kernel, a linked slider and the page's address all write traits; `set` is how the figure's own controls do.
 * `limit` tells from the values what ηλ₁ must stay below, `check` what else is wrong with them, in words.
 * @param {any} model
 * @param {string[]} names
 * @param {() => void} onChange
 * @param {{ limit?: (values: any) => number, check?: (values: any) => string }} [options]
 */
export function sharedState(model, names, onChange, { limit = () => 2, check = () => "" } = {}) {
  const ranges = model.get("ranges");
  const read = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  let values = null;
  let refusal = "";
  let notice = "";
  let stale = true;
  const cleanups = [];

  function refresh() {
    stale = false;
    const candidate = read();
    refusal = complaint(candidate, ranges, limit) || check(candidate);
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
    limit,
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
    onClose: (/** @type {() => void} */ cleanup) => cleanups.push(cleanup),
    close() {
      for (const name of names) model.off(`change:${name}`, listener);
      for (const cleanup of cleanups) cleanup();
    },
  };
}

/** Why a state cannot be drawn, in words; empty if it can. */
export function complaint(values, ranges, limit) {
  for (const [name, value] of Object.entries(values)) {
    const range = ranges[name];
    if (!range) {
      if (typeof value !== "boolean") return `${name} must be true or false`;
      continue;
    }
    if (range.options) {
      if (!range.options.includes(value)) return `${range.label} must be one of ${range.options.join(", ")}`;
      continue;
    }
    if (range.longest) {
      if (typeof value !== "string" || value.length > range.longest) return `${range.label} must be a text of at most ${range.longest} characters`;
      continue;
    }
    const [fewest, most] = range.most ? [range.fewest, range.most] : [range.length, range.length];
    const entries = most ? value : [value];
    if (!Array.isArray(entries) || entries.length < (fewest ?? 1) || entries.length > (most ?? 1)) {
      return `${range.label} must be ${fewest === most ? fewest : `${fewest} to ${most}`} numbers`;
    }
    for (const entry of entries) {
      if (!Number.isFinite(entry)) return `${range.label} must be a number`;
      if (entry < range.min || entry > range.max) {
        return `${range.label} = ${number(entry)} is outside ${number(range.min)} … ${number(range.max)}`;
      }
    }
    if (range.whole && !entries.every(Number.isInteger)) return `${range.label} must be a whole number`;
  }
  const { eta, eigenvalues } = values;
  if (!eigenvalues) return "";
  const rising = eigenvalues.findIndex((l, i) => l > eigenvalues[i - 1]);
  if (rising > 0) {
    const [above, below] = [rising - 1, rising].map((i) => `${subscripted("λ", i + 1)} = ${number(eigenvalues[i])}`);
    return `${above} must be at least ${below}`;
  }
  const most = limit(values);
  if (eta * eigenvalues[0] >= most) return `η = ${number(eta)} is not below ${limitName(most, eigenvalues.length > 1 ? "λ₁" : "λ")} = ${number(most / eigenvalues[0])}`;
  return "";
}
