// Predict, then reveal: the run is hidden while the reader says how it will end; then it plays, and the figure tells how far off
// that was, and which statement explains the end. The scores stay on the reader's device.
import { choice } from "../views/controls.js";
import { datum, html, number, vector } from "../views/dom.js";
import { reduced } from "../views/motion.js";
import { flagView, predictPanel } from "../views/predict.js";

const STORE = "samlib.predictions.v1"; // { kind: { tries, best } }, `best` the smallest share, null before there was one
let memory = null; // the scores, where the device does not keep them

function scores() {
  if (memory) return memory;
  try {
    const found = JSON.parse(localStorage.getItem(STORE));
    return found && typeof found === "object" && !Array.isArray(found) ? found : {};
  } catch {
    return {}; // refused, or damaged
  }
}

function scoreOf(kind) {
  const { tries, best } = Object(scores()[kind]);
  if (!(Number.isSafeInteger(tries) && tries > 0)) return { tries: 0, best: null };
  return { tries, best: Number.isFinite(best) && best >= 0 ? best : null };
}

function addScore(kind, share) {
  const { tries, best } = scoreOf(kind);
  const all = { ...scores(), [kind]: { tries: tries + 1, best: Number.isFinite(share) ? Math.min(share, best ?? share) : best } };
  try {
    localStorage.setItem(STORE, JSON.stringify(all));
  } catch {
    memory = all;
  }
}

function forgetScores() {
  memory = null;
  try {
    localStorage.removeItem(STORE);
  } catch {
    memory = {};
  }
}

/**
 * The prediction of a figure. `walk` plays the trait `t` up to that named `length`; the traits in `free` change the view only.
 * `ask()` is the question. The answer is a point of `plane` (with `upright` its second coordinate), or one of `picks` = { name: words }
 * for which `open(name)` holds. `judge(answer)` returns { distance, share, lead, beside, scale, tail, reason, end }: the words of the
 * verdict are "lead distance beside (share of scale) tail", and `reason` is the key of the statement that explains it.
 * @param {any} options
 */
export function prediction({ model, state, frame, walk, length, free = [], ask, judge, plane, upright = false, picks, open }) {
  const { root } = frame;
  const { kind } = root.dataset;
  let phase = "";
  let answer = plane ? [0, 0] : "";
  let verdict = null;
  let setting = "";
  let label = "";

  const group = picks && choice({ label: "Your pick", options: Object.entries(picks).map(([name, text]) => ({ name, text })), change: pick });
  const panel = predictPanel({ press: () => (phase === "placing" ? reveal() : begin()), leave, forget, picks: group?.element });
  const flag = plane && flagView(plane, { upright, done: reveal, move: pick });
  const buttons = [...(group?.element.querySelectorAll("button") ?? [])];

  function pick(chosen) {
    answer = chosen;
    frame.redraw();
  }

  function enter(next) {
    if (phase === "placing") root.setAttribute("aria-label", label);
    phase = next;
    if (next) root.dataset.predict = next;
    else delete root.dataset.predict;
    panel.phase(next);
    if (group) group.element.hidden = next !== "placing";
    if (!next) panel.say();
    frame.redraw();
  }

  function begin() {
    walk.stop();
    enter("placing");
    // The figure's description would tell the end.
    label = root.getAttribute("aria-label");
    root.setAttribute("aria-label", "Live figure; its run is hidden until you reveal it");
    limit();
    (flag ?? buttons.find((button) => !button.hidden) ?? panel).focus();
  }

  function leave() {
    enter("");
    panel.focus();
  }

  function reveal() {
    if (group && !(answer && open(answer))) return panel.say("Pick one first.");
    verdict = judge(answer);
    setting = present();
    addScore(kind, verdict.share);
    panel.score(scoreOf(kind));
    enter("playing");
    panel.say("");
    panel.focus();
    // From the end, play begins anew.
    walk.seek(state.values[length]);
    if (!reduced()) walk.toggle();
  }

  function forget() {
    forgetScores();
    panel.score(scoreOf(kind));
    panel.focus();
  }

  /** The traits on which the end depends. */
  const present = () => JSON.stringify({ ...state.values, ...Object.fromEntries(["t", ...free].map((name) => [name, 0])) });

  function limit() {
    for (const button of buttons) button.hidden = !open(button.dataset.choice);
    group?.show(answer);
  }

  function tell() {
    const { distance, share, lead, beside, scale, tail, reason } = verdict;
    const [far, part] = [datum("residual"), datum("share")];
    far.show(distance);
    part.show(share, `${number(100 * share)} %`);
    const { name, words, href } = Object(model.get("statements")?.[reason]);
    panel.say(
      ...[lead, far.element, beside],
      ...(Number.isFinite(share) ? [" (", part.element, ` of ${scale})`] : []),
      `. ${tail}`,
      ...(name ? [" ", href ? html("a", { href }, name) : name, `: ${words}`] : []),
    );
  }

  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || phase !== "placing") return;
    event.preventDefault();
    event.stopPropagation();
    leave();
  });
  panel.score(scoreOf(kind));
  panel.phase("");
  if (group) group.element.hidden = true;

  return {
    element: panel.element,
    /** Whether the run is to be hidden: the figure then draws a run of no steps. */
    get hidden() {
      return phase === "placing";
    },
    /** To be called at the end of each drawing. */
    draw() {
      if (phase === "placing") {
        limit();
        panel.say(ask(), plane ? " Drag the flag or use the arrow keys, with Shift for fine steps. Enter reveals, Escape leaves." : " Pick one, then reveal. Escape leaves.");
      } else if (phase && present() !== setting) enter("");
      if (phase === "playing" && state.values.t >= state.values[length]) {
        enter("told");
        tell();
      }
      flag?.draw(answer, phase === "told" ? verdict.end : null, phase === "placing");
    },
  };
}

const PLACES = {
  rest: "at rest in the minimum of the loss",
  minimum: "near the bounce along the sharpest direction, a minimum of J",
  saddle: "near a bounce along a flatter direction, a saddle of J",
  outside: "outside of the ball where ‖∇ℓ‖ ≤ b",
  inside: "inside of the ball where ‖∇ℓ‖ ≤ b, near no bounce",
};

/** The verdict of `judge` in dynamics/prediction.js in words; the share is one of `scale`. */
export function quadraticVerdict({ place, guessed, opposite, end, distance, share, reason }, scale) {
  const regime = place === guessed ? `Right regime${opposite ? ", but the opposite side" : ""}: ${PLACES[place]}.` : `Another regime: ${PLACES[place]}.`;
  return { end, distance, share, reason, scale, lead: `SAM ends at ${vector(end)}, `, beside: " from your flag", tail: regime };
}
