// Computes maps of regimes beside the page's own work: in a worker, or in short slices where there is none.
import { refine, regimes } from "../dynamics/regimes.js";

/**
 * `emit(chart, by)` hears of each stage of the last task that was started, `by` being "worker" or "page"; of the first one twice, if the
 * worker is still starting.
 *
 * The worker runs the text of `regimes` from a blob: a script file of its own would be refused where the page was opened from a disk.
 * The page's policy has to admit it (`worker-src blob:`); one that does not gets its maps from the page itself.
 * @param {(chart: import("../dynamics/regimes.js").Chart, by: string) => void} emit
 */
export function mapper(emit) {
  let current = 0;
  /** @type {import("../dynamics/regimes.js").Task | null} */
  let task = null;
  /** @type {Worker | null} */
  let worker = null;
  let awake = false;

  /** Computes stages of the present task here: half of a frame at most, then it is the page's own turn. */
  function here(stages, needed = () => true) {
    const id = current;
    const alive = () => id === current && needed();
    refine({ ...task, stages }, { budget: 7, alive, emit: (chart) => emit(chart, "page"), later: (next) => setTimeout(next, 0) });
  }

  function withoutWorker() {
    worker?.terminate();
    worker = null;
    if (task) here(task.stages);
  }

  try {
    const address = URL.createObjectURL(new Blob([`"use strict";(${regimes})().serve(self);`], { type: "text/javascript" }));
    worker = new Worker(address);
    worker.onmessage = ({ data: { id, ...chart } }) => {
      URL.revokeObjectURL(address);
      awake = true;
      if (id === current) emit(chart, "worker");
    };
    worker.onerror = (event) => {
      event.preventDefault();
      withoutWorker();
    };
  } catch {
    worker = null;
  }

  return {
    /** Computes this map; whatever is under way for another one is given up. */
    start(/** @type {import("../dynamics/regimes.js").Task} */ wanted) {
      [task, current] = [wanted, current + 1];
      if (!worker) return withoutWorker();
      worker.postMessage({ id: current, task });
      // A worker needs a while to start; the first picture does not wait for it.
      if (!awake) here(task.stages.slice(0, 1), () => !awake);
    },
    close() {
      current++;
      worker?.terminate();
    },
  };
}
