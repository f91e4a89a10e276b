// The end of one step, enlarged: where the bounce lands, the drift from there, the remainder, and the discs that bound it.
import { create } from "d3-selection";
import { html, number, uniqueId } from "./dom.js";
import { arrowPath } from "./plane.js";

const MARGIN = 1;
const [HEAD, FOOT] = [46, 30]; // room for the caption above the picture and for the scale below it

const size = (/** @type {number[]} */ [x, y]) => Math.sqrt(x * x + y * y);

export function splitStepView() {
  const id = uniqueId();
  const element = html("div", { class: "live-plane live-split" });
  const svg = create("svg").attr("class", "live-svg").attr("role", "img");
  element.append(svg.node());
  const clip = svg.append("clipPath").attr("id", id).append("rect");
  const panel = svg.append("rect").attr("class", "live-panel");
  const inner = svg.append("path").attr("class", "live-split-rule");
  const clipped = svg.append("g").attr("clip-path", `url(#${id})`);
  const discs = clipped.append("g");
  const arrows = clipped.append("g");
  const end = clipped.append("circle").attr("class", "live-split-end").attr("r", 4);
  const words = svg.append("g");
  const bar = svg.append("path").attr("class", "live-split-bar");

  return {
    element,
    /** `split` as dynamics/valley.js makes it, or null; `caption` says what it is, in two short lines. */
    draw({ split, caption, label }) {
      const [width, height] = [element.clientWidth, element.clientHeight];
      svg.attr("width", width).attr("height", height).attr("aria-label", label);
      const whole = { x: MARGIN, y: MARGIN, width: Math.max(10, width - 2 * MARGIN), height: Math.max(10, height - 2 * MARGIN) };
      const frame = { ...whole, y: HEAD, height: Math.max(10, whole.height - HEAD - FOOT) };
      for (const [rect, box] of /** @type {[any, object][]} */ ([[clip, frame], [panel, whole]])) for (const [name, value] of Object.entries(box)) rect.attr(name, value);
      inner.attr("d", `M${frame.x},${frame.y}h${frame.width}M${frame.x},${frame.y + frame.height}h${frame.width}`);
      const text = caption.map((word, k) => [12, 24 + 17 * k, word, "live-split-words"]);
      if (!split) {
        write(words, text);
        for (const group of [discs, arrows]) group.selectAll("*").remove();
        end.attr("visibility", "hidden");
        bar.attr("d", "");
        return;
      }
      // Seen in full: both arrows, and the sharp disc unless it would make them too small to see.
      const { drift, remainder, sharp, stated, bounce } = split;
      const [d, r] = [size(drift), size(remainder)];
      const half = 1.3 * (Math.max(d, r, d > 0 ? Math.min(sharp, 2.5 * d) : sharp) || 1);
      const room = Math.min(frame.width, frame.height);
      const pixels = room / (2 * half);
      const [cx, cy] = [frame.x + frame.width / 2, frame.y + frame.height / 2];
      // The picture's middle is the end of the drift, around which the discs lie.
      const at = (/** @type {number[]} */ [x, y]) => [cx + (x - drift[0]) * pixels, cy - (y - drift[1]) * pixels];
      const far = 4 * (frame.width + frame.height); // a larger circle is a frame full of disc
      discs
        .selectAll("circle")
        .data([["stated", stated], ["sharp", sharp]])
        .join("circle")
        .attr("class", ([name]) => `live-split-${name}`)
        .attr("cx", cx)
        .attr("cy", cy)
        .attr("r", ([, radius]) => Math.min(far, radius * pixels));
      const landing = at([0, 0]);
      const finish = at([drift[0] + remainder[0], drift[1] + remainder[1]]);
      const incoming = [landing[0] - Math.sign(bounce[0]) * 2 * frame.width, landing[1]];
      arrows
        .selectAll("path")
        .data([["bounce", arrowPath(incoming, landing)], ["drift", arrowPath(landing, [cx, cy])], ["remainder", arrowPath([cx, cy], finish, 7)]])
        .join("path")
        .attr("class", ([name]) => `live-arrow live-lit live-arrow-${name}`)
        .attr("d", ([, path]) => path);
      end.attr("visibility", null).attr("cx", finish[0]).attr("cy", finish[1]);
      const [from, base, unit] = [12, frame.y + frame.height + 19, roundLength((frame.width * 0.3) / pixels)];
      bar.attr("d", `M${from},${base - 4}v4h${unit * pixels}v-4`);
      write(words, [...text, [from + unit * pixels + 8, base, number(unit), "live-split-unit"]]);
    },
  };
}

function write(group, lines) {
  group
    .selectAll("text")
    .data(lines)
    .join("text")
    .attr("class", ([, , , name]) => name)
    .attr("x", ([x]) => x)
    .attr("y", ([, y]) => y)
    .text(([, , word]) => word);
}

/** The largest 1, 2 or 5 times a power of ten that is at most `length`. */
function roundLength(length) {
  const power = 10 ** Math.floor(Math.log10(length));
  return power * [5, 2, 1].find((factor) => factor * power <= length);
}
