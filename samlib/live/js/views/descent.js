// A quantity that falls step by step under a line that bounds it, with levels, a band and two moments marked.

/**
 * A `draw` for a strip (see strips.js). `data.values` fall; `data.bound` = [[t, value], …] is joined by a line; `data.levels` are
 * horizontal lines [class, value]; `data.band` = [low, high] or null; `data.moments` are vertical lines [class, t];
 * `data.breaches` are steps whose value is marked as one that should have been lower.
 */
export function drawDescent(body, { x, y, t, data, panel }) {
  const [low, high] = y.domain();
  const level = (value) => y(Math.min(high, Math.max(low, value)));
  const dots = data.values.map((value, s) => (value >= low && value <= high ? [x(s), y(value)] : null));
  const join = (from, to) => {
    let d = "";
    for (let s = from; s <= to; s++) if (dots[s]) d += `${s > from && dots[s - 1] ? "L" : "M"}${dots[s][0].toFixed(1)},${dots[s][1].toFixed(1)}`;
    return d;
  };
  const points = (to) => dots.slice(0, to + 1).map((p) => (p ? `M${p[0].toFixed(1)},${p[1].toFixed(1)}h0` : "")).join("");
  const few = panel.width / data.values.length > 5;
  const band = data.band ? `M${panel.x},${level(data.band[0])}h${panel.width}V${level(data.band[1])}h${-panel.width}Z` : "";
  const right = panel.x + panel.width;
  const drawn = [
    ["band", band],
    ...data.levels.map(([name, value]) => [name, value >= low && value <= high ? `M${panel.x},${y(value)}H${right}` : ""]),
    ...data.moments.map(([name, s]) => [name, x(s) <= right ? `M${x(s)},${panel.y}v${panel.height}` : ""]),
    ["bound", data.bound.map(([s, value], k) => `${k ? "L" : "M"}${x(s)},${y(value)}`).join("")],
    ["later-line", join(t, data.values.length - 1)],
    ["curve", join(0, t)],
    ["curve-dots", few ? points(t) : ""],
    ["breach", data.breaches.filter((s) => dots[s]).map((s) => `M${dots[s][0].toFixed(1)},${dots[s][1].toFixed(1)}h0`).join("")],
    ["curve-now", dots[t] ? `M${dots[t][0]},${dots[t][1]}h0` : ""],
  ];
  body.selectAll("path").data(drawn).join("path").attr("class", ([name]) => `live-${name}`).attr("d", ([, d]) => d);
}
