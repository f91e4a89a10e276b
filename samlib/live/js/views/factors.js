// What one step multiplies each coordinate by, as arrows from 1 on a logarithmic scale: one row per coordinate.
import { axisBottom } from "d3-axis";
import { scaleLog } from "d3-scale";
import { create, select } from "d3-selection";
import { html } from "./dom.js";
import { arrowPath, writeName } from "./plane.js";

const MARGIN = { left: 34, right: 12, top: 4, bottom: 34 };
const ROW = 44;
const LEAST = 1 / 32;
const MOST = 16;
const TICKS = [1 / 16, 1 / 4, 1, 4, 16];
const TICK_NAMES = ["× 1/16", "× 1/4", "× 1", "× 4", "× 16"];

export function factorsView({ label }) {
  const element = html("div", { class: "live-factors" });
  const svg = create("svg").attr("class", "live-svg").attr("role", "img").attr("aria-label", label);
  element.append(svg.node());
  const axis = svg.append("g").attr("class", "live-axis");
  const lines = svg.append("g");
  const arrows = svg.append("g");
  const names = svg.append("g");
  const words = svg.append("g");
  const x = scaleLog().domain([LEAST, MOST]).clamp(true);

  return {
    element,
    /** `rows` = [{ name, factor, words }], the first of them the one that the others are compared with. */
    draw(rows) {
      // Space for as many rows as there are, set before the width is read.
      const height = MARGIN.top + ROW * rows.length + MARGIN.bottom;
      element.style.height = `${height}px`;
      const width = element.clientWidth;
      svg.attr("width", width).attr("height", height);
      x.range([MARGIN.left, Math.max(MARGIN.left + 10, width - MARGIN.right)]);
      const bottom = height - MARGIN.bottom;
      const base = (k) => MARGIN.top + ROW * k + 32;
      axis.attr("transform", `translate(0,${bottom})`).call(
        axisBottom(x)
          .tickValues(TICKS)
          .tickFormat((_, k) => TICK_NAMES[k])
          .tickSize(4)
          .tickPadding(4),
      );
      const first = Math.abs(rows[0].factor);
      lines
        .selectAll("path")
        .data([
          ["live-level-one", `M${x(1)},${MARGIN.top}V${bottom}`],
          ["live-level-first", `M${x(first)},${base(0)}V${bottom}`],
        ])
        .join("path")
        .attr("class", ([name]) => name)
        .attr("d", ([, d]) => d);
      arrows
        .selectAll("path")
        .data(rows)
        .join("path")
        .attr("class", ({ factor }) => `live-factor ${Math.abs(factor) > 1 ? "live-grows" : "live-shrinks"}`)
        .attr("d", ({ factor }, k) => arrowPath([x(1), base(k)], [x(Math.abs(factor)), base(k)], 10) || `M${x(1)},${base(k) - 3}v6`);
      names
        .selectAll("text")
        .data(rows)
        .join("text")
        .attr("class", "live-name")
        .attr("x", 6)
        .attr("y", (_, k) => base(k) + 4)
        .each(function (row) {
          writeName(select(this), row.name);
        });
      words
        .selectAll("text")
        .data(rows)
        .join("text")
        .attr("class", "live-row-words")
        .attr("x", MARGIN.left)
        .attr("y", (_, k) => base(k) - 14)
        .text((row) => row.words);
    },
  };
}
