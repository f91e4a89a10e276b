// Classes of cells as colours and patterns, on a canvas behind the plane's SVG, and the same in small for a legend.
import { html } from "./dom.js";

// Where a class has its second colour, by pixels; classes that lie beside each other differ in more than their hue.
const PATTERNS = [
  null,
  (x, y) => (x + y) % 9 < 2,
  (x, y) => (x - y + 9000) % 9 < 2,
  (x, y) => x % 6 < 2 && y % 6 < 2,
  (x, y) => (x + 4 * (Math.floor(y / 4) % 2)) % 8 < 2 && y % 4 < 2,
  (_, y) => y % 7 < 1,
  null,
];
export const CLASSES = PATTERNS.length;

/** The classes' two colours, as CSS has them on this page now (--live-regime-0 …, and --live-regime-mark mixed into them). */
function palette(element) {
  const style = getComputedStyle(element);
  const channels = (/** @type {string} */ name) => {
    const value = parseInt(style.getPropertyValue(name).trim().slice(1), 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  };
  const mark = channels("--live-regime-mark");
  return PATTERNS.map((_, k) => {
    const plain = channels(`--live-regime-${k}`);
    return [plain, plain.map((c, i) => 0.62 * c + 0.38 * mark[i])];
  });
}

/** Fills a canvas of `width` × `height` pixels; `kind(x, y)` is the class there. */
function fill(canvas, width, height, kind) {
  const colours = palette(canvas);
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const k = kind(x, y);
      const [r, g, b] = colours[k][PATTERNS[k]?.(x, y) ? 1 : 0];
      const at = 4 * (y * width + x);
      image.data[at] = r;
      image.data[at + 1] = g;
      image.data[at + 2] = b;
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

/**
 * `words[k]` names class k in the legend. `draw` paints codes 8 · period + class, row by row from the lower left corner; `key` tells when
 * they have changed.
 */
export function regimeMapView(redraw, words) {
  const element = html("canvas", { class: "live-heatmap", "aria-hidden": "true" });
  const swatches = words.map(() => html("canvas", { class: "live-swatch", "aria-hidden": "true" }));
  const legend = html("p", { class: "live-legend live-regimes" }, words.map((word, k) => html("span", {}, swatches[k], word)));
  let painted = "";

  // The theme is an attribute of the page in Sphinx and JupyterLab, and the system's wish elsewhere.
  const again = () => {
    painted = "";
    redraw();
  };
  const themes = new MutationObserver(again);
  for (const node of [document.documentElement, document.body]) {
    themes.observe(node, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light", "data-jp-theme-name", "class"] });
  }
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", again);

  return {
    element,
    legend,
    draw({ frame, chart: { columns, rows, codes }, key }) {
      const now = JSON.stringify([key, frame, getComputedStyle(element).getPropertyValue("--live-paper")]);
      if (now === painted) return;
      painted = now;
      const [width, height] = [Math.round(frame.width), Math.round(frame.height)];
      fill(element, width, height, (x, y) => {
        const [i, j] = [Math.floor((x * columns) / width), Math.floor(((height - 1 - y) * rows) / height)];
        return codes[j * columns + i] % 8;
      });
      Object.assign(element.style, { left: `${frame.left}px`, top: `${frame.top}px`, width: `${frame.width}px`, height: `${frame.height}px` });
      swatches.forEach((swatch, k) => fill(swatch, 26, 14, () => k));
    },
    close() {
      themes.disconnect();
      scheme.removeEventListener("change", again);
    },
  };
}
