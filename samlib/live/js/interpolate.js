// Stands in for d3-interpolate, of which d3-scale's linear and log scales use numbers alone; the whole of it, with d3-color,
// would add a fifth to every bundle.
export const interpolateNumber = (a, b) => ((a = +a), (b = +b), (t) => a * (1 - t) + b * t);
export const interpolateRound = (a, b) => ((a = +a), (b = +b), (t) => Math.round(a * (1 - t) + b * t));
export const interpolate = interpolateNumber;

/** Only d3's diverging scales call this. */
export function piecewise() {
  throw new Error("piecewise interpolation is not bundled; remove the d3-interpolate alias in build.mjs to use it");
}
