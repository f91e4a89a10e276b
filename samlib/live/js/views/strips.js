// Time strips: several quantities over the same steps t, one above the other, with the current step marked.
import { axisBottom, axisLeft } from "d3-axis";
import { scaleLinear, scaleLog } from "d3-scale";
import { create, pointer } from "d3-selection";
import { html, number, powerOfTen, uniqueId } from "./dom.js";
import { writeName } from "./plane.js";

const MARGIN = { top: 4, right: 10, bottom: 34, left: 46 };
const GAP = 12;

/**
 * `strips` = [{ share, draw }]: `share` weighs a strip's height; a strip may bring its own `draw` in place of the line.
 * `seek(t)` hears which step the reader points at.
 */
export function stripsView({ strips, seek, label }) {
  const id = uniqueId();
  const element = html("div", { class: "live-strips" });
  const svg = create("svg").attr("class", "live-svg").attr("role", "img").attr("aria-label", label);
  element.append(svg.node());
  const x = scaleLinear();
  const rows = strips.map((strip, k) => {
    const group = svg.append("g");
    const clip = group.append("clipPath").attr("id", `${id}-${k}`).append("rect");
    const frame = group.append("rect").attr("class", "live-panel");
    const axis = group.append("g").attr("class", "live-axis");
    const body = group.append("g").attr("clip-path", `url(#${id}-${k})`);
    return { ...strip, clip, frame, axis, body, text: group.append("text").attr("class", "live-name"), linear: scaleLinear(), log: scaleLog() };
  });
  const time = svg.append("g").attr("class", "live-axis");
  const timeName = svg.append("text").attr("class", "live-name").attr("text-anchor", "end");
  const marker = svg.append("path").attr("class", "live-marker");
  svg.on("click", (event) => seek(Math.round(x.invert(pointer(event)[0]))));

  /**
   * `data[k]` = { values, domain, log, reference, name, headroom } (see writeName) for strip k, `headroom` being pixels kept free for
   * the name; `unit` names what runs from 0 to `steps`.
   */
  function draw({ data, t, steps, unit = ["t", ""] }) {
    const width = element.clientWidth;
    const height = element.clientHeight;
    svg.attr("width", width).attr("height", height);
    x.domain([0, steps]).range([MARGIN.left + 4, width - MARGIN.right - 4]);
    const total = rows.reduce((sum, row) => sum + (row.share ?? 1), 0);
    const free = height - MARGIN.top - MARGIN.bottom - GAP * (rows.length - 1);
    let top = MARGIN.top;
    rows.forEach((row, k) => {
      const rowHeight = Math.max(10, (free * (row.share ?? 1)) / total);
      const panel = { x: MARGIN.left, y: top, width: Math.max(10, width - MARGIN.left - MARGIN.right), height: rowHeight };
      for (const rect of [row.clip, row.frame]) {
        for (const [name, value] of Object.entries(panel)) rect.attr(name, value);
      }
      const y = data[k].log ? row.log : row.linear;
      y.domain(data[k].domain).range([top + rowHeight - 5, top + 5 + (data[k].headroom ?? 0)]);
      row.axis.attr("transform", `translate(${MARGIN.left},0)`).call(valueAxis(y, data[k].log, rowHeight));
      writeName(row.text.attr("x", width - MARGIN.right - 6).attr("text-anchor", "end").attr("y", top + 15), data[k].name);
      (row.draw ?? drawLine)(row.body, { x, y, t, data: data[k], steps, panel });
      top += rowHeight + GAP;
    });
    time
      .attr("transform", `translate(0,${height - MARGIN.bottom})`)
      .call(axisBottom(x).ticks(Math.min(steps, width / 60)).tickFormat((s) => (Number.isInteger(s) ? String(s) : "")).tickSize(4).tickPadding(4));
    writeName(timeName.attr("x", width - MARGIN.right).attr("y", height - 2), unit);
    marker.attr("d", `M${x(t)},${MARGIN.top}V${height - MARGIN.bottom}`);
  }
  return { element, draw };
}

function valueAxis(y, log, height) {
  const axis = axisLeft(y).tickSize(4).tickPadding(3);
  const count = Math.max(3, Math.floor(height / 28));
  if (!log) {
    const size = Math.max(...y.domain().map(Math.abs));
    return size >= 1e5 || size < 1e-3 ? axis.ticks(count).tickFormat((value) => number(value)) : axis.ticks(count);
  }
  return axis.tickValues(powersWithin(y.domain(), count)).tickFormat(tickOfPower);
}

/** At most about `count` powers of ten within a domain, evenly spaced on a log scale. */
export function powersWithin(domain, count) {
  const [low, high] = domain.map(Math.log10).sort((a, b) => a - b);
  const every = Math.max(1, Math.ceil((high - low) / count));
  const powers = [];
  for (let k = Math.ceil(low / every) * every; k <= high; k += every) powers.push(10 ** k);
  return powers;
}

/** A power of ten as a tick's text. */
export function tickOfPower(value) {
  const k = Math.round(Math.log10(value));
  return k >= -2 && k <= 3 ? number(10 ** k) : powerOfTen(k);
}

function drawLine(body, { x, y, t, data, panel }) {
  const [low, high] = y.domain();
  const shown = data.values.map((v, s) => [x(s), y(v)]);
  const visible = (s) => data.values[s] >= low && data.values[s] <= high;
  const path = (from, to) => {
    let d = "";
    for (let s = from; s <= to; s++) {
      if (visible(s)) d += `${d && visible(s - 1) ? "L" : "M"}${shown[s][0].toFixed(1)},${shown[s][1].toFixed(1)}`;
    }
    return d;
  };
  const dots = (to) => shown.slice(0, to + 1).filter((_, s) => visible(s)).map((p) => `M${p[0].toFixed(1)},${p[1].toFixed(1)}h0`).join("");
  const last = data.values.length - 1;
  const few = panel.width / data.values.length > 5;
  const parts = [
    ...(data.reference ?? []).map((v) => ["reference", `M${panel.x},${y(v)}h${panel.width}`]),
    ["later-line", path(t, last)],
    ["curve", path(0, t)],
    ["curve-dots", few ? dots(t) : ""],
    ["curve-now", visible(t) ? `M${shown[t][0]},${shown[t][1]}h0` : ""],
  ];
  body.selectAll("path").data(parts).join("path").attr("class", ([name]) => `live-${name}`).attr("d", ([, d]) => d);
}

/** The smallest domain that holds the positive values, widened a little, and cut `decades` below the largest. */
export function logDomain(values, decades = 14) {
  let [low, high] = [Infinity, 0];
  for (const v of values) {
    if (v > high) high = v;
    if (v > 0 && v < low) low = v;
  }
  if (high === 0) return [0.1, 1];
  low = Math.max(low, high * 10 ** -decades);
  return [low / 1.6, high * 1.6];
}
