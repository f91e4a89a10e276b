// Time: motion that eases to a target, and the clock behind play.

/** Whether the reader prefers reduced motion. */
export const reduced = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const smooth = (p) => p * p * (3 - 2 * p);

/**
 * A number on its way to a target. `at(target)` is its value now; while it is under way `redraw` is asked for again.
 * `geometric` moves by equal factors (a zoom) rather than by equal amounts. Readers who prefer reduced motion get jumps.
 */
export function easing(redraw, { milliseconds = 450, geometric = false } = {}) {
  const into = geometric ? Math.log : (x) => x;
  const outOf = geometric ? Math.exp : (x) => x;
  let from, to, began;
  const now = () => (from === to ? to : from + (to - from) * smooth(Math.min(1, (performance.now() - began) / milliseconds)));
  return {
    at(target) {
      const goal = into(target);
      if (to === undefined || reduced()) from = to = goal;
      else if (goal !== to) {
        from = now();
        to = goal;
        began = performance.now();
      }
      if (from !== to) {
        if (performance.now() - began >= milliseconds) from = to;
        else redraw();
      }
      return from === to ? target : outOf(now());
    },
    /** Jump: the next target is shown at once. */
    reset() {
      to = undefined;
    },
  };
}

/** Calls `tick` every `interval()` milliseconds until it returns false or `stop` is called; `changed` hears of both. */
export function clock(tick, interval, changed) {
  let timer = null;
  function stop() {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    changed(false);
  }
  function beat() {
    timer = setTimeout(beat, interval());
    if (tick() === false) stop();
  }
  function start() {
    if (timer !== null) return;
    timer = setTimeout(beat, 0);
    changed(true);
  }
  return {
    start,
    stop,
    toggle: () => (timer === null ? start() : stop()),
    get running() {
      return timer !== null;
    },
  };
}
