// A text to copy.
import { html } from "./dom.js";

/** A block of code with a button that copies it, or selects it where the page may not write to the clipboard (file://). */
export function codeBox() {
  const code = html("code");
  const done = html("output"); // which is spoken
  const copy = html("button", {
    type: "button",
    "data-action": "copy",
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        done.textContent = "Copied.";
      } catch {
        getSelection().selectAllChildren(code);
        done.textContent = "Selected: copy it with your keyboard.";
      }
    },
  }, "Copy");
  return {
    element: html("div", { class: "live-code" }, html("pre", { tabindex: "0", "aria-label": "Python code of this state" }, code), copy, done),
    show(/** @type {string} */ text) {
      if (code.textContent === text) return;
      code.textContent = text;
      done.textContent = "";
    },
  };
}
