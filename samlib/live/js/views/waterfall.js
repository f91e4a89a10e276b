// A staircase of falling levels; beside each measured fall, the same fall as predicted, in two stacked parts.

/**
 * A `draw` for a strip (see strips.js). `data.values` are the levels, `data.parts[t]` = [first, second] the predicted
 * parts of the fall from level t to level t + 1; the bars share the strip's own scale, so their ends can be compared.
 */
export function drawWaterfall(body, { x, y, t, data, steps }) {
  const { values, parts } = data;
  const band = x(1) - x(0);
  const width = Math.max(1, Math.min(9, band * 0.36));
  const [floor] = y.domain();
  const level = (v) => y(Math.max(v, floor));
  const bar = (left, from, to) => (level(to) - level(from) > 0.05 ? `M${left},${level(from)}h${width}V${level(to)}h${-width}Z` : "");
  const d = { first: "", second: "", measured: "" };
  let stairs = "";
  for (let s = 0; s <= steps; s++) {
    // The fall from s to s + 1 stands in the middle between the two.
    const edge = x(s) + (s === 0 ? 0 : -band / 2);
    stairs += `${s ? "V" : `M${edge},`}${level(values[s])}H${Math.min(x(s) + band / 2, x(steps))}`;
    if (s === steps) break;
    const middle = x(s) + band / 2;
    const between = values[s] - parts[s][0];
    d.first += bar(middle - width, values[s], between);
    d.second += bar(middle - width, between, between - parts[s][1]);
    d.measured += bar(middle, values[s], values[s + 1]);
  }
  const current = t < steps ? `M${x(t) + band / 2 - width - 2},${level(values[t]) - 2}h${2 * width + 4}V${level(values[t + 1]) + 2}h${-2 * width - 4}Z` : "";
  const drawn = [
    ["stairs", stairs],
    ["fall-measured", d.measured],
    ["fall-first", d.first],
    ["fall-second", d.second],
    ["fall-current", current],
    ["curve-now", `M${x(t)},${level(values[t])}h0`],
  ];
  body.selectAll("path").data(drawn).join("path").attr("class", ([name]) => `live-${name}`).attr("d", ([, path]) => path);
}
