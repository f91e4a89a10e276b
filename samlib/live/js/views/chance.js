// A chance that grows with a width, both on logarithmic scales: the share measured, the linear law, and the width chosen.
import { axisBottom, axisLeft } from "d3-axis";
import { scaleLog } from "d3-scale";
import { create, pointer } from "d3-selection";
import { html, number, powerOfTen, uniqueId } from "./dom.js";

const MARGIN = { top: 6, right: 10, bottom: 46, left: 46 };
const POINTS = 60;

/** `choose(width)` hears the width the reader points at; `range` is that of the widths. */
export function chanceView({ label, range, choose }) {
  const id = uniqueId();
  const element = html("div", { class: "live-chance" });
  const svg = create("svg").attr("class", "live-svg").attr("role", "img").attr("aria-label", label);
  element.append(svg.node());
  const clip = svg.append("clipPath").attr("id", id).append("rect");
  const frame = svg.append("rect").attr("class", "live-panel");
  const body = svg.append("g").attr("clip-path", `url(#${id})`);
  const bottom = svg.append("g").attr("class", "live-axis");
  const left = svg.append("g").attr("class", "live-axis");
  const nameX = svg.append("text").attr("class", "live-name").attr("text-anchor", "end");
  const nameY = svg.append("text").attr("class", "live-name").attr("text-anchor", "end");
  const x = scaleLog().domain([range.min, 1]).clamp(true);
  const y = scaleLog().domain([1e-4, 1]).clamp(true);
  svg.on("click", (event) => {
    const step = range.step;
    const width = Math.round(x.invert(pointer(event)[0]) / step) * step;
    choose(Number(Math.min(range.max, Math.max(range.min, width)).toFixed(6)));
  });

  return {
    element,
    /** `share(width)` is the measured chance; `law(width)` the linear one, NaN for none; `edge` the width at which the ring meets the ball. */
    draw({ width: chosen, share, law, edge, names }) {
      const [width, height] = [element.clientWidth, element.clientHeight];
      svg.attr("width", width).attr("height", height);
      const panel = {
        x: MARGIN.left,
        y: MARGIN.top,
        width: Math.max(10, width - MARGIN.left - MARGIN.right),
        height: Math.max(10, height - MARGIN.top - MARGIN.bottom),
      };
      for (const rect of [clip, frame]) for (const [name, value] of Object.entries(panel)) rect.attr(name, value);
      x.range([panel.x, panel.x + panel.width]);
      y.range([panel.y + panel.height, panel.y]);
      bottom
        .attr("transform", `translate(0,${panel.y + panel.height})`)
        .call(axisBottom(x).tickValues([0.001, 0.01, 0.1, 1]).tickFormat((/** @type {any} */ v) => number(v)).tickSize(4).tickPadding(4));
      left.attr("transform", `translate(${panel.x},0)`).call(
        axisLeft(y)
          .tickValues([1e-4, 1e-3, 1e-2, 0.1, 1])
          .tickFormat((/** @type {any} */ v) => (v < 1e-2 ? powerOfTen(Math.round(Math.log10(v))) : number(v)))
          .tickSize(4)
          .tickPadding(3),
      );
      nameX.attr("x", panel.x + panel.width).attr("y", height - 4).text(names[0]);
      nameY.attr("x", panel.x + panel.width - 8).attr("y", panel.y + panel.height - 8).text(names[1]);

      const drawn = [];
      if (share) {
        const [low, high] = x.domain();
        const widths = Array.from({ length: POINTS + 1 }, (_, k) => low * (high / low) ** (k / POINTS));
        const seen = widths.filter((w) => share(w) > 0);
        const measured = seen.map((w, k) => `${k ? "L" : "M"}${x(w).toFixed(1)},${y(share(w)).toFixed(1)}`).join("");
        // The law is drawn up to the chance 1, which it passes.
        const [from, to] = Number.isFinite(law(1)) ? [Math.max(low, 1e-4 / law(1)), Math.min(high, 1 / law(1))] : [1, 0];
        drawn.push(
          ["chance-edge", edge < high ? `M${x(edge)},${panel.y}v${panel.height}` : ""],
          ["chance-law", from < to ? `M${x(from)},${y(law(from))}L${x(to)},${y(law(to))}` : ""],
          ["chance-width", `M${x(chosen)},${panel.y}v${panel.height}`],
          ["chance-curve", measured],
          ["chance-now", share(chosen) > 0 ? `M${x(chosen)},${y(share(chosen))}h0` : ""],
        );
      }
      body.selectAll("path").data(drawn).join("path").attr("class", ([name]) => `live-${name}`).attr("d", ([, d]) => d);
    },
  };
}
