/* Hover or focus on a link to a statement, an equation or a symbol shows it.
 *
 * The build marks such links (`data-preview`) and writes one script per page with its statements, which is asked for at
 * the first such link that the reader comes to (sphinx_ext/previews). The preview is a tooltip: Escape takes it away,
 * the pointer may go onto it, and it stays until pointer or focus leaves. A touch follows the link.
 */
(() => {
  "use strict";

  const MARKED = "a[data-preview]";
  const LEFT_OUT = ".evidence, .headerlink, .proof, .fold, .symbols, .live-slot, script"; // the build leaves out the same
  const COMES = 150; // ms on a link before its preview comes: a pointer that only passes shows nothing
  const GOES = 300; // ms to get from the link onto the preview
  const GAP = 6; // px between link and preview
  const EDGE = 8; // px between preview and the edge of the window
  const STEP = 40; // px that an arrow key scrolls
  const ROOT = new URL("../", document.currentScript.src); // this script is in _static

  const loaded = new Map(); // address of a page's previews: promise that they are registered
  const preview = document.createElement("div");
  preview.id = "statement-preview";
  preview.className = "statement-preview";
  preview.setAttribute("role", "tooltip");

  let hovered = null; // the link whose preview the pointer asks for
  let focused = null; // the link that the keyboard is on
  let wanted = null; // the link whose preview shows, or will once it is loaded
  let under = null; // what the pointer is on: such a link, the preview, or null for anything else
  let timer;

  const markedAt = (target) => target?.closest?.(MARKED) ?? null;

  /* ------------------------------------------------------------- statements */

  function load(page) {
    const address = `${ROOT.href}_static/previews/${page}.js`;
    if (!loaded.has(address)) {
      const script = document.createElement("script");
      script.src = address;
      const registered = new Promise((resolve) => {
        script.onload = resolve;
        script.onerror = () => {
          loaded.delete(address); // the next hover tries again
          resolve();
        };
      });
      loaded.set(address, registered);
      document.head.append(script);
    }
    return loaded.get(address);
  }

  /** The statement that `link` leads to, as an element of its own; null where there is none. */
  async function statement(link) {
    const [address, hash] = new URL(link.getAttribute("href"), document.baseURI).href.split("#"); // of SVG as well
    const label = decodeURIComponent(hash);
    if (address === location.href.split("#")[0]) {
      const box = document.getElementById(label)?.cloneNode(true);
      return box ? ready(box, location.href) : null;
    }
    const page = address.slice(ROOT.href.length).replace(/\.html$/, "");
    await load(page);
    const html = globalThis.statementPreviews?.[decodeURIComponent(page)]?.[label];
    if (!html) return null;
    const template = document.createElement("template"); // fetches nothing before its addresses are right
    template.innerHTML = html;
    return ready(template.content.firstElementChild, ROOT);
  }

  /** `box` without ids and inner previews, with full addresses; the keyboard stays on the link. */
  function ready(box, base) {
    for (const part of box.querySelectorAll(LEFT_OUT)) part.remove();
    for (const part of [box, ...box.querySelectorAll("*")]) {
      for (const name of ["id", "tabindex", "data-preview"]) part.removeAttribute(name);
      for (const name of ["href", "src"]) {
        if (part.hasAttribute(name)) part.setAttribute(name, new URL(part.getAttribute(name), base).href);
      }
      if (part.localName === "a") part.tabIndex = -1;
    }
    return box;
  }

  /* ---------------------------------------------------------------- showing */

  async function show(link) {
    if (link === wanted) return;
    wanted?.removeAttribute("aria-describedby");
    preview.remove();
    wanted = link;
    const box = link && (await statement(link));
    if (!box || wanted !== link) return; // the reader has gone on while it loaded
    preview.replaceChildren(box);
    (document.querySelector("main") ?? document.body).append(preview);
    link.setAttribute("aria-describedby", preview.id);
    place(link);
    document.fonts.ready.then(() => wanted === link && place(link)); // a page without formulas gets their fonts now
  }

  /** Below the link, or above it where there is more room; never over it, and never beyond the window. */
  function place(link) {
    const { clientWidth, clientHeight } = document.documentElement;
    const lines = link.getBoundingClientRect();
    Object.assign(preview.style, { maxHeight: "none", left: "0", top: "0" });
    const { width, height, left, top } = preview.getBoundingClientRect(); // as wide and as high as it likes
    const above = lines.top - GAP - EDGE;
    const below = clientHeight - lines.bottom - GAP - EDGE;
    const under = height <= below || below >= above;
    const shown = Math.max(0, Math.min(height, under ? below : above));
    const x = Math.max(EDGE, Math.min(link.getClientRects()[0].left, clientWidth - EDGE - width));
    const y = under ? lines.bottom + GAP : lines.top - GAP - shown;
    Object.assign(preview.style, { maxHeight: `${shown}px`, left: `${x - left}px`, top: `${y - top}px` });
  }

  function settle(delay) {
    clearTimeout(timer);
    timer = setTimeout(() => show(hovered ?? focused), delay);
  }

  function dismiss() {
    clearTimeout(timer);
    hovered = focused = null;
    show(null);
  }

  /* ---------------------------------------------------------------- readers */

  // A move, not `pointerover`: where the page scrolls under a pointer at rest, nothing is asked for.
  addEventListener("pointermove", ({ pointerType, target }) => {
    if (pointerType === "touch") return;
    const now = preview.contains(target) ? preview : markedAt(target);
    if (now === under) return;
    under = now;
    if (now === preview) {
      hovered = wanted;
      clearTimeout(timer);
    } else if (now || hovered) {
      hovered = now;
      settle(now ? COMES : GOES);
    }
  });

  document.documentElement.addEventListener("pointerleave", () => {
    under = hovered = null;
    settle(GOES);
  });

  addEventListener("focusin", ({ target }) => {
    const link = markedAt(target);
    if (!link?.matches(":focus-visible")) return; // a click is on its way to the statement itself
    focused = link;
    settle(0);
  });

  addEventListener("focusout", () => {
    focused = null;
    if (!hovered) settle(0);
  });

  addEventListener("keydown", (event) => {
    if (!preview.isConnected) return;
    const step = { ArrowDown: STEP, ArrowUp: -STEP }[event.key];
    if (event.key === "Escape") dismiss();
    else if (step && wanted === focused) {
      // A long statement scrolls first, and the page when it is at its end.
      const before = preview.scrollTop;
      preview.scrollTop += step;
      if (preview.scrollTop !== before) event.preventDefault();
    }
  });

  addEventListener("pointerdown", ({ target }) => preview.contains(target) || dismiss());
  preview.addEventListener("click", ({ target }) => target.closest("a") && dismiss());
  addEventListener("resize", () => preview.isConnected && place(wanted));
})();
