/* The host of live figures on a static page.
 *
 * A figure is an anywidget module: `render({model, el})`. In a notebook a kernel and a widget manager stand behind
 * `model`; here a `Model` over the state stored in the page does. The host also draws the core sliders, check boxes,
 * boxes and links of ipywidgets, so that a slider linked to a figure works on the page too.
 *
 * It needs no network, no eval and no blob: figure bundles are classic scripts that register themselves in
 * `liveFigures`. That of the first figure has done so before this script runs, right behind the figure's slot; the
 * others are fetched from the folder `figures/` beside this script when their figure starts. Of the page, only what
 * stands before this script is there when it starts.
 */
(() => {
  "use strict";

  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const REFERENCE = "IPY_MODEL_";
  const LATER = "600px"; // how far below the screen a figure starts to draw

  const models = new Map();
  const figures = (globalThis.liveFigures ??= {});
  const HERE = document.currentScript.src;

  function element(tag, properties = {}, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  const referenced = (text) => models.get(String(text).replace(REFERENCE, ""));

  /** Equality by content, for numbers, strings, arrays and plain objects. */
  function same(a, b) {
    if (Object.is(a, b)) return true;
    if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
    const keys = Object.keys(a);
    return (
      Array.isArray(a) === Array.isArray(b) &&
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
    );
  }

  /* ---------------------------------------------------------------- models */

  /** anywidget's model interface over a stored state. A change reaches its listeners at once; there is no kernel to tell. */
  class Model {
    #state;
    #listeners = new Map();

    constructor(name, state) {
      this.name = name;
      this.#state = state;
      this.initial = structuredClone(state);
      this.onError = console.error;
      this.widget_manager = { get_model: async (id) => referenced(id) };
    }

    get(trait) {
      return this.#state[trait];
    }

    set(trait, value) {
      if (typeof trait === "object") {
        for (const [name, each] of Object.entries(trait)) this.set(name, each);
        return;
      }
      if (same(this.#state[trait], value)) return;
      this.#state[trait] = value;
      this.#emit(`change:${trait}`, this, value);
      this.#emit("change", this);
    }

    save_changes() {}

    send() {}

    on(events, listener) {
      for (const event of events.split(/\s+/)) {
        if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
        this.#listeners.get(event).add(listener);
      }
    }

    off(events, listener) {
      if (!events) this.#listeners.clear();
      for (const event of events ? events.split(/\s+/) : []) {
        if (listener) this.#listeners.get(event)?.delete(listener);
        else this.#listeners.delete(event);
      }
    }

    /** One listener that fails must not keep the others from hearing the change. */
    #emit(event, ...details) {
      for (const listener of [...(this.#listeners.get(event) ?? [])]) {
        try {
          listener(...details);
        } catch (error) {
          this.onError(error);
        }
      }
    }
  }

  /** `ipywidgets.jslink` and `jsdlink`. */
  function connect(link) {
    const [[source, from], [target, to]] = [link.get("source"), link.get("target")];
    const [first, second] = [referenced(source), referenced(target)];
    if (!first || !second) return;
    const forward = () => second.set(to, first.get(from));
    first.on(`change:${from}`, forward);
    if (link.name === "LinkModel") second.on(`change:${to}`, () => first.set(from, second.get(to)));
    forward();
  }

  /* ---------------------------------------------------------- core widgets */

  let inputs = 0;

  function slider(model, toPosition = (value) => value, toValue = (position) => position) {
    const input = element("input", { type: "range", id: `live-input-${++inputs}` });
    const readout = element("output", { htmlFor: input.id });
    Object.assign(input, { min: model.get("min"), max: model.get("max"), step: model.get("step") ?? "any" });
    input.disabled = Boolean(model.get("disabled"));
    const update = () => {
      input.value = toPosition(model.get("value"));
      readout.textContent = formatted(model.get("value"), model.get("readout_format"));
    };
    const event = model.get("continuous_update") === false ? "change" : "input";
    input.addEventListener(event, () => model.set("value", toValue(Number(input.value))));
    model.on("change:value", update);
    update();
    const label = element("label", { htmlFor: input.id, textContent: model.get("description") || "Value" });
    return element("div", { className: "live-slider" }, label, input, model.get("readout") === false ? "" : readout);
  }

  /** The part of Python's format language that sliders use: .2f, .3g, .1e, d. */
  function formatted(value, format) {
    const [, digits, kind] = /^\.(\d+)([feg])$/.exec(format ?? "") ?? [];
    if (kind === "f") return value.toFixed(digits);
    if (kind === "e") return value.toExponential(digits);
    if (kind === "g") return String(Number(value.toPrecision(Math.max(1, digits))));
    return String(value);
  }

  function logSlider(model) {
    const base = model.get("base") ?? 10;
    return slider(
      model,
      (value) => Math.log(value) / Math.log(base),
      (exponent) => base ** exponent,
    );
  }

  function checkbox(model) {
    const input = element("input", { type: "checkbox", checked: model.get("value") });
    input.disabled = Boolean(model.get("disabled"));
    input.addEventListener("change", () => model.set("value", input.checked));
    model.on("change:value", () => (input.checked = model.get("value")));
    return element("label", { className: "live-checkbox" }, input, ` ${model.get("description") || "On"}`);
  }

  const box = (className) => async (model) => {
    const node = element("div", { className });
    for (const child of model.get("children") ?? []) {
      const place = element("div");
      node.append(place);
      await show(referenced(child), place);
    }
    return node;
  };

  const coreWidgets = {
    FloatSliderModel: (model) => slider(model),
    IntSliderModel: (model) => slider(model),
    FloatLogSliderModel: logSlider,
    CheckboxModel: checkbox,
    ToggleButtonModel: checkbox,
    HBoxModel: box("live-row"),
    VBoxModel: box("live-column"),
    BoxModel: box("live-column"),
  };

  /* --------------------------------------------------------------- showing */

  /** Draw `model` into `place`. */
  async function show(model, place) {
    if (model && Object.hasOwn(coreWidgets, model.name)) place.append(await coreWidgets[model.name](model));
    else if (model?.name === "AnyModel") await showFigure(model, place);
    else place.append(element("p", { className: "live-notice", textContent: "This control is live in a notebook only." }));
  }

  /** Fetch the script of a figure, once. */
  const fetched = {};
  function fetchScript(name) {
    fetched[name] ??= new Promise((resolve) => {
      const script = element("script", { src: new URL(`figures/${name}.js`, HERE), onload: resolve, onerror: resolve });
      document.head.append(script);
    });
    return fetched[name];
  }

  async function showFigure(model, place) {
    const name = model.get("_esm");
    if (!figures[name]) await fetchScript(name);
    const registered = figures[name];
    if (!registered) throw new Error("the script of this figure did not load");
    const module = typeof registered === "function" ? await registered() : registered;
    model.onError = (error) => report(error, place);
    if (!model.initialized) {
      model.initialized = true;
      await module.initialize?.({ model });
    }
    const view = element("div", { className: "live-view" });
    place.append(view);
    await module.render?.({ model, el: view });
    // Among the figure's own buttons, where it has such a row.
    if (model.get("key")) (view.querySelector(".live-share") ?? place).append(copyLinkButton(model));
  }

  /** A figure that fails says so where it stands; the rest of the page goes on. */
  function report(error, place) {
    console.error(error);
    let notice = place.querySelector(":scope > .live-error");
    if (!notice) place.append((notice = element("p", { className: "live-error", role: "alert" })));
    notice.textContent = `This figure stopped working: ${error?.message ?? error}. Reload the page to start it again.`;
  }

  /* ------------------------------------------- state in the page's address */

  const VERSION = 1; // of the way in which a link names a state

  /** What a link may set: every trait of a figure but its own description. */
  const linkable = (model, trait) =>
    Object.hasOwn(model.initial, trait) && !["key", "alt", "ranges"].includes(trait) && !trait.startsWith("_");

  /** Whether a link may give `trait` this value: the stored value's type and shape, finite, and in the declared range. */
  function acceptable(model, trait, value, pattern = model.initial[trait]) {
    const range = model.initial.ranges?.[trait];
    if (Array.isArray(pattern)) {
      // A list whose length may vary says within what; its entries are all alike.
      const { fewest = pattern.length, most = pattern.length } = range ?? {};
      return (
        Array.isArray(value) &&
        value.length >= fewest &&
        value.length <= most &&
        value.every((each, i) => acceptable(model, trait, each, pattern[Math.min(i, pattern.length - 1)]))
      );
    }
    if (typeof value !== typeof pattern) return false;
    if (typeof value === "boolean") return true;
    if (typeof value === "string") return Boolean(range?.options?.includes?.(value)) || value.length <= range?.longest;
    return Number.isFinite(value) && !(value < range?.min) && !(value > range?.max);
  }

  /** `#fig-KEY&v=1&eta=0.1&start=[1,2]`, naming the traits that differ from the page's own. */
  function stateFragment(model) {
    const changed = Object.keys(model.initial).filter(
      (trait) =>
        linkable(model, trait) &&
        !same(model.get(trait), model.initial[trait]) &&
        acceptable(model, trait, model.get(trait)),
    );
    const pairs = changed.map((trait) => `&${trait}=${encodeURIComponent(JSON.stringify(model.get(trait)))}`);
    return `#fig-${model.get("key")}${pairs.length ? `&v=${VERSION}` : ""}${pairs.join("")}`;
  }

  /** Put the state named by the address into its figure, whose id is returned. Where any of it is damaged or unknown, the page’s own state is shown, with a word. */
  function restoreState() {
    const [id, ...pairs] = location.hash.slice(1).split("&");
    const model = [...models.values()].find((each) => each.get("key") && `fig-${each.get("key")}` === id);
    if (!model) return null;
    const state = {};
    let refused = null;
    for (const pair of pairs) {
      const trait = pair.split("=", 1)[0];
      let value;
      try {
        value = JSON.parse(decodeURIComponent(pair.slice(trait.length + 1)));
      } catch {
        refused ??= trait;
        continue;
      }
      // A trait of that name has the precedence.
      const known = linkable(model, trait) ? acceptable(model, trait, value) : trait === "v" && value === VERSION;
      if (!known) refused ??= trait;
      else if (linkable(model, trait)) state[trait] = value;
    }
    if (refused !== null) {
      for (const trait of Object.keys(model.initial)) if (linkable(model, trait)) state[trait] = structuredClone(model.initial[trait]);
    }
    model.set(state);
    model.linkWords = refused === null ? "" : `The link’s state is not one of this figure’s (${refused.slice(0, 20)}); this is the page’s own.`;
    model.onLink?.();
    document.getElementById(id)?.scrollIntoView();
    return id;
  }

  function copyLinkButton(model) {
    const status = element("span", { role: "status" });
    const button = element("button", { type: "button", textContent: "Copy link" });
    model.onLink = () => (status.textContent = model.linkWords ?? "");
    model.onLink();
    button.addEventListener("click", async () => {
      history.replaceState(null, "", stateFragment(model));
      try {
        await navigator.clipboard.writeText(location.href);
        status.textContent = "Link copied.";
      } catch {
        status.textContent = "The link is in the address bar.";
      }
    });
    return element("div", { className: "live-link" }, button, status);
  }

  /* --------------------------------------------------------------- the page */

  /** Start a slot once. */
  function start(slot) {
    if (slot.dataset.started) return;
    slot.dataset.started = "yes";
    show(models.get(slot.dataset.model), slot).catch((error) => report(error, slot));
  }

  /** The cell's picture stands for the figure in print. A lazy image that is not displayed is not fetched. */
  function addPrintedPicture(slot) {
    const source = new DOMParser().parseFromString(slot.querySelector("noscript")?.textContent ?? "", "text/html");
    const picture = source.querySelector("img");
    if (!picture) return;
    const printed = element("img", { loading: "lazy", alt: picture.alt, className: "live-printed" });
    printed.src = picture.getAttribute("src");
    slot.append(printed);
  }

  function open() {
    for (const stored of document.querySelectorAll(STATE)) {
      for (const [id, { model_name, state }] of Object.entries(JSON.parse(stored.textContent).state)) {
        models.set(id, new Model(model_name, state));
      }
    }
    for (const model of models.values()) if (model.name.endsWith("LinkModel")) connect(model);
    // Links have spoken: what stands now is the page's own state.
    for (const model of models.values()) {
      for (const trait of Object.keys(model.initial)) model.initial[trait] = structuredClone(model.get(trait));
    }
    const named = restoreState();
    addEventListener("hashchange", restoreState);

    const slots = new Set();
    const soon = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (!isIntersecting) continue;
          soon.unobserve(target);
          start(target);
        }
      },
      { rootMargin: LATER },
    );
    /** Take charge of the slots that have been read. The one that the address names starts wherever it stands. */
    const takeSlots = () => {
      for (const slot of document.querySelectorAll(".live-slot[data-model]")) {
        if (slots.has(slot)) continue;
        slots.add(slot);
        addPrintedPicture(slot);
        if (slot.id === named || slot.getBoundingClientRect().top < innerHeight) start(slot);
        else soon.observe(slot);
      }
    };
    takeSlots();
    if (document.readyState === "loading") {
      document.addEventListener("DOMContentLoaded", () => {
        takeSlots();
        if (named) document.getElementById(named)?.scrollIntoView(); // now that the page has its length
      });
    }
    addEventListener("beforeprint", () => slots.forEach(start));
  }

  open();
})();
