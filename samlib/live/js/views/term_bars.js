// A sum taken apart: one bar per term, each beginning where the one before it ends, and the whole below.
import { axisBottom } from "d3-axis";
import { scaleLinear } from "d3-scale";
import { create } from "d3-selection";
import { html, number } from "./dom.js";

const MARGIN = { top: 4, right: 10, bottom: 34, left: 10 };

/** `rows` = { name: words } in the order of the terms; `total` and `beside` are the words of the sum and of a value to compare. */
export function termBarsView({ rows, total, beside, label }) {
  const names = Object.keys(rows);
  const element = html("div", { class: "live-strips live-terms" });
  const svg = create("svg").attr("class", "live-svg").attr("role", "img").attr("aria-label", label);
  element.append(svg.node());
  const zero = svg.append("path").attr("class", "live-zero");
  const bars = svg.append("g").attr("class", "live-term-bars");
  const words = svg.append("g");
  const axis = svg.append("g").attr("class", "live-axis");
  const x = scaleLinear();

  return {
    element,
    /** `terms` = { name: value }; infinite ones leave the rows without bars. */
    draw(terms, sum, other) {
      const [width, height] = [element.clientWidth, element.clientHeight];
      svg.attr("width", width).attr("height", height);
      const drawable = Number.isFinite(sum);
      let end = 0;
      const parts = names.map((name) => {
        const from = end;
        if (drawable) end += terms[name];
        return { text: rows[name], value: terms[name], from, to: end, kind: terms[name] < 0 ? "minus" : "plus" };
      });
      parts.push({ text: total, value: sum, from: 0, to: drawable ? sum : 0, kind: "total" });
      parts.push({ text: beside, value: other, from: 0, to: drawable && Number.isFinite(other) ? other : 0, kind: "total" });
      const places = parts.flatMap(({ from, to }) => [from, to]);
      x.domain([Math.min(0, ...places), Math.max(1e-9, ...places)]).range([MARGIN.left, Math.max(MARGIN.left + 10, width - MARGIN.right)]);
      const row = (height - MARGIN.top - MARGIN.bottom) / parts.length;
      const top = (k) => MARGIN.top + k * row;
      const thick = Math.max(4, Math.min(14, row - 22));
      bars
        .selectAll("rect")
        .data(parts)
        .join("rect")
        .attr("class", ({ kind }) => `live-term-${kind}`)
        .attr("x", ({ from, to }) => x(Math.min(from, to)))
        .attr("y", (_, k) => top(k) + 18)
        .attr("width", ({ from, to }) => (drawable ? Math.max(1.5, Math.abs(x(to) - x(from))) : 0))
        .attr("height", thick);
      words
        .selectAll("text")
        .data(parts)
        .join("text")
        .attr("class", "live-term-words")
        .attr("x", MARGIN.left)
        .attr("y", (_, k) => top(k) + 13)
        .text(({ text, value }) => `${text}: ${value === Infinity ? "∞" : number(value)}`);
      zero.attr("d", drawable ? `M${x(0)},${MARGIN.top}V${height - MARGIN.bottom}` : "");
      axis
        .attr("transform", `translate(0,${height - MARGIN.bottom})`)
        .attr("visibility", drawable ? null : "hidden")
        .call(axisBottom(x).ticks(Math.max(2, width / 110)).tickFormat((value) => number(value)).tickSize(4).tickPadding(4));
    },
  };
}
