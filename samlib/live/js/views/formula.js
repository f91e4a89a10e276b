// The SAM update as HTML, each of its terms tied to a stage of the step.
import { html } from "./dom.js";

const i = (text) => html("i", {}, text);
const bold = (text) => html("b", {}, text);
const hat = () => html("span", { class: "live-hat" }, bold("w"));
const fraction = (above, below) => html("span", { class: "live-fraction" }, html("span", {}, above), html("span", {}, below));

/**
 * The update w⁺ = w − η ∇ℓ(w + ρ ∇ℓ(w)/‖∇ℓ(w)‖) whose nested terms carry `data-term`; `choose(term)` hears a click. The list
 * of stages below it offers the same to the keyboard.
 */
export function updateFormula(choose) {
  const terms = [];
  const term = (stage, ...children) => {
    const element = html("span", { class: "live-term", "data-term": stage, onclick: (event) => (event.stopPropagation(), choose(stage)) }, ...children);
    terms.push(element);
    return element;
  };
  const gradient = () => ["∇ℓ(", bold("w"), ")"];
  const ascent = term(2, bold("w"), " + ", i("ρ"), " ", fraction(term(1, ...gradient()), ["‖", term(1, ...gradient()), "‖"]));
  const there = term(3, "∇ℓ", html("span", { class: "live-paren" }, "("), ascent, html("span", { class: "live-paren" }, ")"));
  const element = html(
    "div",
    { class: "live-formula", role: "math", "aria-label": "w plus equals w minus eta times the gradient at w plus rho times the gradient at w divided by its norm" },
    bold("w"),
    html("sup", {}, "+"),
    " = ",
    term(4, bold("w"), " − ", i("η"), " ", there),
  );
  return {
    element,
    show(stage) {
      for (const item of terms) item.classList.toggle("live-lit", Number(item.dataset.term) === stage);
    },
  };
}

/** One line per stage: what is done, its formula, its value now. */
export function stageList(choose) {
  const lines = [
    ["gradient", [i("g"), " = ∇ℓ(", bold("w"), ")"]],
    ["ascent", [hat(), " = ", bold("w"), " + ", i("ρ g"), "/‖", i("g"), "‖"]],
    ["gradient there", [html("span", { class: "live-hat" }, i("g")), " = ∇ℓ(", hat(), ")"]],
    ["step", [bold("w"), html("sup", {}, "+"), " = ", bold("w"), " − ", i("η "), html("span", { class: "live-hat" }, i("g"))]],
  ].map(([words, formula], k) => {
    const value = html("data", { "data-name": ["gradient", "ascent", "gradientThere", "next"][k] });
    const button = html(
      "button",
      { type: "button", "data-stage": k + 1, onclick: () => choose(k + 1) },
      html("span", { class: "live-number", "aria-hidden": "true" }, String(k + 1)),
      html("span", { class: "live-stage-words" }, words),
      html("span", { class: "live-symbol" }, ...formula),
      value,
    );
    return { button, value };
  });
  return {
    element: html("ol", { class: "live-stages" }, lines.map(({ button }) => html("li", {}, button))),
    /** Marks `stage`; `values` = [[number…, text], …]. */
    show(stage, values) {
      lines.forEach(({ button, value }, k) => {
        button.setAttribute("aria-current", k + 1 === stage ? "step" : "false");
        button.classList.toggle("live-done", k + 1 < stage);
        value.value = JSON.stringify(values[k].exact);
        if (value.textContent !== values[k].text) value.textContent = values[k].text;
      });
    },
  };
}
