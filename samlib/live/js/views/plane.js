// A plane of two coordinates: frame, axes, contours of any function, layers to draw in, and the one draggable point.
import { axisBottom, axisLeft } from "d3-axis";
import { contours } from "d3-contour";
import { drag } from "d3-drag";
import { scaleLinear } from "d3-scale";
import { create } from "d3-selection";
import { decimal, html, uniqueId, vector } from "./dom.js";

const MARGIN = { top: 10, right: 10, bottom: 34, left: 46 };
const CONTOUR_GRID = 5; // pixels between samples; finer grids look the same
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * `layers` names the groups above the contours, from back to front. `move(w, dragging)` hears where the reader puts the
 * point, and may return where it came to be; `limit` is the range of its coordinates. `backdrop` is an element shown behind the
 * contours, e.g. a heat map.
 */
export function planeView({ layers, pointLabel, limit, move, backdrop = null }) {
  const id = uniqueId();
  const element = html("div", { class: "live-plane" });
  if (backdrop) element.append(backdrop);
  const svg = create("svg").attr("class", "live-svg").attr("role", "group");
  element.append(svg.node());
  const clip = svg.append("clipPath").attr("id", id).append("rect");
  const clipped = svg.append("g").attr("clip-path", `url(#${id})`);
  const contourLayer = clipped.append("g").attr("class", "live-contours");
  const origin = clipped.append("path").attr("class", "live-zero");
  const groups = Object.fromEntries(layers.map((name) => [name, clipped.append("g").attr("class", `live-${name}`)]));
  const bottom = svg.append("g").attr("class", "live-axis");
  const left = svg.append("g").attr("class", "live-axis");
  const nameX = svg.append("text").attr("class", "live-name").attr("text-anchor", "end");
  const nameY = svg.append("text").attr("class", "live-name");

  const x = scaleLinear();
  const y = scaleLinear();
  const size = { width: 0, height: 0 };
  let point = [0, 0];
  let dragging = false;
  let contoured = "";

  const clamp = (value) => Math.min(limit.max, Math.max(limit.min, value));
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

  // The point is kept to a sensible number of digits, so that what is dragged can be read, shared and typed.
  function round(value, scale) {
    const [a, b] = scale.domain();
    const places = Math.max(0, Math.min(12, 3 - Math.floor(Math.log10(Math.abs(b - a)))));
    return Number(value.toFixed(places));
  }
  // What is wished before the next drawing goes on from here, not from the point last drawn.
  function put(wished, held) {
    point = move(wished, held) ?? wished;
  }
  const place = (px, py) => [round(clamp(x.invert(px)), x), round(clamp(y.invert(py)), y)];

  handle.call(
    /** @type {import("d3-drag").DragBehavior<any, any, any>} */ (drag())
      .container(svg.node())
      .subject(() => {
        const [px, py] = shown();
        return { x: px, y: py };
      })
      .on("start", () => {
        dragging = true;
        handle.classed("live-held", true).node().focus({ preventScroll: true });
      })
      .on("drag", (event) => put(place(event.x, event.y), true))
      .on("end", () => {
        dragging = false;
        handle.classed("live-held", false);
        move(point, false);
      }),
  );
  handle.on("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const step = (scale) => {
      const [a, b] = scale.domain();
      return 10 ** Math.floor(Math.log10(b - a) - 1) * (event.shiftKey ? 0.1 : 1);
    };
    const next = [point[0] + arrow[0] * step(x), point[1] + arrow[1] * step(y)];
    put([round(clamp(next[0]), x), round(clamp(next[1]), y)], false);
  });

  // Where the handle is drawn: at the point, or at the nearest place of the frame while the point is out of view.
  function shown() {
    const inside = (value, /** @type {number[]} */ [a, b]) => Math.min(Math.max(value, Math.min(a, b)), Math.max(a, b));
    return [inside(x(point[0]), x.range()), inside(y(point[1]), y.range())];
  }

  function drawAxes(names) {
    const { width, height } = size;
    bottom
      .attr("transform", `translate(0,${height - MARGIN.bottom})`)
      .call(axisBottom(x).ticks(Math.max(3, width / 80)).tickSize(4).tickPadding(4));
    left.attr("transform", `translate(${MARGIN.left},0)`).call(axisLeft(y).ticks(Math.max(3, height / 60)).tickSize(4).tickPadding(4));
    const [x0, y0] = [x(0), y(0)];
    origin.attr("d", `M${MARGIN.left},${y0}H${width - MARGIN.right}M${x0},${MARGIN.top}V${height - MARGIN.bottom}`);
    writeName(nameX.attr("x", width - MARGIN.right - 6).attr("y", height - MARGIN.bottom - 8), names[0]);
    writeName(nameY.attr("x", MARGIN.left + 8).attr("y", MARGIN.top + 16), names[1]);
  }

  function drawContours(value, key, chosen) {
    const now = JSON.stringify([key, x.domain(), y.domain(), size]);
    if (now === contoured) return;
    contoured = now;
    // One sample beyond the frame on every side keeps the closing edges of d3's polygons out of sight.
    const [left0, right0] = x.range();
    const [bottom0, top0] = y.range();
    const columns = Math.ceil((right0 - left0) / CONTOUR_GRID) + 3;
    const rows = Math.ceil((bottom0 - top0) / CONTOUR_GRID) + 3;
    const samples = new Float64Array(columns * rows);
    let [least, most] = [Infinity, -Infinity];
    for (let j = 0; j < rows; j++) {
      const yj = y.invert(top0 + (j - 1) * CONTOUR_GRID);
      for (let i = 0; i < columns; i++) {
        const sample = value([x.invert(left0 + (i - 1) * CONTOUR_GRID), yj]);
        samples[j * columns + i] = sample;
        if (sample < least) least = sample;
        if (sample > most) most = sample;
      }
    }
    const count = 12;
    // Levels at equal steps of the square root: contours of a bowl come out evenly spaced.
    const levels = chosen ?? Array.from({ length: count - 1 }, (_, k) => least + (most - least) * ((k + 1) / count) ** 2);
    const shapes = contours().size([columns, rows]).thresholds(levels)(/** @type {any} */ (samples));
    contourLayer
      .selectAll("path")
      .data(shapes)
      .join("path")
      .style("--depth", (_, k) => `${1.2 * (k + 1)}%`)
      .attr("d", (shape) => {
        let d = "";
        for (const polygon of shape.coordinates) {
          for (const ring of polygon) {
            for (let k = 0; k < ring.length - 1; k++) {
              const px = left0 + (ring[k][0] - 1.5) * CONTOUR_GRID;
              const py = top0 + (ring[k][1] - 1.5) * CONTOUR_GRID;
              d += `${k ? "L" : "M"}${px.toFixed(1)},${py.toFixed(1)}`;
            }
            d += "Z";
          }
        }
        return d;
      });
  }

  return {
    element,
    x,
    y,
    layer: (name) => groups[name],
    get dragging() {
      return dragging;
    },
    /** Takes the size of the page's box; returns the frame in pixels. */
    measure() {
      size.width = element.clientWidth;
      size.height = element.clientHeight;
      const frame = {
        left: MARGIN.left,
        top: MARGIN.top,
        width: Math.max(10, size.width - MARGIN.left - MARGIN.right),
        height: Math.max(10, size.height - MARGIN.top - MARGIN.bottom),
      };
      svg.attr("width", size.width).attr("height", size.height);
      clip.attr("x", frame.left).attr("y", frame.top).attr("width", frame.width).attr("height", frame.height);
      x.range([frame.left, frame.left + frame.width]);
      y.range([frame.top + frame.height, frame.top]);
      return frame;
    },
    /** `window` = [[x0, x1], [y0, y1]]; `value` is contoured, at `levels` if given, and `key` tells when it has changed. */
    draw({ window, names, point: w, value, key, label, levels = null }) {
      x.domain(window[0]);
      y.domain(window[1]);
      point = w;
      drawAxes(names);
      drawContours(value, key, levels);
      const [px, py] = shown();
      const away = Math.abs(px - x(w[0])) + Math.abs(py - y(w[1])) > 0.5;
      handle
        .classed("live-away", away)
        .attr("transform", `translate(${px},${py})`)
        .attr("aria-valuenow", decimal(w[0]))
        .attr("aria-valuetext", vector(w));
      svg.attr("aria-label", label);
    },
  };
}

