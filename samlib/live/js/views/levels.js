// Heights for the level lines of a landscape that is not known beforehand, from a gentle bowl to a cliff.

const ACROSS = 64; // samples in each direction
const COUNT = 12;

/**
 * Levels between which the window [[x0, x1], [y0, y1]] has areas that grow evenly: in a bowl, lines at even distances. Places
 * where `value` is not a finite number do not count.
 */
export function evenLevels(value, [[x0, x1], [y0, y1]]) {
  const heights = [];
  for (let i = 0; i < ACROSS; i++) {
    for (let j = 0; j < ACROSS; j++) {
      const sample = value([x0 + ((x1 - x0) * (i + 0.5)) / ACROSS, y0 + ((y1 - y0) * (j + 0.5)) / ACROSS]);
      if (Number.isFinite(sample)) heights.push(sample);
    }
  }
  const sorted = Float64Array.from(heights).sort();
  const levels = Array.from({ length: COUNT - 1 }, (_, k) => sorted[Math.round((sorted.length - 1) * ((k + 1) / COUNT) ** 2)]);
  return [...new Set(levels)].filter((level) => level !== undefined && level > sorted[0]);
}
