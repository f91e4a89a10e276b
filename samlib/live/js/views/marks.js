// A strip of values of two kinds: dots where something holds, crosses where it does not; so no reader depends on colour.

/**
 * A `draw` for a strip (see strips.js). `data.marked[t]` says whether value t gets a cross; `data.references` = [[value, name]]
 * are level lines with their names. Values that the scale does not have are left out.
 */
export function drawMarks(body, { x, y, t, data, panel }) {
  const { values, marked, references = [] } = data;
  const [low, high] = y.domain();
  const visible = (s) => values[s] >= low && values[s] <= high;
  const few = panel.width / values.length > 4;
  const size = few ? 3.2 : 2;
  const parts = { "later-line": "", line: "", kept: "", lost: "", "later-kept": "", "later-lost": "" };
  for (let s = 0; s < values.length; s++) {
    if (!visible(s)) continue;
    const [px, py] = [x(s).toFixed(1), y(values[s]).toFixed(1)];
    parts[s > t ? "later-line" : "line"] += `${s && visible(s - 1) && s !== t + 1 ? "L" : "M"}${px},${py}`;
    const mark = marked[s] ? `M${px - size},${py - size}l${2 * size},${2 * size}m0,${-2 * size}l${-2 * size},${2 * size}` : `M${px},${py}h0`;
    parts[`${s > t ? "later-" : ""}${marked[s] ? "lost" : "kept"}`] += mark;
  }
  const current = visible(t) ? `M${x(t)},${y(values[t])}h0` : "";
  const lines = references.filter(([value]) => value >= low && value <= high);
  const drawn = [
    ...lines.map(([value]) => ["reference", `M${panel.x},${y(value)}h${panel.width}`]),
    ["marks-now", current],
    ...Object.entries(parts).map(([name, d]) => [`marks-${name}`, d]),
  ];
  body.selectAll("path").data(drawn).join("path").attr("class", ([name]) => `live-${name}`).attr("d", ([, d]) => d).style("stroke-width", ([name]) => (name.endsWith("kept") ? `${few ? 6 : 4}px` : null));
  body
    .selectAll("text")
    .data(lines)
    .join((enter) => enter.insert("text", "path")) // behind the dots
    .attr("class", "live-level-name")
    .attr("x", panel.x + 5)
    .attr("y", ([value]) => y(value) - 4)
    .text(([, name]) => name);
}
