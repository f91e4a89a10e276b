// Python that computes with samlib what a figure shows, written from its state.
import { subscripted } from "../views/dom.js";

const NAMES = [
  ...["SAM", "FlatteningRavine", "GradientDescent", "HeavyBallSAM", "Quadratic", "QuadraticSAM", "SymbolicLoss", "UnnormalizedSAM", "Valley"],
  ...["constants", "flip_signs", "live", "trajectory"],
];

/** A value as Python writes it. */
export const literal = (value) =>
  Array.isArray(value) ? `[${value.map(literal).join(", ")}]` : typeof value === "boolean" ? (value ? "True" : "False") : typeof value === "string" ? JSON.stringify(value) : String(value);

/** `name(first=…, second=…)` with the named values. */
export const call = (name, values) => `${name}(${Object.entries(values).map(([each, value]) => `${each}=${literal(value)}`).join(", ")})`;

/** The lines as a program with its imports, that ends with the dictionary `data` of the columns, given by name as expressions. */
export function program(lines, columns) {
  const body = [...lines, "data = {", ...Object.entries(columns).map(([name, expression]) => `    "${name}": ${expression},`), "}"].join("\n");
  const used = NAMES.filter((name) => new RegExp(`(?<![\\w.])${name}[(.]`).test(body));
  return `${body.includes("np.") ? "import numpy as np\n\n" : ""}from samlib import ${used.join(", ")}\n\n${body}\n`;
}

/** The names of the coordinates: w in one dimension, else w1, w2, … */
const coordinates = (dimension) => (dimension > 1 ? Array.from({ length: dimension }, (_, i) => `w${i + 1}`) : ["w"]);

/** SAM's run on the quadratic: `lines` follow that of the iterates `w`, `columns` that of their coordinates. */
export const quadraticRun = ({ eigenvalues, eta, rho }, start, steps, columns, lines = []) =>
  program(
    [
      `eigenvalues = ${literal(eigenvalues)}`,
      "loss = Quadratic(eigenvalues)",
      `theory = QuadraticSAM(eigenvalues, eta=${eta}, rho=${rho})`,
      `w = trajectory(${call("SAM", { eta, rho })}, loss, ${literal(start)}, steps=${steps})`,
      ...lines,
    ],
    { t: "range(len(w))", ...Object.fromEntries(coordinates(start.length).map((name, i) => [name, `w[:, ${i}]`])), ...columns },
  );

/** The columns of a table for the iterates of a path: the step, and the coordinates. */
export const iterates = (path, names = coordinates(path[0].length)) => [
  ["t", "t", path.map((_, t) => t)],
  ...names.map((name, i) => [name, name.replace(/\d/, (index) => subscripted("", index)), path.map((w) => w[i])]),
];
