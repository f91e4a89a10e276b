// The foot of every figure: its keys, its data, its state as samlib code, its files, and how it is tested.
import { codeBox } from "./code_box.js";
import { csvText, dataTable } from "./data_table.js";
import { html, uniqueId } from "./dom.js";

const NAMES = { " ": "Space", Escape: "Esc" };

/** The list of keys, as a native dialog: it closes on Escape, and the focus goes back to where it was. */
export function keyList(/** @type {() => string[][]} */ entries) {
  const list = html("dl");
  const dialog = /** @type {HTMLDialogElement} */ (html(
    "dialog",
    { class: "live-help", "aria-label": "Keys of this figure", onkeydown: (/** @type {Event} */ event) => event.stopPropagation() },
    list,
    html("button", { type: "button", onclick: () => dialog.close() }, "Close"),
  ));
  return {
    element: dialog,
    open() {
      list.replaceChildren(...entries().map(([key, words]) => html("div", {}, html("dt", {}, html("kbd", {}, NAMES[key] ?? key)), html("dd", {}, words))));
      dialog.showModal();
    },
  };
}

/** A button that opens and closes `body`; `show` fills it, when it is opened and at every change while it is open. */
function fold(/** @type {string} */ name, /** @type {string} */ text, /** @type {string} */ title, /** @type {HTMLElement} */ body, /** @type {() => void} */ show, clear = () => {}) {
  const id = uniqueId();
  const panel = html("div", { id, hidden: true }, body);
  const button = html("button", { type: "button", "data-action": name, title, "aria-expanded": "false", "aria-controls": id, onclick: toggle }, text);
  function toggle() {
    panel.hidden = !panel.hidden;
    button.setAttribute("aria-expanded", String(!panel.hidden));
    if (panel.hidden) clear();
    else show();
  }
  return { button, panel, refresh: () => panel.hidden || show() };
}

/** Hands a text to the reader as a file. */
function save(/** @type {string} */ name, /** @type {string} */ type, /** @type {string} */ text) {
  const href = URL.createObjectURL(new Blob([text], { type }));
  html("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/**
 * `help()` opens the list of keys. `taken()` gives the Data (see data_table.js) and the code of what is shown, `picture()` the text of an SVG file;
 * `name` is that of the files; `verified` = { version, states } is the outcome of the parity tests, if there is one for this state of the code.
 */
export function figureFoot({ name, help, taken, picture, verified }) {
  const table = dataTable();
  const code = codeBox();
  const data = fold("data", "Data", "The numbers of this state", table.element, () => table.show(taken().data()), table.clear);
  const source = fold("code", "Code", "This state as samlib code", code.element, () => code.show(taken().code()));
  const button = (/** @type {string} */ action, /** @type {string} */ text, /** @type {string} */ title, /** @type {() => void} */ click) =>
    html("button", { type: "button", "data-action": action, title, onclick: click }, text);
  const states = verified?.states && html("p", { class: "live-badge", title: "The parity tests compare this figure’s arithmetic with samlib’s" }, `verified against samlib ${verified.version} on ${verified.states} states`);
  return {
    element: html(
      "div",
      { class: "live-foot" },
      html(
        "div",
        { class: "live-share" },
        html("button", { type: "button", "data-action": "help", title: "Keys (?)", "aria-label": "Keys of this figure", "aria-keyshortcuts": "?", "aria-haspopup": "dialog", onclick: help }, "?"),
        data.button,
        source.button,
        button("svg", "SVG", "Download the drawing", () => save(`${name}.svg`, "image/svg+xml", picture())),
        button("csv", "CSV", "Download the data", () => save(`${name}.csv`, "text/csv", csvText(taken().data()))),
        states || null,
      ),
      data.panel,
      source.panel,
    ),
    refresh() {
      data.refresh();
      source.refresh();
    },
  };
}
