// A half line of lengths: named marks, a ball from 0, hops from place to place, and one draggable point.
import { axisBottom } from "d3-axis";
import { drag } from "d3-drag";
import { scaleLinear } from "d3-scale";
import { create, select } from "d3-selection";
import { decimal, html, number, uniqueId } from "./dom.js";
import { arrowPath, writeName } from "./plane.js";

const MARGIN = { left: 16, right: 16, bottom: 34 };
const ROW = 19; // height of a row of names under the line
const ROWS = 3;
const NAME_WIDTH = 24;

/** `move(length)` hears where the reader puts the point; `limit` is the range of its length. */
export function numberLineView({ pointLabel, name, limit, move }) {
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
  let length = 0;
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
  const round = (value) => Number(Math.min(limit.max, Math.max(limit.min, value)).toFixed(places()));
  const shown = () => Math.min(x.range()[1], x(length));

  // What is wished before the next drawing goes on from here, not from the length last drawn.
  function put(wished) {
    length = wished;
    move(wished);
  }

  handle.call(
    /** @type {import("d3-drag").DragBehavior<any, any, any>} */ (drag())
      .container(svg.node())
      .subject((event) => ({ x: shown(), y: event.y }))
      .on("start", () => {
        dragging = true;
        handle.classed("live-held", true).node().focus({ preventScroll: true });
      })
      .on("drag", (event) => put(round(x.invert(Math.min(x.range()[1], event.x)))))
      .on("end", () => {
        dragging = false;
        handle.classed("live-held", false);
        move(length);
      }),
  );
  handle.on("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const step = 10 ** Math.floor(Math.log10(x.domain()[1]) - 1.3) * (event.shiftKey ? 0.1 : 1);
    put(round(length + way * step));
  });

  // Names stand in rows under the line; each takes the first row in which it touches none of those to its left.
  function arrange(list) {
    const ends = Array(ROWS).fill(-Infinity);
    return [...list]
      .filter((mark) => mark.value <= x.domain()[1])
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
     * Lengths run from 0 to `end`. `marks` = [{ name, value, kind }] with names as in writeName; `ball` = { radius, absorbs };
     * `reachable` = [least, largest] length after the step, `places` the lengths hopped through, the first at the point.
     */
    draw({ end, marks: list, ball: disc, reachable, places: path, length: r, label }) {
      length = r;
      const [width, height] = [element.clientWidth, element.clientHeight];
      svg.attr("width", width).attr("height", height).attr("aria-label", label);
      x.domain([0, end]).range([MARGIN.left, Math.max(MARGIN.left + 10, width - MARGIN.right)]);
      const bottom = height - MARGIN.bottom;
      const base = bottom - ROWS * ROW - 8;
      const [x0, x1] = x.range();
      clip.attr("x", x0).attr("y", 0).attr("width", x1 - x0).attr("height", height);
      ball
        .attr("class", `live-disc ${disc.absorbs ? "" : "live-leaks"}`)
        .attr("x", x0)
        .attr("y", 22)
        .attr("width", x(disc.radius) - x0)
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

      const [low, high] = reachable;
      reach.attr("d", `M${x(low)},${base - 4}H${Math.max(x(low) + 1, Math.min(x(high), x1))}`);
      drawHops(path, base);
      const px = shown();
      handle
        .classed("live-away", x(r) > px + 0.5)
        .attr("transform", `translate(${px},${base})`)
        .attr("aria-valuenow", decimal(r))
        .attr("aria-valuetext", number(r, 4));
    },
  };

  // Arcs above the line, the first strong, each with its head where it lands.
  function drawHops(path, base) {
    const arcs = path.slice(1).map((to, k) => {
      const [from, at] = [x(path[k]), x(to)];
      const rise = Math.min(base - 30, 14 + 0.45 * Math.abs(at - from));
      const d = `M${from},${base}C${from},${base - 1.33 * rise} ${at},${base - 1.33 * rise} ${at},${base - 7}`;
      return { d: d + arrowPath([at, base - 12], [at, base - 2], 8), first: k === 0 };
    });
    hops
      .selectAll("path")
      .data(arcs)
      .join("path")
      .attr("class", ({ first }) => (first ? "live-hop live-lit" : "live-hop"))
      .attr("d", ({ d }) => d);
  }
}
