// Folded proofs and solutions are <details>. Printing opens them, and so does a link to something inside one.
"use strict";

let openedForPrint = [];

addEventListener("beforeprint", () => {
  openedForPrint = [...document.querySelectorAll("details.fold:not([open])")];
  for (const fold of openedForPrint) fold.open = true;
});

addEventListener("afterprint", () => {
  for (const fold of openedForPrint) fold.open = false;
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
