// Values of any function of the plane as colour, on a canvas behind the plane's SVG.
import { html } from "./dom.js";

const CELL = 4; // pixels per sample; the browser smooths between them

/** Colours come from CSS (--live-below, --live-level, --live-above), so that the map follows the page's theme. */
export function heatmapView(redraw) {
  const element = html("canvas", { class: "live-heatmap", "aria-hidden": "true" });
  const samples = document.createElement("canvas");
  let painted = "";

  // The theme is an attribute of the page in Sphinx and JupyterLab, and the system's wish elsewhere.
  const themes = new MutationObserver(() => {
    painted = "";
    redraw();
  });
  for (const node of [document.documentElement, document.body]) {
    themes.observe(node, { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light", "data-jp-theme-name", "class"] });
  }
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const onScheme = () => {
    painted = "";
    redraw();
  };
  scheme.addEventListener("change", onScheme);

  return {
    element,
    /** Paints `value` over the plane's frame; values below `level` take one hue and those above another. */
    draw({ frame, x, y, value, level, key }) {
      const style = getComputedStyle(element);
      const now = JSON.stringify([key, frame, x.domain(), y.domain(), style.getPropertyValue("--live-level")]);
      if (now === painted) return;
      painted = now;
      const columns = Math.ceil(frame.width / CELL);
      const rows = Math.ceil(frame.height / CELL);
      const values = new Float64Array(columns * rows);
      let [least, most] = [level, level];
      for (let j = 0; j < rows; j++) {
        const yj = y.invert(frame.top + ((j + 0.5) * frame.height) / rows);
        for (let i = 0; i < columns; i++) {
          const v = value([x.invert(frame.left + ((i + 0.5) * frame.width) / columns), yj]);
          values[j * columns + i] = v;
          if (v < least) least = v;
          if (v > most) most = v;
        }
      }
      const colour = (name) => channels(style.getPropertyValue(name));
      const [below, middle, above] = [colour("--live-below"), colour("--live-level"), colour("--live-above")];
      samples.width = columns;
      samples.height = rows;
      const context = samples.getContext("2d");
      const image = context.createImageData(columns, rows);
      for (let k = 0; k < values.length; k++) {
        const low = values[k] < level;
        const share = low ? (level - values[k]) / (level - least || 1) : Math.sqrt((values[k] - level) / (most - level || 1));
        const end = low ? below : above;
        for (let c = 0; c < 3; c++) image.data[4 * k + c] = middle[c] + (end[c] - middle[c]) * share;
        image.data[4 * k + 3] = 255;
      }
      context.putImageData(image, 0, 0);
      const ratio = window.devicePixelRatio || 1;
      element.width = Math.round(frame.width * ratio);
      element.height = Math.round(frame.height * ratio);
      Object.assign(element.style, {
        left: `${frame.left}px`,
        top: `${frame.top}px`,
        width: `${frame.width}px`,
        height: `${frame.height}px`,
      });
      const target = element.getContext("2d");
      target.imageSmoothingQuality = "high";
      target.drawImage(samples, 0, 0, element.width, element.height);
    },
    close() {
      themes.disconnect();
      scheme.removeEventListener("change", onScheme);
    },
  };
}

// "#rrggbb" to [r, g, b]: custom properties come back as they were written.
function channels(text) {
  const value = parseInt(text.trim().slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
