// Folded proofs and solutions are <details>. Printing opens them, and so does a link to something inside one.
// Printing also takes the light colours and tells print.css how wide the formulas are.
"use strict";

let openedForPrint = [];
let colours;

/** What print.css needs to fit a formula into any column: how wide it is, and its widest part that cannot break, in ems. */
function measure(formula) {
  const line = formula.querySelector(".katex-html");
  const all = document.createRange();
  all.selectNodeContents(line);
  const em = parseFloat(getComputedStyle(formula.firstElementChild).fontSize);
  const width = (part) => part.getBoundingClientRect().width / em;
  formula.style.setProperty("--ems", width(all));
  formula.style.setProperty("--widest", Math.max(...[...line.children].map(width)));
}

addEventListener("beforeprint", () => {
  openedForPrint = [...document.querySelectorAll("details.fold:not([open])")];
  for (const fold of openedForPrint) fold.open = true;
  for (const formula of document.querySelectorAll(".formula:has(.katex-html)")) measure(formula);
  colours = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light"; // paper is white
});

addEventListener("afterprint", () => {
  for (const fold of openedForPrint) fold.open = false;
  document.documentElement.dataset.theme = colours;
});

function openFoldOfTarget() {
  const target = document.getElementById(location.hash.slice(1)); // :target is not set yet while the page is being parsed
  const folds = [];
  for (let fold = target?.closest("details.fold"); fold; fold = fold.parentElement.closest("details.fold")) folds.push(fold);
  if (folds.every((fold) => fold.open)) return;
  for (const fold of folds) fold.open = true;
  target.scrollIntoView();
}

addEventListener("hashchange", openFoldOfTarget);
addEventListener("DOMContentLoaded", openFoldOfTarget);
