// Two quantities against each other, each on a linear or a log scale, with layers to draw in and one handle.
import { axisBottom, axisLeft } from "d3-axis";
import { drag } from "d3-drag";
import { scaleLinear, scaleLog } from "d3-scale";
import { create } from "d3-selection";
import { decimal, html, uniqueId } from "./dom.js";
import { powersWithin, tickOfPower } from "./strips.js";

const MARGIN = { top: 26, right: 12, bottom: 46, left: 52 };
const EDGE = 7; // how far from the frame a point is drawn whose place is beyond it
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * `layers` names the groups from back to front. `move([x, y], pixels)` hears where the reader drags the handle, or
 * clicks, and `nudge([dx, dy], fine)` which arrow key was pressed; what either means is the figure's business.
 */
export function scatterView({ layers, pointLabel, move, nudge }) {
  const id = uniqueId();
  const element = html("div", { class: "live-plane live-scatter" });
  const svg = create("svg").attr("class", "live-svg").attr("role", "group");
  element.append(svg.node());
  const clip = svg.append("clipPath").attr("id", id).append("rect");
  const panel = svg.append("rect").attr("class", "live-panel");
  const clipped = svg.append("g").attr("clip-path", `url(#${id})`);
  const groups = Object.fromEntries(layers.map((name) => [name, clipped.append("g").attr("class", `live-${name}`)]));
  const bottom = svg.append("g").attr("class", "live-axis");
  const left = svg.append("g").attr("class", "live-axis");
  const nameX = svg.append("text").attr("class", "live-axis-name").attr("text-anchor", "end");
  const nameY = svg.append("text").attr("class", "live-axis-name");
  const scales = { x: { linear: scaleLinear(), log: scaleLog() }, y: { linear: scaleLinear(), log: scaleLog() } };
  let x = scales.x.linear;
  let y = scales.y.linear;
  let frame = { left: 0, top: 0, width: 0, height: 0 };
  let now = [0, 0];
  let dragging = false;

  const handle = svg.append("g").attr("class", "live-handle").attr("tabindex", 0).attr("role", "slider").attr("aria-label", pointLabel);
  handle.append("circle").attr("class", "live-reach").attr("r", 20);
  handle.append("circle").attr("class", "live-focus").attr("r", 13);
  handle.append("circle").attr("class", "live-knob").attr("r", 7);

  const within = (value, low, size) => Math.min(low + size, Math.max(low, value));
  function moveTo(px, py) {
    const inside = [within(px, frame.left, frame.width), within(py, frame.top, frame.height)];
    move([x.invert(inside[0]), y.invert(inside[1])], inside);
  }
  handle.call(
    /** @type {import("d3-drag").DragBehavior<any, any, any>} */ (drag())
      .container(svg.node())
      .subject(() => ({ x: now[0], y: now[1] }))
      .on("start", () => {
        dragging = true;
        handle.classed("live-held", true).node().focus({ preventScroll: true });
      })
      .on("drag", (event) => moveTo(event.x, event.y))
      .on("end", () => {
        dragging = false;
        handle.classed("live-held", false);
      }),
  );
  svg.on("click", (event) => {
    // A click on the handle itself is the end of a drag.
    if (event.defaultPrevented || /** @type {Element} */ (event.target).closest(".live-handle")) return;
    const box = svg.node().getBoundingClientRect();
    moveTo(event.clientX - box.left, event.clientY - box.top);
  });
  handle.on("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    nudge(arrow, event.shiftKey);
  });

  // The pixel of a value; of one that the scale does not have (infinite, or not positive on a log scale), a place at the edge.
  function pixel(scale, axis, value) {
    const [from, to] = scale.range();
    const [start, end] = scale.domain();
    const way = Math.sign(to - from);
    const beyond = (last) => (last ? to - way * EDGE : from + way * EDGE);
    if (value === Infinity) return beyond(end > start);
    if (axis.log && !(value > 0)) return beyond(end < start);
    const at = scale(value);
    return Math.min(Math.max(at, Math.min(from, to) + 2), Math.max(from, to) - 2);
  }

  function axisOf(make, scale, axis, room) {
    const drawn = make(scale).tickSize(4).tickPadding(4);
    if (!axis.log) return drawn.ticks(Math.max(2, room)).tickFormat(axis.whole ? (v) => (Number.isInteger(v) ? v : "") : null);
    return drawn.tickValues(powersWithin(axis.domain, room)).tickFormat(tickOfPower);
  }

  return {
    element,
    layer: (name) => groups[name],
    get dragging() {
      return dragging;
    },
    /**
     * Sets the scales: `axes.x` and `axes.y` = { domain, log, whole, name } with a name in words. Returns `at`, which takes
     * a pair of values to its pixels, and the frame in pixels.
     */
    scale(axes) {
      const [width, height] = [element.clientWidth, element.clientHeight];
      svg.attr("width", width).attr("height", height);
      frame = { left: MARGIN.left, top: MARGIN.top, width: Math.max(10, width - MARGIN.left - MARGIN.right), height: Math.max(10, height - MARGIN.top - MARGIN.bottom) };
      for (const rect of [clip, panel]) rect.attr("x", frame.left).attr("y", frame.top).attr("width", frame.width).attr("height", frame.height);
      x = scales.x[axes.x.log ? "log" : "linear"].domain(axes.x.domain).range([frame.left, frame.left + frame.width]);
      y = scales.y[axes.y.log ? "log" : "linear"].domain(axes.y.domain).range([frame.top + frame.height, frame.top]);
      bottom.attr("transform", `translate(0,${frame.top + frame.height})`).call(axisOf(axisBottom, x, axes.x, Math.floor(frame.width / 60)));
      left.attr("transform", `translate(${frame.left},0)`).call(axisOf(axisLeft, y, axes.y, Math.floor(frame.height / 40)));
      nameX.attr("x", frame.left + frame.width).attr("y", height - 6).text(axes.x.name);
      nameY.attr("x", 4).attr("y", 14).text(axes.y.name);
      return { at: (/** @type {number[]} */ [a, b]) => [pixel(x, axes.x, a), pixel(y, axes.y, b)], x, y, frame };
    },
    /** Puts the handle at `pixels`; `values` = { now, min, max, text } is what it says to those who do not see it. */
    point(pixels, values) {
      now = pixels;
      handle
        .attr("transform", `translate(${pixels[0]},${pixels[1]})`)
        .attr("aria-valuenow", decimal(values.now))
        .attr("aria-valuemin", decimal(values.min))
        .attr("aria-valuemax", decimal(values.max))
        .attr("aria-valuetext", values.text);
    },
    label: (words) => svg.attr("aria-label", words),
  };
}

/** Round dots of one kind as one path, to be drawn with a thick round stroke. */
export const dots = (pixels) => pixels.map(([px, py]) => `M${px.toFixed(1)},${py.toFixed(1)}h0`).join("");
