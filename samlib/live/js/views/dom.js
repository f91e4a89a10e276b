// Building HTML elements, and writing numbers the way the chapters do.

/** An element; `on…` properties become listeners, `false`/`null` attributes are left out. */
export function html(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** An id of its own for an element: bundles share a page but not their variables, so counting would not do. */
export const uniqueId = () => `live-${Math.random().toString(36).slice(2)}`;

/** A symbol such as w with an index, in the italic of mathematics: symbol("w", "1"). */
export const symbol = (letter, below, above) =>
  html("span", { class: "live-symbol" }, html("i", {}, letter), below ? html("sub", {}, below) : null, above ? html("sup", {}, above) : null);

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** A letter with a small index, for running text: λ₁. */
export const subscripted = (letter, index) => letter + [..."₀₁₂₃₄₅₆₇₈₉"][index];

/** 10ᵏ with k as superscript. */
export const powerOfTen = (k) => "10" + [...String(k)].map((c) => SUPERSCRIPTS[c]).join("");

/** A number with a few significant digits, a real minus, and powers of ten beyond 10⁻³ and 10⁵. */
export function number(x, digits = 3) {
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return String(x);
  const size = Math.abs(x);
  let text;
  if (size >= 1e-3 && size < 1e5) text = String(Number(size.toPrecision(digits)));
  else {
    const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
    text = `${Number(mantissa)}·${powerOfTen(Number(exponent))}`;
  }
  return (x < 0 ? "−" : "") + text;
}

/** A number for `aria-valuenow` and the like, which know no powers of ten: 2.2e-16 is 0.00000000000000022. */
export const decimal = (x) => (Math.abs(x) < 1e-6 ? x.toFixed(20).replace(/\.?0+$/, "") : String(x));

/** (x, y) in words of numbers. */
export const vector = (w, digits) => `(${w.map((x) => number(x, digits)).join(", ")})`;

/** A number on the page that keeps its full value for machines: <data value="0.1111111111111111">0.111</data>. */
export function datum(name) {
  const element = html("data", { "data-name": name });
  return {
    element,
    show(value, text = Array.isArray(value) ? vector(value) : number(value)) {
      element.value = Array.isArray(value) ? JSON.stringify(value) : String(value);
      if (element.textContent !== text) element.textContent = text;
    },
  };
}
