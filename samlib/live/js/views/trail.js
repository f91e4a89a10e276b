// A path of iterates: dots coloured from early to late, joined by a thin line.

const SHADES = 12;

/**
 * Draws `points` (pixels) into the d3 group `layer`. Dots up to `t` have their shade, later ones are faint; the dot of
 * iterate `t` is ringed. Dots of one shade share one path element, so that 500 of them cost 12 elements. Only dots inside
 * `frame` are joined: in a close view, lines that come from far away and go there would say nothing.
 */
export function drawTrail(layer, points, t, frame) {
  const last = points.length - 1;
  const inside = ([x, y]) =>
    x >= frame.left - 1 && x <= frame.left + frame.width + 1 && y >= frame.top - 1 && y <= frame.top + frame.height + 1;
  const line = (part) =>
    part.map((p, s) => (inside(p) ? `${s && inside(part[s - 1]) ? "L" : "M"}${p[0].toFixed(1)},${p[1].toFixed(1)}` : "")).join("");
  const dot = ([x, y]) => `M${x.toFixed(1)},${y.toFixed(1)}h0`;
  const past = points.slice(0, t + 1);
  const width = Math.max(4, 8 - points.length / 40);

  const shades = Array.from({ length: SHADES }, () => "");
  past.forEach((p, s) => {
    shades[Math.min(SHADES - 1, Math.floor((SHADES * s) / Math.max(1, last)))] += dot(p);
  });
  const parts = [
    { name: "later-line", d: line(points.slice(t)) },
    { name: "later-dots", d: points.slice(t + 1).map(dot).join(""), width },
    { name: "line", d: line(past) },
    { name: "halo", d: past.map(dot).join(""), width: width + 2 },
    ...shades.map((d, k) => ({ name: "dots", d, width, share: k / (SHADES - 1) })),
  ];
  layer
    .selectAll("path")
    .data(parts)
    .join("path")
    .attr("class", (part) => `live-trail-${part.name}`)
    .attr("d", (part) => part.d)
    .style("stroke-width", (part) => part.width ?? null)
    .style("--share", (part) => (part.share === undefined ? null : `${Math.round(100 * part.share)}%`));
  layer
    .selectAll("circle")
    .data([points[t]])
    .join("circle")
    .attr("class", "live-now")
    .attr("r", width / 2 + 4)
    .attr("cx", (p) => p[0])
    .attr("cy", (p) => p[1]);
}
