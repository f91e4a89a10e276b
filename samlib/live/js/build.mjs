// Bundles each figure into one ES module with a single default export, the form anywidget loads.
// Usage: node build.mjs [output folder]; the folder is samlib/live/bundles when none is named.
import { build } from "esbuild";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? resolve(here, "..", "bundles"));
const shared = { bundle: true, minify: true, legalComments: "none", logLevel: "warning", absWorkingDir: here };

// A bundle carries d3's licence, as the ISC licence asks; d3's sources have no licence comment that esbuild could keep.
const banner =
  "/*! samlib live figures, MIT licence. Bundles d3-array, d3-axis, d3-contour, d3-dispatch, d3-drag, d3-format, " +
  "d3-scale, d3-selection: Copyright Mike Bostock, ISC licence: " +
  "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, " +
  "provided that the above copyright notice and this permission notice appear in all copies. The software is provided " +
  '"as is" and the author disclaims all warranties. */';

await build({
  ...shared,
  entryPoints: ["figures/step_anatomy.js", "figures/bounce.js", "figures/potential.js", "figures/thresholds.js", "figures/early_descent.js", "figures/saddle_escape.js", "figures/bound_versus_truth.js"],
  format: "esm",
  alias: { "d3-interpolate": "./interpolate.js" },
  target: "es2022",
  banner: { js: banner },
  outdir: out,
});
await build({ ...shared, entryPoints: ["live.css"], outdir: out });
