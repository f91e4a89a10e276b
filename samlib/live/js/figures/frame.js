// What every figure has: its root, its keys, one redraw per animation frame, its size, and a way to take it all down.
import { html } from "../views/dom.js";

/**
 * Builds the root element in `el`. `draw` is called at most once a frame after `redraw()`, and whenever the figure's size
 * changes; `keys` maps a key to what it does; `close` undoes everything, the callbacks given to `onClose` included.
 * After each drawing the root sends a `live:drawn` event with the milliseconds it took.
 */
export function figureFrame({ el, kind, label, keys, draw }) {
  const root = html("figure", {
    class: "live-figure",
    "data-kind": kind,
    "aria-label": label,
    // JupyterLab would otherwise take the arrow keys and the letters.
    "data-lm-suppress-shortcuts": "true",
  });
  const cleanups = [];
  let frame = null;
  let closed = false;

  function drawNow() {
    frame = null;
    if (closed || !root.isConnected || root.clientWidth === 0) return;
    const began = performance.now();
    draw();
    root.dispatchEvent(new CustomEvent("live:drawn", { bubbles: true, detail: { milliseconds: performance.now() - began } }));
  }
  const redraw = () => {
    if (!closed) frame ??= requestAnimationFrame(drawNow);
  };

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    // A button or a list answers the space bar itself.
    if (event.key === " " && target.closest("button, select, summary, a")) return;
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  const observer = new ResizeObserver(redraw);
  observer.observe(root);

  return {
    root,
    redraw,
    onClose: (cleanup) => cleanups.push(cleanup),
    /** Puts the figure in the page and draws it at once. */
    open(...children) {
      root.append(html("div", { class: "live-body" }, ...children));
      el.append(root);
      drawNow();
    },
    close() {
      closed = true;
      if (frame !== null) cancelAnimationFrame(frame);
      observer.disconnect();
      for (const cleanup of cleanups) cleanup();
      root.remove();
    },
  };
}
