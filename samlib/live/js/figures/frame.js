// What every figure has: its root, its keys, one redraw per animation frame, its size, its foot, and a way to take it all down.
import { html } from "../views/dom.js";
import { figureFoot, keyList } from "../views/foot.js";
import { svgText } from "../views/svg_file.js";

/**
 * Builds the root element in `el`. `draw` is called at most once a frame after `redraw()`, and whenever the figure's size
 * changes; `keys` maps a key to what it does, in words and as a function; `close` undoes everything, the callbacks given to
 * `onClose` included. `draw` returns what a reader may take along of what it has drawn: `data()`, the numbers (Data of
 * views/data_table.js), and `code()`, Python that computes the same numbers with samlib as a dictionary `data`, by the same names.
 * After each drawing the root sends a `live:drawn` event with the milliseconds it took.
 */
export function figureFrame({ el, model, kind, keys, draw }) {
  const root = html("figure", {
    class: "live-figure",
    "data-kind": kind,
    "aria-label": model.get("alt"),
    // JupyterLab would otherwise take the arrow keys and the letters.
    "data-lm-suppress-shortcuts": "true",
  });
  const cleanups = [];
  let frame = null;
  let closed = false;
  let taken = null;

  /** @returns {string[][]} */
  const listed = () => [
    ["Tab", "go to the next control"],
    ...[".live-handle", ".live-knot", ".live-flag"].flatMap((handle) => {
      const found = root.querySelector(handle);
      const words = found?.getAttribute("aria-label");
      return found?.getClientRects().length ? [["← → ↑ ↓", `move, when chosen by Tab or a click: ${words}; with Shift by less`]] : [];
    }),
    ...Object.entries(keys).map(([key, [words]]) => [key, words]),
    ["?", "open this list"],
    ["Escape", "close it"],
  ];
  const help = keyList(listed);
  const foot = figureFoot({ name: model.get("key") || kind, help: help.open, taken: () => taken, picture, verified: model.get("verified") });

  function drawNow() {
    frame = null;
    if (closed || !root.isConnected || root.clientWidth === 0) return;
    const began = performance.now();
    taken = draw();
    foot.refresh();
    root.dispatchEvent(new CustomEvent("live:drawn", { bubbles: true, detail: { milliseconds: performance.now() - began } }));
  }
  const redraw = () => {
    if (!closed) frame ??= requestAnimationFrame(drawNow);
  };

  /** The drawings as an SVG file, in light colours on any page. */
  function picture() {
    root.classList.add("live-light");
    drawNow();
    const text = svgText(root, { title: root.getAttribute("aria-label"), words: root.querySelector(".live-status")?.textContent ?? "" });
    root.classList.remove("live-light");
    drawNow();
    return text;
  }

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    // A button or a list answers the space bar itself, and the Enter key.
    if (/^( |Enter)$/.test(event.key) && target.closest("button, select, summary, a")) return;
    const action = event.key === "?" ? help.open : keys[event.key]?.[1];
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
      root.append(html("div", { class: "live-body" }, ...children, foot.element), help.element);
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
