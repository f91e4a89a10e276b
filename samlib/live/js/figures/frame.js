// What every figure has: its root, its keys, one redraw per animation frame, its size, its words, its foot, and a way to take it all down.
import { statusLine } from "../views/controls.js";
import { html } from "../views/dom.js";
import { figureFoot, keyList } from "../views/foot.js";
import { svgText } from "../views/svg_file.js";

/**
 * Builds the root element in `el`. `draw` is called at most once a frame after `redraw()`, and whenever the figure's size
 * changes; `keys` maps a key to what it does, in words and as a function; `open` returns what undoes everything, the shared `state`
 * and the callbacks given to `onClose` included. `draw` returns `words` for the status line (a `warning` or not), which follow what
 * the state itself has to say, and what a reader may take along: `data()`, the numbers (Data of views/data_table.js), and `code()`,
 * Python that computes the same numbers with samlib as a dictionary `data`, by the same names.
 * After each drawing the root sends a `live:drawn` event with the milliseconds it took.
 */
export function figureFrame({ el, model, state, kind, keys, draw }) {
  const root = html("figure", {
    class: "live-figure",
    "data-kind": kind,
    "aria-label": model.get("alt"),
  });
  // JupyterLab would otherwise take arrow keys and letters, to move between cells or to delete one. It does so before any
  // listener here is asked, and unless the very element with the focus has this attribute: its ancestors do not count.
  root.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
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
  const status = statusLine();
  const help = keyList(listed);
  const foot = figureFoot({ name: model.get("key") || kind, help: help.open, taken: () => taken, picture, verified: model.get("verified") });

  function drawNow() {
    frame = null;
    if (closed || !root.isConnected || root.clientWidth === 0) return;
    const began = performance.now();
    taken = draw();
    say(taken);
    foot.refresh();
    root.dispatchEvent(new CustomEvent("live:drawn", { bubbles: true, detail: { milliseconds: performance.now() - began } }));
  }
  function say({ words, warning = false }) {
    const { notice, refusal } = state;
    if (refusal) status.say(`Not drawn: ${refusal.replace(/\.$/, "")}. The figure keeps its last state.`, true);
    else status.say(`${notice} ${words}`.trim(), warning || Boolean(notice));
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
    /** Puts the figure in the page and draws it at once; returns what takes it down. */
    open(...children) {
      root.append(html("div", { class: "live-body" }, ...children, status.element, foot.element), help.element);
      el.append(root);
      drawNow();
      return close;
    },
  };

  function close() {
    closed = true;
    if (frame !== null) cancelAnimationFrame(frame);
    observer.disconnect();
    status.close();
    state.close();
    for (const cleanup of cleanups) cleanup();
    root.remove();
  }
}
