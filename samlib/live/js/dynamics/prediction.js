// What a reader's prediction is measured against: where SAM ends on a quadratic, in which regime, and how far off the guess is.
import { flipSigns, gradient, norm, samPath } from "./sam.js";
import { distanceToCycle, quadraticSAM } from "./theory.js";

const NEAR = 0.25; // of its distance from the minimum: so close a point counts as at a critical point of J

/** How far a guess is from the end, in all and as a share of `scale`; the share is NaN for a scale of 0. */
export function residual(guess, end, scale) {
  const distance = norm(guess.map((x, i) => x - end[i]));
  return { distance, share: scale > 0 ? distance / scale : NaN };
}

/** Where a point is: "rest" (the minimum of the loss), near a "minimum" or "saddle" of J, else "outside" or "inside" of ‖Λw‖ ≤ b. */
export function zone(eigenvalues, theory, w) {
  const length = norm(gradient(eigenvalues, w));
  if (length === 0) return "rest";
  for (const { axes, radius, kind } of theory.criticalPoints()) {
    const off = norm(w.map((x, i) => (axes.includes(i) ? 0 : x)));
    const on = norm(w.map((x, i) => (axes.includes(i) ? x : 0)));
    if (norm([off, on - radius]) <= NEAR * radius) return kind;
  }
  return length > theory.ball ? "outside" : "inside";
}

/** Which statement speaks of a run that is in `place`, as far as its hypotheses hold: a key of the figure's `statements`. */
export function reason(eigenvalues, eta, place) {
  const [top, second] = eigenvalues;
  if (place === "minimum" && top > second) return eta * top < 0.5 ? "cycle" : "larger";
  if (place === "minimum" || place === "saddle") return "critical";
  if (place === "outside" && eta * (top + second) <= 1) return "outside";
  if (place === "inside" && eta * top <= 1) return "inside";
  return place === "rest" ? "" : "descent";
}

/** The end of SAM's run of `steps` steps, or with `flipped` of the sign-flipped one, and what a guess of it is worth. */
export function judge({ eigenvalues, eta, rho, start, steps, flipped }, guess) {
  const theory = quadraticSAM(eigenvalues, eta, rho);
  const path = samPath(eigenvalues, eta, rho, start, steps);
  const end = (flipped ? flipSigns(path) : path)[steps];
  const [place, guessed] = [zone(eigenvalues, theory, end), zone(eigenvalues, theory, guess)];
  // On the circle of minima of equal eigenvalues there are no two ends to mistake for each other.
  const opposite = place === guessed && distanceToCycle(guess, end) < norm(guess.map((x, i) => x - end[i]));
  return { end, place, guessed, opposite, ...residual(guess, end, theory.amplitude), reason: reason(eigenvalues, eta, place) };
}
