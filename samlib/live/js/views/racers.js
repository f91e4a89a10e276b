// Several runs at once: each racer has a line of its own and a mark of its own shape, so that no reader depends on colour.
import { html } from "./dom.js";

const polygon = (points, size) => ([x, y]) => `M${points.map(([a, b]) => `${(x + size * a).toFixed(1)},${(y + size * b).toFixed(1)}`).join("L")}Z`;
const circle = ([x, y]) => `M${(x - 4.5).toFixed(1)},${y.toFixed(1)}a4.5,4.5 0 1 0 9,0a4.5,4.5 0 1 0 -9,0Z`;

/** The outline of a racer's mark around a pixel, by racer. */
export const SHAPES = {
  sam: circle,
  descent: polygon([[-1, -1], [1, -1], [1, 1], [-1, 1]], 4.2),
  sgd: polygon([[0, -1.1], [1, 0.8], [-1, 0.8]], 5.2),
  unnormalized: polygon([[0, -1], [1, 0], [0, 1], [-1, 0]], 5.8),
  heavy_ball: polygon([[0, 1.1], [1, -0.8], [-1, -0.8]], 5.2),
};

/** A racer's line and mark, as they appear in the pictures. */
export function sample(racer) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 34 14", width: 34, height: 14, "aria-hidden": "true", class: `live-racer live-racer-${racer}` })) svg.setAttribute(name, String(value));
  for (const [part, d] of [["line", "M1,7H33"], ["mark", SHAPES[racer]([17, 7])]]) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("class", `live-racer-${part}`);
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** Joins the pixels of a list, leaving out the nulls in it. */
export const joined = (pixels) => pixels.map((p, s) => (p ? `${s && pixels[s - 1] ? "L" : "M"}${p[0].toFixed(1)},${p[1].toFixed(1)}` : "")).join("");

const dotted = (pixels) => pixels.map((p) => (p ? `M${p[0].toFixed(1)},${p[1].toFixed(1)}h0` : "")).join("");

/**
 * Draws runs into the d3 group `layer`, each = { racer, past, later, band, loose, beads }: `past` and `later` are pixels up to now and
 * from now on, null where a point is not to be seen; `band` is an outline around the run, `loose` are pixels of single dots, and
 * `beads` says whether every point of the past gets one.
 */
export function drawRacers(layer, runs) {
  const groups = layer
    .selectAll("g")
    .data(runs, (run) => run.racer)
    .join("g")
    .attr("class", (run) => `live-racer live-racer-${run.racer}`);
  groups
    .selectAll("path")
    .data(({ racer, past, later, band = "", loose = [], beads = false }) => [
      ["band", band],
      ["later", joined(later)],
      ["line", joined(past)],
      ["beads", beads ? dotted(past) : ""],
      ["loose", dotted(loose)],
      ["mark", past.at(-1) ? SHAPES[racer](past.at(-1)) : ""],
    ])
    .join("path")
    .attr("class", ([part]) => `live-racer-${part}`)
    .attr("d", ([, d]) => d);
}

/**
 * A `draw` for a strip (see strips.js): `data.runs` = [{ racer, times, values, low, high }], of which `low` and `high`, where given,
 * are the edges of a band around the values. Values beyond the strip's scale are left out.
 */
export function drawRuns(body, { x, y, t, data }) {
  const [least, most] = y.domain();
  const pixel = (time, value) => (value >= least && value <= most ? [x(time), y(value)] : null);
  const edge = (time, value) => [x(time), y(Math.min(most, Math.max(least, value)))];
  drawRacers(
    body,
    data.runs.map(({ racer, times, values, low, high }) => {
      const pixels = times.map((time, s) => pixel(time, values[s]));
      const now = times.filter((time) => time <= t).length - 1;
      return {
        racer,
        past: pixels.slice(0, now + 1),
        later: pixels.slice(now),
        band: low ? `${joined(times.map((time, s) => edge(time, high[s])))}${joined(times.map((time, s) => edge(time, low[s])).reverse()).replace("M", "L")}Z` : "",
      };
    }),
  );
}

/**
 * The standing of the racers as a table; the name of each is a switch that `choose(racer, on)` hears of. `racers` = { racer: name },
 * `columns` = [[header, data…], …] in HTML, `cells(racer)` the elements of a row.
 */
export function standingsView({ racers, columns, cells, choose, caption }) {
  const switches = {};
  const rows = {};
  const row = ([racer, name]) => {
    const button = html(
      "button",
      { type: "button", role: "switch", class: "live-racer-switch", "data-name": racer, "aria-checked": "false", onclick: () => choose(racer, button.getAttribute("aria-checked") !== "true") },
      sample(racer),
      html("span", {}, name),
    );
    switches[racer] = button;
    rows[racer] = html("tr", {}, html("th", { scope: "row" }, button), cells(racer).map((cell) => html("td", {}, cell)));
    return rows[racer];
  };
  const element = html(
    "table",
    { class: "live-standings" },
    html("caption", { class: "live-spoken" }, caption),
    html("thead", {}, html("tr", {}, columns.map((column) => html("th", { scope: "col" }, column)))),
    html("tbody", {}, Object.entries(racers).map(row)),
  );
  return {
    element,
    show(racer, on) {
      switches[racer].setAttribute("aria-checked", String(on));
      rows[racer].classList.toggle("live-out", !on);
    },
  };
}
