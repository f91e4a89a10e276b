// A field for a formula, with what is wrong with it beside it.
import { html, uniqueId } from "./dom.js";

/** A text field; `change(text)` hears every wish and returns what is wrong with it, in words, or nothing. */
export function formulaField({ name, label, words, change }) {
  const [id, notes] = [uniqueId(), uniqueId()];
  const input = html("input", {
    type: "text",
    id,
    "data-name": name,
    "aria-label": words,
    "aria-describedby": notes,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    oninput() {
      const wrong = change(input.value);
      // The drawing comes later, when the reader may have typed on: it must not put this formula back.
      if (!wrong) shown = input.value;
      hear(wrong);
    },
    // Neither the figure nor the page around it is to take what is typed for one of its keys.
    onkeydown: (event) => event.stopPropagation(),
  });
  const complaint = html("p", { id: notes, class: "live-complaint", role: "status" });
  let shown = null;

  function hear(wrong) {
    input.setAttribute("aria-invalid", String(Boolean(wrong)));
    if (complaint.textContent !== (wrong || "")) complaint.textContent = wrong || "";
  }
  return {
    element: html("div", { class: "live-field" }, html("label", { for: id }, label), input, complaint),
    /** Puts the figure's formula into the field; what the reader is typing stays until it changes. */
    show(formula) {
      if (formula === shown) return;
      shown = formula;
      if (input.value !== formula) {
        input.value = formula;
        hear("");
      }
    },
    /** What is typed gives way to the figure's formula, even if that is the one shown before. */
    forget() {
      shown = null;
    },
  };
}
