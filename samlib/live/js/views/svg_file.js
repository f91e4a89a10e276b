// The drawings of a figure as one SVG file that needs no stylesheet.

const NAMESPACE = "http://www.w3.org/2000/svg";
const MARGIN = 8; // pixels around the drawings, for marks that reach over their edge
// What a stylesheet may say of a drawing. All but the last pass from an element to its children.
const PROPERTIES = [
  ...["fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin"],
  ...["paint-order", "shape-rendering", "visibility", "font-family", "font-size", "font-style", "font-weight", "text-anchor", "opacity"],
];
const INTERACTIVE = /^(class|style|tabindex|role|width|height)$|^(aria|data)-/;

/** Any colour of CSS as "#rrggbb" and its opacity: few viewers know color-mix, oklab or color(srgb …). */
function colourReader() {
  const context = /** @type {CanvasRenderingContext2D} */ (Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d"));
  const known = new Map();
  return (/** @type {string} */ text) => {
    if (!known.has(text)) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = text;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      const hex = `#${[r, g, b].map((c) => c.toString(16).padStart(2, "0")).join("")}`;
      known.set(text, [hex, Number((a / 255).toFixed(3))]);
    }
    return known.get(text);
  };
}

/** What an element looks like, as attributes of SVG. */
function looks(/** @type {Element} */ element, /** @type {ReturnType<typeof colourReader>} */ colour) {
  const style = getComputedStyle(element);
  const look = Object.fromEntries(PROPERTIES.map((name) => [name, style.getPropertyValue(name).replace(/(\d)px\b/g, "$1")]));
  for (const name of ["fill", "stroke"]) {
    if (look[name] === "none") continue;
    const [hex, opacity] = colour(look[name]);
    look[name] = hex;
    look[`${name}-opacity`] = String(Number((Number(look[`${name}-opacity`]) * opacity).toFixed(3)));
  }
  return look;
}

/** A copy of `element` that carries its looks, where they differ from those of the copy around it. */
function copied(/** @type {Element} */ element, /** @type {Record<string, string>} */ around, /** @type {ReturnType<typeof colourReader>} */ colour) {
  const copy = /** @type {Element} */ (element.cloneNode(false));
  for (const name of element.getAttributeNames()) {
    if (INTERACTIVE.test(name) && !(element.localName === "rect" && /width|height/.test(name))) copy.removeAttribute(name);
  }
  const look = looks(element, colour);
  for (const name of PROPERTIES) {
    copy.removeAttribute(name);
    if (look[name] !== (name === "opacity" ? "1" : around[name])) copy.setAttribute(name, look[name]);
  }
  for (const child of element.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) copy.append(child.cloneNode());
    else if (child instanceof Element && getComputedStyle(child).display !== "none") copy.append(copied(child, look, colour));
  }
  return copy;
}

/** All drawings within `root` at their places, as the text of an SVG file; `words` describe them to those who do not see. */
export function svgText(/** @type {Element} */ root, /** @type {{ title: string, words: string }} */ { title, words }) {
  const drawings = [...root.querySelectorAll("canvas.live-heatmap, svg.live-svg")].filter((each) => each.clientWidth > 0);
  const boxes = drawings.map((each) => each.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left)) - MARGIN;
  const top = Math.min(...boxes.map((box) => box.top)) - MARGIN;
  const [width, height] = [Math.max(...boxes.map((box) => box.right)) + MARGIN - left, Math.max(...boxes.map((box) => box.bottom)) + MARGIN - top].map(Math.ceil);
  const colour = colourReader();
  const make = (/** @type {string} */ tag, /** @type {Record<string, string | number>} */ attributes) => {
    const element = document.createElementNS(NAMESPACE, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    return element;
  };
  const file = make("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  for (const [tag, text] of [["title", title], ["desc", words]]) file.append(Object.assign(make(tag, {}), { textContent: text }));
  file.append(make("rect", { width, height, fill: colour(getComputedStyle(root).getPropertyValue("--live-paper"))[0] }));
  drawings.forEach((drawing, k) => {
    const place = { x: boxes[k].left - left, y: boxes[k].top - top, width: boxes[k].width, height: boxes[k].height };
    if (drawing instanceof HTMLCanvasElement) file.append(make("image", { ...place, href: drawing.toDataURL() }));
    else {
      const copy = copied(drawing, {}, colour);
      for (const [name, value] of Object.entries({ ...place, overflow: "visible" })) copy.setAttribute(name, String(value));
      file.append(copy);
    }
  });
  return new XMLSerializer().serializeToString(file);
}
