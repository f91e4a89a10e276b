/* What the pages add to the theme's own scripts; the end of `_static/book.js`. */
(() => {
  "use strict";

  // The theme's buttons carried these as inline handlers, which the Content-Security-Policy refuses.
  const actions = { print: () => window.print(), fullscreen: () => window.toggleFullScreen() };
  addEventListener("click", ({ target }) => actions[target.closest?.("[data-page-action]")?.dataset.pageAction]?.());

  // A page opened as a file may not read the other pages that summaries of search results are cut from.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  // The menus of the page's header, in place of Bootstrap's: Enter, Space or ArrowDown opens, arrows go round, Escape closes.
  for (const button of document.querySelectorAll("[data-bs-toggle=dropdown]")) {
    const menu = button.parentElement.querySelector(".dropdown-menu");
    const set = (open) => {
      menu.classList.toggle("show", open);
      button.setAttribute("aria-expanded", open);
    };
    button.addEventListener("click", () => set(button.getAttribute("aria-expanded") !== "true"));
    button.parentElement.addEventListener("keydown", (event) => {
      const items = [...menu.querySelectorAll(".dropdown-item")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        const from = items.indexOf(document.activeElement);
        set(true);
        items.at(from < 0 && step < 0 ? -1 : (from + step) % items.length).focus();
      } else if (event.key === "Escape" && button.getAttribute("aria-expanded") === "true") {
        set(false);
        button.focus();
      } else return;
      event.preventDefault();
    });
    button.parentElement.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !button.parentElement.contains(relatedTarget)) set(false);
    });
    addEventListener("click", ({ target }) => button.parentElement.contains(target) || set(false));
  }

  // The sidebars are dialogs on a narrow page; closed by Escape, they leave the focus in what the theme takes out of them.
  for (const name of ["primary", "secondary"]) {
    const dialog = document.getElementById(`pst-${name}-sidebar-modal`);
    const back = () => [...document.querySelectorAll(`.${name}-toggle`)].find((each) => each.checkVisibility())?.focus();
    dialog?.addEventListener("keydown", ({ key }) => key === "Escape" && dialog.addEventListener("close", back, { once: true }));
  }

  // A button's name shows beside it; book.css shows it where the button is reached by keyboard.
  for (const button of document.querySelectorAll("[data-bs-title]")) button.title ||= button.dataset.bsTitle;

  const field = document.querySelector(".bd-search-container input[type=search]");
  field?.focus();
  field?.select();

  // All of the page is read: what book.css has left out so far is laid out, in one go.
  delete document.documentElement.dataset.loading;
})();
