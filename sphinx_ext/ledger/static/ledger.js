// The filter of the ledger, and the edges of the theorem graph's node in focus. Pages are whole without it.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector(".ledger-filter");
  if (form) {
    const rows = [...document.querySelectorAll(".ledger-row")];
    const output = form.querySelector("output");

    const show = () => {
      const wanted = [...form.querySelectorAll("select")].map((select) => select.value).filter(Boolean);
      for (const row of rows) row.hidden = !wanted.every((name) => row.classList.contains(name));
      for (const section of document.querySelectorAll(".ledger-section")) {
        section.hidden = !section.querySelector(".ledger-row:not([hidden])");
      }
      const shown = rows.filter((row) => !row.hidden).length;
      output.textContent = `${shown} of ${rows.length} shown`;
    };

    // A link to a row must not lead to a hidden one.
    const reveal = () => {
      const target = document.getElementById(location.hash.slice(1));
      if (!target?.closest("[hidden]")) return;
      form.reset();
      show();
      target.scrollIntoView();
    };

    form.addEventListener("change", show);
    form.addEventListener("reset", () => setTimeout(show)); // the fields are cleared after the event
    form.addEventListener("submit", (event) => event.preventDefault());
    addEventListener("hashchange", reveal);
    show(); // a browser may restore the fields of an earlier visit
    reveal();
  }

  for (const graph of document.querySelectorAll(".theorem-graph")) {
    const follow = (event) => {
      const claim = event.target.closest(".graph-node")?.dataset.claim;
      for (const edge of graph.querySelectorAll(".graph-edge")) {
        edge.classList.toggle("is-near", edge.dataset.ends.split(" ").includes(claim));
      }
      graph.classList.toggle("has-near", claim !== undefined);
    };
    for (const name of ["pointerover", "pointerleave", "focusin", "focusout"]) graph.addEventListener(name, follow);
  }
});
