/* A form for each exercise that the page can check, made of the list of what to hand in.
 *
 * The page's data (sphinx_ext/exercises/forms.py) name the parts in the order of that list; verdicts.js judges. What a
 * reader entered, how often it was wrong and which parts were right once stays on the reader's device, one entry of the
 * browser's storage for each exercise, until the reader has it forgotten. Where storage is refused the form works all
 * the same and forgets by itself.
 */
(() => {
  "use strict";

  const RUNGS = ["hint", "sketch"]; // then the solution
  const { examine, numberWords } = globalThis.exerciseVerdicts;

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  /* ----------------------------------------------------------------- storage */

  const key = (id) => `samlib.exercise.${id}.v1`; // { entered: { part: texts }, right: [part], tries, checked }

  /** What is stored, or as much of it as is sound. */
  function recall(id, parts) {
    let found;
    try {
      found = JSON.parse(localStorage.getItem(key(id)));
    } catch {
      // refused, or damaged
    }
    const { entered, right, tries, checked } = Object(found);
    const sound = (name) => {
      const texts = Object(entered)[name];
      return Array.isArray(texts) && texts.every((text) => typeof text === "string") ? texts : [];
    };
    return {
      entered: Object.fromEntries(parts.map(({ name }) => [name, sound(name)])),
      right: parts.map(({ name }) => name).filter((name) => Array.isArray(right) && right.includes(name)),
      tries: Number.isSafeInteger(tries) && tries > 0 ? tries : 0,
      checked: checked === true,
    };
  }

  function keep(id, state) {
    try {
      if (state) localStorage.setItem(key(id), JSON.stringify(state));
      else localStorage.removeItem(key(id));
    } catch {
      // refused, or full: the form goes on without
    }
  }

  /* ------------------------------------------------------------------ fields */

  /** Field and label of a part in its `item` of the list; `read()` gives the texts in it and `write(texts)` puts them there. */
  function field(label, part, item) {
    const id = `${label}-${part.name}`;
    item.querySelector(".answer-options")?.remove(); // the buttons show them
    const question = [...(item.querySelector(":scope > p") ?? item).childNodes];
    if (!part.options && part.count === 1) {
      const input = textInput({ id });
      item.replaceChildren(element("label", { for: id }, ...question), input);
      return { ...part, item, inputs: [input], read: () => [input.value], write: ([text = ""]) => (input.value = text) };
    }
    const many = part.options ?? Array.from({ length: part.count }, (_, i) => `number ${i + 1}`);
    const inputs = many.map((name, i) =>
      part.options ? element("input", { type: "radio", name: id, value: name }) : textInput({ "aria-label": name, id: `${id}-${i + 1}` }),
    );
    const shown = part.options ? inputs.map((input, i) => element("label", {}, input, ` ${many[i]}`)) : inputs;
    const row = element("div", { class: part.options ? "answer-choices" : "answer-row" }, ...shown);
    item.replaceChildren(element("fieldset", {}, element("legend", {}, ...question), row));
    const read = () => (part.options ? inputs.filter((one) => one.checked).map((one) => one.value) : inputs.map((one) => one.value));
    const write = (texts) =>
      inputs.forEach((one, i) => (part.options ? (one.checked = one.value === texts[0]) : (one.value = texts[i] ?? "")));
    return { ...part, item, inputs, read, write };
  }

  const textInput = (attributes) =>
    element("input", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", ...attributes });

  /** The answer as `examine` takes it. */
  function answerOf({ options, count }, texts) {
    if (!texts.some((text) => text.trim())) return null;
    return options || count === 1 ? texts[0] : texts;
  }

  /* ------------------------------------------------------------------- forms */

  function makeForm(label, { id, parts }) {
    const box = document.getElementById(label);
    const list = box?.querySelector("ul.answer-parts");
    if (!list || list.children.length !== parts.length) return;
    const fold = list.closest("details");
    const verdict = element("output", { class: "answer-verdict", "aria-live": "polite" });
    const next = element("button", { type: "button", class: "answer-next", hidden: "" });
    const forget = element("button", { type: "button", class: "answer-forget", hidden: "" }, "Forget my answers");
    const buttons = element("div", { class: "answer-buttons" }, element("button", { type: "submit" }, "Check"), next, forget);
    const form = element("form", { class: "answer-form", novalidate: "", autocomplete: "off", "aria-label": `Answers to exercise ${id}` });
    const mark = element("span", { class: "answer-mark" });
    fold.querySelector("summary").append(mark);
    list.replaceWith(form);
    form.append(list, buttons, verdict);
    const fields = parts.map((part, i) => field(label, part, list.children[i]));
    let state = recall(id, parts);
    for (const one of fields) one.write(state.entered[one.name]);

    function rung() {
      const title = RUNGS[state.tries - 1];
      if (!title) return { title: "solution", fold: solutionOf(label) };
      const folds = [...box.querySelectorAll("details.rung")];
      return { title, fold: folds.find((one) => one.querySelector("summary").textContent.trim().toLowerCase() === title) };
    }

    function show(results) {
      const points = results.reduce((sum, one) => sum + one.points, 0);
      const outOf = parts.reduce((sum, part) => sum + part.points, 0);
      const lines = results.map((result, i) => {
        const right = result.points >= parts[i].points;
        const sign = element("span", { "aria-hidden": "true" }, !result.answered ? "·" : right ? "✓" : "✗");
        const line = element("p", { id: `${label}-${parts[i].name}-said` }, sign, ` ${result.message}`);
        line.className = !result.answered ? "answer-open" : right ? "answer-right" : "answer-wrong";
        fields[i].item.className = line.className;
        for (const input of fields[i].inputs) {
          input.setAttribute("aria-describedby", line.id);
          if (input.type === "text") input.setAttribute("aria-invalid", String(result.answered && !right));
        }
        return line;
      });
      verdict.replaceChildren(element("p", { class: "answer-points" }, `${numberWords(points)} of ${outOf} points`), ...lines);
      const wrong = results.some((one, i) => one.answered && one.points < parts[i].points);
      next.hidden = !wrong || !rung().fold;
      next.textContent = `Show the ${rung().title}`;
    }

    function showMarks() {
      const { length } = state.right;
      mark.textContent = !length ? "" : length < parts.length ? ` · ${length} of ${parts.length} solved` : " · ✓ solved";
      const touched = Object.values(state.entered).some((texts) => texts.some(Boolean));
      forget.hidden = !touched && !length && !state.tries;
    }

    function check() {
      const results = fields.map((one) => examine(one, answerOf(one, one.read())));
      const right = parts.filter((part, i) => results[i].answered && results[i].points >= part.points);
      const names = new Set([...state.right, ...right.map(({ name }) => name)]);
      const failed = results.some((one, i) => one.answered && one.points < parts[i].points);
      const solved = right.length === parts.length;
      const tries = solved ? 0 : state.tries + failed;
      state = { entered: entered(), right: parts.map(({ name }) => name).filter((name) => names.has(name)), tries, checked: true };
      keep(id, state);
      show(results);
      showMarks();
    }

    const entered = () => Object.fromEntries(fields.map((one) => [one.name, one.read()]));

    function clearVerdict() {
      verdict.replaceChildren();
      next.hidden = true;
      for (const { item, inputs } of fields) {
        item.className = "";
        for (const input of inputs) {
          input.removeAttribute("aria-describedby");
          input.removeAttribute("aria-invalid");
        }
      }
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      check();
    });
    form.addEventListener("input", () => {
      if (state.checked) clearVerdict(); // it was on what stood here before
      state = { ...state, entered: entered(), checked: false };
      keep(id, state);
      showMarks();
    });
    next.addEventListener("click", () => {
      const { fold: below } = rung();
      below.open = true;
      below.querySelector("summary").focus();
    });
    forget.addEventListener("click", () => {
      keep(id, null);
      state = { entered: {}, right: [], tries: 0, checked: false };
      for (const one of fields) one.write([]);
      clearVerdict();
      showMarks();
      fields[0].inputs[0].focus();
    });
    if (state.checked) show(fields.map((one) => examine(one, answerOf(one, one.read()))));
    showMarks();
  }

  /** The fold with the solution, which is the next one after the exercise. */
  function solutionOf(label) {
    const box = document.getElementById(label);
    return [...document.querySelectorAll("details.solution")].find(
      (fold) => box.compareDocumentPosition(fold) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
  }

  for (const [label, exercise] of Object.entries(globalThis.exerciseParts ?? {})) makeForm(label, exercise);
})();
