// A reader's prediction: the flag to place in a plane, and the panel that asks, answers and tells the score.
import { drag } from "d3-drag";
import { select } from "d3-selection";
import { decimal, html, number, vector } from "./dom.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * A flag in `plane` beside its own handle, and the line from it to where SAM came. `move(w)` hears where the reader puts it, `done()`
 * the Enter key; with `upright` it moves along the second axis only.
 */
export function flagView(plane, { upright, move, done }) {
  const svg = select(plane.element).select("svg");
  const line = svg.append("path").attr("class", "live-residual");
  const flag = svg.append("g").attr("class", "live-flag").attr("role", "slider").attr("aria-label", "Your prediction");
  flag.append("circle").attr("class", "live-reach").attr("r", 20);
  flag.append("circle").attr("class", "live-focus").attr("r", 13);
  flag.append("path").attr("class", "live-knob").attr("d", "M0,0V-24L15,-18L0,-12");
  flag.append("circle").attr("class", "live-knob").attr("r", 4);
  const scales = [plane.x, plane.y];
  let point = [0, 0];

  // Inside the frame, with a sensible number of digits; what is wished before the next drawing goes on from here.
  function put(wished) {
    point = wished.map((value, i) => {
      const [low, high] = scales[i].domain();
      const places = Math.max(0, Math.min(12, 3 - Math.floor(Math.log10(high - low))));
      return upright && i === 0 ? 0 : Number(Math.min(high, Math.max(low, value)).toFixed(places));
    });
    move(point);
  }
  const pixel = (w) =>
    w.map((value, i) => {
      const [first, last] = scales[i].range();
      return Math.min(Math.max(first, last), Math.max(Math.min(first, last), scales[i](value)));
    });

  flag.call(
    /** @type {import("d3-drag").DragBehavior<any, any, any>} */ (drag())
      .container(/** @type {any} */ (svg.node()))
      .subject(() => {
        const [x, y] = pixel(point);
        return { x, y };
      })
      .on("start", () => flag.classed("live-held", true).node().focus({ preventScroll: true }))
      .on("drag", (event) => put([plane.x.invert(event.x), plane.y.invert(event.y)]))
      .on("end", () => flag.classed("live-held", false)),
  );
  flag.on("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if ((!arrow && event.key !== "Enter") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (!arrow) return done();
    const step = (scale) => 10 ** Math.floor(Math.log10(scale.domain()[1] - scale.domain()[0]) - 1) * (event.shiftKey ? 0.1 : 1);
    put(point.map((value, i) => value + arrow[i] * step(scales[i])));
  });

  return {
    focus: () => flag.attr("tabindex", 0).node().focus(),
    /** Draws the flag at `w`, to be moved or, with `end`, joined to where SAM came. */
    draw(w, end, movable) {
      point = w;
      const [low, high] = scales[upright ? 1 : 0].domain();
      flag
        .attr("tabindex", movable ? 0 : null)
        .attr("transform", `translate(${pixel(w)})`)
        .attr("aria-valuemin", low)
        .attr("aria-valuemax", high)
        .attr("aria-valuenow", decimal(w[upright ? 1 : 0]))
        .attr("aria-valuetext", upright ? `y = ${number(w[1])}` : vector(w));
      line.attr("d", end ? `M${pixel(w)}L${pixel(end)}` : "");
    },
  };
}

/** The panel: `press`, `leave` and `forget` are what its buttons do, `picks` an element between them, or null. */
export function predictPanel({ press, leave, forget, picks }) {
  const button = (name, words, click) => html("button", { type: "button", "data-action": name, onclick: click }, words);
  const main = button("predict", "Predict first", press);
  const away = button("leave", "Leave", leave);
  const clear = button("forget", "Forget", forget);
  const score = html("span", { class: "live-caption" });
  const answer = html("p", { class: "live-answer", "aria-live": "polite" });
  away.setAttribute("aria-keyshortcuts", "Escape");
  clear.title = "Forget the scores of all figures; they are kept on this device only";
  let said = "";
  return {
    element: html("div", { class: "live-predict" }, html("div", { class: "live-options" }, main, away, picks, html("span", { class: "live-score" }, score, clear)), answer),
    focus: () => main.focus(),
    /** The buttons of a phase: none, placing, playing or told. */
    phase(name) {
      main.textContent = { "": "Predict first", placing: "Reveal" }[name] ?? "Predict again";
      away.hidden = name !== "placing";
    },
    score({ tries, best }) {
      score.textContent = tries ? `${tries} prediction${tries > 1 ? "s" : ""}${best === null ? "" : `, best ${number(100 * best)} % off`}` : "";
      clear.hidden = !tries;
    },
    /** What is asked or answered; told again only when it changes. */
    say(...content) {
      const text = content.map((each) => each.textContent ?? each).join("");
      if (text === said) return;
      said = text;
      answer.replaceChildren(...content);
    },
  };
}
