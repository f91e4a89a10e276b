/* What the pages add to the theme's own scripts; the end of `_static/book.js`. */
(() => {
  "use strict";

  // The theme's buttons carried these as inline handlers, which the Content-Security-Policy refuses.
  const actions = { print: () => window.print(), fullscreen: () => window.toggleFullScreen() };
  addEventListener("click", ({ target }) => actions[target.closest?.("[data-page-action]")?.dataset.pageAction]?.());

  // A page opened as a file may not read the other pages that summaries of search results are cut from.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  const field = document.querySelector(".bd-search-container input[type=search]");
  field?.focus();
  field?.select();
})();
