// Sliders, transport, switches, choices and presets: native inputs and buttons, so that keys and screen readers work.
import { html, number, uniqueId } from "./dom.js";

/** A slider; `change(value)` hears the reader's wish, `show(value)` puts what the figure made of it. */
export function slider({ name, label, words, min, max, step, change, format = (v) => number(v) }) {
  const id = uniqueId();
  const input = html("input", { type: "range", id, min, max, step, "data-name": name, "aria-label": words, oninput: () => change(Number(input.value)) });
  const output = html("output", { for: id });
  return {
    element: html("div", { class: "live-setting" }, html("label", { for: id }, label), input, output),
    show(value) {
      // Compared as numbers: writing the value a reader is dragging would end the drag in some browsers.
      if (Number(input.value) !== value) input.value = value;
      const text = format(value);
      if (output.textContent !== text) output.textContent = text;
      input.setAttribute("aria-valuetext", text);
    },
    limit(most) {
      input.max = most;
    },
  };
}

const ICONS = {
  play: "M5 3.2v9.6L13 8z",
  pause: "M4.5 3.5h2.4v9H4.5zM9.1 3.5h2.4v9H9.1z",
  forward: "M4 3.2v9.6L10.5 8zM11 3.2h1.8v9.6H11z",
  back: "M12 3.2v9.6L5.5 8zM3.2 3.2H5v9.6H3.2z",
  reset: "M8 3.2V1L4.6 4.2 8 7.4V5a3.6 3.6 0 1 1-3.5 4.4H2.7A5.4 5.4 0 1 0 8 3.2z",
};

/** A button with a picture; `become` changes what it shows. */
export function iconButton(icon, words, key, click) {
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[icon]);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  const button = html("button", { type: "button", class: "live-icon", "data-action": icon, "aria-label": words, title: `${words} (${key})`, "aria-keyshortcuts": key, onclick: click }, svg);
  return {
    button,
    become(name, newWords) {
      path.setAttribute("d", ICONS[name]);
      button.setAttribute("aria-label", newWords);
      button.title = `${newWords} (${key})`;
    },
  };
}

/** Play, step back, step, reset, and a slider to scrub through the steps. */
export function transport({ play, step, reset, seek, label, words }) {
  const player = iconButton("play", "Play", "Space", play);
  const back = iconButton("back", "Step back", ",", () => step(-1));
  const forward = iconButton("forward", "Step", ".", () => step(1));
  const again = iconButton("reset", "Back to the start", "r", reset);
  let last = 1;
  const time = slider({ name: "t", label, words, min: 0, max: 1, step: 1, change: seek, format: (t) => `${t} / ${last}` });
  const element = html(
    "div",
    { class: "live-transport" },
    html("div", { class: "live-buttons" }, again.button, back.button, player.button, forward.button),
    time.element,
  );
  return {
    element,
    playing: (yes) => player.become(yes ? "pause" : "play", yes ? "Pause" : "Play"),
    show(t, steps) {
      if (last !== steps) time.limit((last = steps));
      time.show(t);
      // Not disabled: a disabled button drops the focus, and with it the keys.
      back.button.setAttribute("aria-disabled", t <= 0);
      forward.button.setAttribute("aria-disabled", t >= steps);
    },
  };
}

/** An on/off switch. */
export function toggle({ name, label, change }) {
  const element = html(
    "button",
    { type: "button", role: "switch", class: "live-switch", "data-name": name, "aria-checked": "false", onclick: () => change(element.getAttribute("aria-checked") !== "true") },
    html("span", { class: "live-track", "aria-hidden": "true" }),
    html("span", {}, label),
  );
  return { element, show: (on) => element.setAttribute("aria-checked", String(on)) };
}

/** A row of buttons of which at most one is pressed. */
export function choice({ label, options, change }) {
  const buttons = options.map(({ name, text }) => html("button", { type: "button", "data-choice": name, "aria-pressed": "false", onclick: () => change(name) }, text));
  return {
    element: html("div", { class: "live-choice", role: "group", "aria-label": label }, html("span", { class: "live-caption", "aria-hidden": "true" }, label), ...buttons),
    show: (name) => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.choice === name))),
    /** Offers the first `count` options only. */
    limit: (count) => buttons.forEach((button, k) => (button.hidden = k >= count)),
  };
}

/** What the marks in a picture mean: [[mark, text], …], a mark being a class of live.css. */
export const legend = (entries) =>
  html("p", { class: "live-legend" }, entries.map(([mark, ...text]) => html("span", {}, html("span", { class: `live-mark live-mark-${mark}`, "aria-hidden": "true" }), ...text)));

/** Numbers of the present step: [[label, element], …]. */
export const readout = (entries) =>
  html("dl", { class: "live-readout" }, entries.map(([label, ...value]) => html("div", {}, html("dt", {}, label), html("dd", {}, ...value))));

/** What happens, in words, for eyes and ears; spoken at most four times a second and only when it stays. */
export function statusLine() {
  const seen = html("p", { class: "live-status", "aria-hidden": "true" });
  const spoken = html("p", { class: "live-spoken", role: "status", "aria-live": "polite" });
  let timer = null;
  return {
    element: html("div", { class: "live-words" }, seen, spoken),
    say(text, warning = false) {
      seen.classList.toggle("live-warning", warning);
      if (seen.textContent === text) return;
      seen.textContent = text;
      clearTimeout(timer);
      timer = setTimeout(() => (spoken.textContent = text), 400);
    },
    close: () => clearTimeout(timer),
  };
}
