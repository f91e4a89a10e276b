// A function of one variable that the reader bends: its graph, with knots at fixed places to be moved up and down.
import { axisBottom, axisLeft } from "d3-axis";
import { drag } from "d3-drag";
import { scaleLinear } from "d3-scale";
import { create } from "d3-selection";
import { decimal, html, number, uniqueId } from "./dom.js";
import { writeName } from "./plane.js";

const MARGIN = { top: 26, right: 10, bottom: 34, left: 46 };
const SAMPLES = 160;

/**
 * `nodes` are the places of the knots, `names` those of the axes; `move(k, value)` hears where the reader puts knot k, and may return
 * where it came to be.
 */
export function curveView({ nodes, names, limit, move, knotLabel }) {
  const id = uniqueId();
  const element = html("div", { class: "live-plane live-bend" });
  const svg = create("svg").attr("class", "live-svg").attr("role", "group");
  element.append(svg.node());
  const clip = svg.append("clipPath").attr("id", id).append("rect");
  const panel = svg.append("rect").attr("class", "live-panel");
  const clipped = svg.append("g").attr("clip-path", `url(#${id})`);
  const level = clipped.append("path").attr("class", "live-bend-level");
  const graph = clipped.append("path").attr("class", "live-bend-graph");
  const marks = clipped.append("g");
  const levelName = clipped.append("text").attr("class", "live-level-name");
  const bottom = svg.append("g").attr("class", "live-axis");
  const left = svg.append("g").attr("class", "live-axis");
  const nameX = svg.append("text").attr("class", "live-name").attr("text-anchor", "end");
  const nameY = svg.append("text").attr("class", "live-name").attr("text-anchor", "middle");
  const margin = 0.06 * (nodes[nodes.length - 1] - nodes[0]);
  const x = scaleLinear().domain([nodes[0] - margin, nodes[nodes.length - 1] + margin]);
  const y = scaleLinear().domain([0, 1.2 * limit.max]);
  let heights = nodes.map(() => 0);
  let dragging = false;

  const round = (value, places) => Number(Math.min(limit.max, Math.max(limit.min, value)).toFixed(places));
  // What is wished before the next drawing goes on from here, not from the height last drawn.
  function put(k, wished) {
    heights[k] = move(k, wished) ?? wished;
  }
  const knots = nodes.map((node, k) => {
    const knot = svg
      .append("g")
      .attr("class", "live-knot")
      .attr("data-knot", k)
      .attr("tabindex", 0)
      .attr("role", "slider")
      .attr("aria-orientation", "vertical")
      .attr("aria-label", knotLabel(node))
      .attr("aria-valuemin", limit.min)
      .attr("aria-valuemax", limit.max);
    knot.append("circle").attr("class", "live-reach").attr("r", 20);
    knot.append("circle").attr("class", "live-focus").attr("r", 12);
    knot.append("circle").attr("class", "live-knob").attr("r", 6);
    knot.call(
      /** @type {import("d3-drag").DragBehavior<any, any, any>} */ (drag())
        .container(svg.node())
        .subject((event) => ({ x: event.x, y: y(heights[k]) }))
        .on("start", () => {
          dragging = true;
          knot.classed("live-held", true).node().focus({ preventScroll: true });
        })
        .on("drag", (event) => put(k, round(y.invert(event.y), 2)))
        .on("end", () => {
          dragging = false;
          knot.classed("live-held", false);
          move(k, heights[k]);
        }),
    );
    knot.on("keydown", (event) => {
      const way = { ArrowDown: -1, ArrowLeft: -1, ArrowUp: 1, ArrowRight: 1 }[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      put(k, round(heights[k] + way * limit.step * (event.shiftKey ? 0.2 : 1), 2));
    });
    return knot;
  });

  return {
    element,
    get dragging() {
      return dragging;
    },
    /** `value` is the function, `marked` = { class: place } are points of its graph, `reference` = [value, name] is a level. */
    draw({ value, values, marked, reference, label }) {
      heights = [...values];
      const [width, height] = [element.clientWidth, element.clientHeight];
      const frame = { x: MARGIN.left, y: MARGIN.top, width: Math.max(10, width - MARGIN.left - MARGIN.right), height: Math.max(10, height - MARGIN.top - MARGIN.bottom) };
      svg.attr("width", width).attr("height", height).attr("aria-label", label);
      for (const rect of [clip, panel]) for (const [name, size] of Object.entries(frame)) rect.attr(name, size);
      x.range([frame.x, frame.x + frame.width]);
      y.range([frame.y + frame.height, frame.y]);
      bottom.attr("transform", `translate(0,${frame.y + frame.height})`).call(axisBottom(x).ticks(Math.max(3, width / 80)).tickSize(4).tickPadding(4));
      left.attr("transform", `translate(${frame.x},0)`).call(axisLeft(y).ticks(Math.max(3, height / 60)).tickSize(4).tickPadding(4));
      writeName(nameX.attr("x", frame.x + frame.width - 6).attr("y", frame.y + frame.height - 8), names[0]);
      // Above the panel, where no graph can cross it.
      writeName(nameY.attr("x", frame.x).attr("y", frame.y - 9), names[1]);
      const [from, to] = x.domain();
      const points = Array.from({ length: SAMPLES + 1 }, (_, k) => from + ((to - from) * k) / SAMPLES);
      graph.attr("d", `M${points.map((place) => `${x(place).toFixed(1)},${y(value(place)).toFixed(1)}`).join("L")}`);
      const [height0, word] = reference;
      const visible = height0 < y.domain()[1];
      level.attr("d", visible ? `M${frame.x},${y(height0)}h${frame.width}` : "");
      levelName.attr("x", frame.x + frame.width / 2).attr("y", y(height0) - 4).attr("text-anchor", "middle").text(visible ? word : "");
      const shown = Object.entries(marked).filter(([, place]) => Number.isFinite(place));
      marks
        .selectAll("circle")
        .data(shown)
        .join("circle")
        .attr("class", ([name]) => `live-bend-${name}`)
        .attr("r", ([name]) => (name === "now" ? 4 : 7))
        .attr("cx", ([, place]) => x(place))
        .attr("cy", ([, place]) => y(value(place)));
      knots.forEach((knot, k) => {
        knot
          .attr("transform", `translate(${x(nodes[k])},${y(values[k])})`)
          .attr("aria-valuenow", decimal(values[k]))
          .attr("aria-valuetext", number(values[k]));
      });
    },
  };
}
