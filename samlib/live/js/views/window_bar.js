// A range of values in which something holds, as a bar from 0, and where the present value is; it lights up when it is left.
import { scaleLinear } from "d3-scale";
import { create } from "d3-selection";
import { html } from "./dom.js";

const MARGIN = 10;
const [TOP, THICK] = [20, 12];

export function windowBarView() {
  const element = html("div", { class: "live-window" });
  const svg = create("svg").attr("class", "live-svg").attr("role", "img");
  element.append(svg.node());
  const whole = svg.append("rect").attr("class", "live-window-whole");
  const holds = svg.append("rect").attr("class", "live-window-holds");
  const ticks = svg.append("path").attr("class", "live-window-tick");
  const knob = svg.append("path").attr("class", "live-window-now");
  const words = svg.append("text").attr("class", "live-window-words").attr("x", MARGIN).attr("y", 13);
  const x = scaleLinear();

  return {
    element,
    /**
     * It holds from 0 to `limit` (which may be infinite); `tick` is a value to compare, `lost` lights the bar. Of `texts`, from long
     * to short, the first that fits is written.
     */
    draw({ value, limit, tick, lost, texts, label }) {
      const width = element.clientWidth;
      const known = [limit, tick].filter(Number.isFinite);
      x.domain([0, 1.2 * Math.max(value, ...known.map((each) => Math.min(each, 4 * value)))]).range([MARGIN, Math.max(MARGIN + 10, width - MARGIN)]);
      const [from, to] = x.range();
      const place = (v) => (v === Infinity ? to : Math.min(to, x(v)));
      svg.attr("width", width).attr("height", element.clientHeight).attr("aria-label", label);
      element.classList.toggle("live-lit", lost);
      whole.attr("x", from).attr("y", TOP).attr("width", to - from).attr("height", THICK);
      holds.attr("x", from).attr("y", TOP).attr("width", limit > 0 ? place(limit) - from : 0).attr("height", THICK);
      ticks.attr("d", Number.isFinite(tick) && tick <= x.domain()[1] ? `M${x(tick)},${TOP - 3}v${THICK + 6}` : "");
      const at = x(value);
      knob.attr("d", `M${at},${TOP - 4}v${THICK + 8}`);
      for (const text of texts) if (words.text(text).node().getComputedTextLength() <= width - 2 * MARGIN) break;
    },
  };
}
