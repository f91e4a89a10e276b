// Python that computes with samlib what a figure shows, written from its state.

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
    { t: "range(len(w))", w1: "w[:, 0]", w2: "w[:, 1]", ...columns },
  );

/** The columns of a table for the iterates of a path in the plane: the step, and the coordinates. */
export const iterates = (path, [first, second] = ["w1", "w2"], labels = ["w₁", "w₂"]) => [
  ["t", "t", path.map((_, t) => t)],
  [first, labels[0], path.map((w) => w[0])],
  [second, labels[1], path.map((w) => w[1])],
];
