// The way from w_t to u_t = (−1)ᵗ w_t: every other iterate makes half a turn about the origin.

/**
 * The points at `progress` (0: w_t, 1: u_t) of the turn. `stretch` is the window's height over its width, so that a turn
 * looks round also where the axes have unequal scales.
 */
export function turned(path, progress, stretch = 1) {
  if (progress === 0) return path;
  // Exactly −w at the end, where cosine and sine would leave dust.
  const [c, s] = progress === 1 ? [-1, 0] : [Math.cos(Math.PI * progress), Math.sin(Math.PI * progress)];
  return path.map((w, t) => (t % 2 ? [w[0] * c - (w[1] * s) / stretch, w[0] * s * stretch + w[1] * c] : w));
}
