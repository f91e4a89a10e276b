// A strip of measured values with a predicted curve over it.

/** A `draw` for a strip (see strips.js): `data.values` are measured, `data.predicted` is dashed; NaN in either is a gap. */
export function drawFollowed(body, { x, y, t, data }) {
  const [low, high] = y.domain();
  const line = (values, from, to) => {
    let d = "";
    let pen = false;
    for (let s = from; s <= to; s++) {
      const visible = values[s] >= low && values[s] <= high;
      if (visible) d += `${pen ? "L" : "M"}${x(s).toFixed(1)},${y(values[s]).toFixed(1)}`;
      pen = visible;
    }
    return d;
  };
  const { values, predicted } = data;
  const last = values.length - 1;
  const parts = [
    ["later-line", line(values, t, last)],
    ["curve", line(values, 0, t)],
    ["followed", line(predicted, 0, last)],
    ["curve-now", values[t] >= low && values[t] <= high ? `M${x(t)},${y(values[t])}h0` : ""],
  ];
  body.selectAll("path").data(parts).join("path").attr("class", ([name]) => `live-${name}`).attr("d", ([, d]) => d);
}

/** The range of the finite values, widened a little. */
export function domainOf(values, share = 0.06) {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const margin = share * (high - low) || 0.05 * Math.abs(high) || 0.05;
  return [low - margin, high + margin];
}