/**
 * A symbol with an index, such as w₁ or "loss ℓ(w_t)", into an SVG text element: letter, index, what follows, what leads.
 * @param {any} text
 * @param {string[]} name
 */
export function writeName(text, [letter, index, rest = "", lead = ""]) {
  text
    .selectAll("tspan")
    .data([lead, letter, index, rest])
    .join("tspan")
    .attr("class", (_, i) => ["live-lead", "live-letter", "live-index", "live-letter"][i])
    .attr("dy", (_, i) => (index ? [0, 0, 3, -3][i] : 0))
    .text((d) => d);
}

/** The window with the middle `centre` that holds half-widths `half` in both directions at equal scales. */
export function squareWindow(centre, half, frame) {
  const scale = (2 * half) / Math.min(frame.width, frame.height);
  const [hx, hy] = [(frame.width * scale) / 2, (frame.height * scale) / 2];
  return [[centre[0] - hx, centre[0] + hx], [centre[1] - hy, centre[1] + hy]];
}

/**
 * An arrow from p to q in pixels, with its head; nothing when they all but coincide.
 * @param {number[]} p
 * @param {number[]} q
 */
export function arrowPath([px, py], [qx, qy], head = 9) {
  const [dx, dy] = [qx - px, qy - py];
  const length = Math.sqrt(dx * dx + dy * dy);
  if (length < 2) return "";
  const h = Math.min(head, length * 0.6);
  const [ux, uy] = [dx / length, dy / length];
  const [bx, by] = [qx - ux * h, qy - uy * h];
  const wing = h * 0.42;
  return `M${px},${py}L${bx},${by}M${qx},${qy}L${bx - uy * wing},${by + ux * wing}L${bx + uy * wing},${by - ux * wing}Z`;
}

