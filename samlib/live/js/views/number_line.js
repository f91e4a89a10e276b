// A line of numbers: named marks, a ball from 0, hops from place to place, and one draggable point.
import { axisBottom } from "d3-axis";
import { drag } from "d3-drag";
import { scaleLinear } from "d3-scale";
import { create, select } from "d3-selection";
import { decimal, html, number, uniqueId } from "./dom.js";
import { arrowPath, writeName } from "./plane.js";

const MARGIN = { left: 16, right: 16, bottom: 34 };
const ROW = 19; // height of a row of names under the line
const NAME_WIDTH = 24;

/** `move(value)` hears where the reader puts the point; `limit` is its range, `rows` how many rows of names there may be. */
export function numberLineView({ pointLabel, name, limit, move, rows = 3 }) {
  const id = uniqueId();
  const element = html("div", { class: "live-number-line" });
  const svg = create("svg").attr("class", "live-svg").attr("role", "group");
  element.append(svg.node());
  const clip = svg.append("clipPath").attr("id", id).append("rect");
  const clipped = svg.append("g").attr("clip-path", `url(#${id})`);
  const ball = clipped.append("rect");
  const axis = svg.append("g").attr("class", "live-axis");
  const marks = svg.append("g").attr("class", "live-marks");
  const reach = clipped.append("path").attr("class", "live-reachable");
  const hops = clipped.append("g").attr("class", "live-hops");
  const line = svg.append("path").attr("class", "live-line");
  const title = svg.append("text").attr("class", "live-name").attr("text-anchor", "end").text(name);

  const x = scaleLinear();
  let value = 0;
  let dragging = false;

  const handle = svg
    .append("g")
    .attr("class", "live-handle")
    .attr("tabindex", 0)
    .attr("role", "slider")
    .attr("aria-label", pointLabel)
    .attr("aria-valuemin", limit.min)
    .attr("aria-valuemax", limit.max);
  handle.append("circle").attr("class", "live-reach").attr("r", 20);
  handle.append("circle").attr("class", "live-focus").attr("r", 13);
  handle.append("circle").attr("class", "live-knob").attr("r", 7);

  const places = () => Math.max(0, Math.min(12, 4 - Math.floor(Math.log10(x.domain()[1]))));
  const round = (wished) => Number(Math.min(limit.max, Math.max(limit.min, wished)).toFixed(places()));
  const within = (px) => Math.max(x.range()[0], Math.min(x.range()[1], px));

  // What is wished before the next drawing goes on from here, not from the value last drawn.
  function put(wished) {
    value = wished;
    move(wished);
  }

  handle.call(
    /** @type {import("d3-drag").DragBehavior<any, any, any>} */ (drag())
      .container(svg.node())
      .subject((event) => ({ x: within(x(value)), y: event.y }))
      .on("start", () => {
        dragging = true;
        handle.classed("live-held", true).node().focus({ preventScroll: true });
      })
      .on("drag", (event) => put(round(x.invert(within(event.x)))))
      .on("end", () => {
        dragging = false;
        handle.classed("live-held", false);
        move(value);
      }),
  );
  handle.on("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const step = 10 ** Math.floor(Math.log10(x.domain()[1]) - 1.3) * (event.shiftKey ? 0.1 : 1);
    put(round(value + way * step));
  });

  // Names stand in rows under the line; each takes the first row in which it touches none of those to its left.
  function arrange(list) {
    const ends = Array(rows).fill(-Infinity);
    return [...list]
      .filter((mark) => mark.value >= x.domain()[0] && mark.value <= x.domain()[1])
      .sort((p, q) => p.value - q.value)
      .map((mark) => {
        const at = x(mark.value);
        const free = ends.findIndex((end) => at - NAME_WIDTH / 2 > end);
        const row = free >= 0 ? free : ends.indexOf(Math.min(...ends));
        ends[row] = at + NAME_WIDTH / 2;
        return { ...mark, at, row };
      });
  }

  return {
    element,
    get dragging() {
      return dragging;
    },
    /**
     * Numbers run over `window`, the point is at `point`. `marks` = [{ name, value, kind }] with names as in writeName; `places` are
     * hopped through, the hop `lit` being strong. There may be a `ball` = { radius, absorbs } around 0, and a range `reachable`.
     */
    draw({ window, point, marks: list, places: path, lit = 0, ball: disc = null, reachable = null, label }) {
      value = point;
      const [width, height] = [element.clientWidth, element.clientHeight];
      svg.attr("width", width).attr("height", height).attr("aria-label", label);
      x.domain(window).range([MARGIN.left, Math.max(MARGIN.left + 10, width - MARGIN.right)]);
      const bottom = height - MARGIN.bottom;
      const base = bottom - rows * ROW - 8;
      const [x0, x1] = x.range();
      clip.attr("x", x0).attr("y", 0).attr("width", x1 - x0).attr("height", height);
      ball
        .attr("class", `live-disc ${disc?.absorbs ? "" : "live-leaks"}`)
        .attr("display", disc ? null : "none")
        .attr("x", x0)
        .attr("y", 22)
        .attr("width", disc ? x(disc.radius) - x0 : 0)
        .attr("height", base - 22);
      axis.attr("transform", `translate(0,${bottom})`).call(axisBottom(x).ticks(Math.max(3, width / 70)).tickSize(4).tickPadding(4));
      line.attr("d", `M${x0},${base}H${x1}`);
      title.attr("x", x1).attr("y", base - 8);

      const arranged = arrange(list);
      marks
        .selectAll("path")
        .data(arranged)
        .join("path")
        .attr("class", (mark) => `live-tick-${mark.kind}`)
        .attr("d", (mark) => `M${mark.at},${base - 7}V${base + 8 + mark.row * ROW}`);
      marks
        .selectAll("text")
        .data(arranged)
        .join("text")
        .attr("class", (mark) => `live-name live-tick-${mark.kind}`)
        .attr("text-anchor", "middle")
        .attr("x", (mark) => mark.at)
        .attr("y", (mark) => base + 20 + mark.row * ROW)
        .each(function (mark) {
          writeName(select(this), mark.name);
        });

      const [low, high] = reachable?.map(x) ?? [];
      reach.attr("d", reachable ? `M${low},${base - 4}H${Math.max(low + 1, Math.min(high, x1))}` : "");
      drawHops(path, base, lit);
      const px = within(x(point));
      handle
        .classed("live-away", Math.abs(x(point) - px) > 0.5)
        .attr("transform", `translate(${px},${base})`)
        .attr("aria-valuenow", decimal(point))
        .attr("aria-valuetext", number(point, 4));
    },
  };

  // Arcs above the line, each with its head where it lands.
  function drawHops(path, base, lit) {
    const arcs = path.slice(1).map((to, k) => {
      const [from, at] = [x(path[k]), x(to)];
      const rise = Math.min(base - 30, 14 + 0.45 * Math.abs(at - from));
      const d = `M${from},${base}C${from},${base - 1.33 * rise} ${at},${base - 1.33 * rise} ${at},${base - 7}`;
      return { d: d + arrowPath([at, base - 12], [at, base - 2], 8), strong: k === lit };
    });
    hops
      .selectAll("path")
      .data(arcs)
      .join("path")
      .attr("class", ({ strong }) => (strong ? "live-hop live-lit" : "live-hop"))
      .attr("d", ({ d }) => d);
  }
}
