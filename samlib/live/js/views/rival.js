// Two runs side by side: SAM's in its own colour, and one to compare it with, dashed.

/** The rival's path (pixels) into the d3 group `layer`: joined inside the frame, and dotted, up to step `t`. */
export function drawRival(layer, points, t, frame) {
  const past = points.slice(0, t + 1);
  const inside = ([x, y]) => x >= frame.left - 1 && x <= frame.left + frame.width + 1 && y >= frame.top - 1 && y <= frame.top + frame.height + 1;
  const place = ([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`;
  const line = past.map((p, s) => (inside(p) ? `${s && inside(past[s - 1]) ? "L" : "M"}${place(p)}` : "")).join("");
  const dots = past.filter(inside).map((p) => `M${place(p)}h0`).join("");
  layer
    .selectAll("path")
    .data([["line", line], ["dots", dots]])
    .join("path")
    .attr("class", ([name]) => `live-rival-${name}`)
    .attr("d", ([, d]) => d);
}

/** A strip with the values of both runs, `values` and `rival`, over their steps; numbers outside the domain are left out. */
export function drawBoth(body, { x, y, t, data }) {
  const [low, high] = y.domain();
  const visible = (v) => v >= low && v <= high;
  const curve = (values, from, to) => {
    let d = "";
    for (let s = from; s <= Math.min(to, values.length - 1); s++) {
      if (visible(values[s])) d += `${s > from && visible(values[s - 1]) ? "L" : "M"}${x(s).toFixed(1)},${y(values[s]).toFixed(1)}`;
    }
    return d;
  };
  const now = (values) => (visible(values[t]) ? `M${x(t)},${y(values[t])}h0` : "");
  const parts = [
    ["rival-later", curve(data.rival, t, Infinity)],
    ["later-line", curve(data.values, t, Infinity)],
    ["rival-curve", curve(data.rival, 0, t)],
    ["curve", curve(data.values, 0, t)],
    ["rival-now", now(data.rival)],
    ["curve-now", now(data.values)],
  ];
  body.selectAll("path").data(parts).join("path").attr("class", ([name]) => `live-${name}`).attr("d", ([, d]) => d);
}

/** A domain for a strip that holds the finite ones of the values and a little more, or much more than one value; [0, 1] for none. */
export function domainOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (!Number.isFinite(v)) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (low > high) return [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  // What differs by rounding alone is drawn as one value.
  const room = high - low > 1e-4 * size ? 0.06 * (high - low) : 0.5 * size || 1;
  return [low - room, high + room];
}
