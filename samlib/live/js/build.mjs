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

// What reads formulas, in the one bundle that does.
const mathjs =
  "/*! Bundles also parts of math.js 15.2.0: Copyright Jos de Jong, licensed under the Apache License, Version 2.0 (the \"License\"); " +
  "you may not use it except in compliance with the License, a copy of which is at www.apache.org/licenses/LICENSE-2.0; " +
  'distributed under the License on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. ' +
  "And escape-latex: Copyright Dang Mai; @babel/runtime: Copyright Sebastian McKenzie and " +
  "other contributors; both under the MIT licence: Permission is hereby granted, free of charge, to any person obtaining a copy " +
  'of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including ' +
  "without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and " +
  "to permit persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice and " +
  "this permission notice shall be included in all copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED " +
  '"AS IS", WITHOUT WARRANTY OF ANY KIND. */';

const figures = { ...shared, format: "esm", alias: { "d3-interpolate": "./interpolate.js" }, target: "es2022", outdir: out };
await build({
  ...figures,
  entryPoints: ["figures/step_anatomy.js", "figures/scalar_bounce.js", "figures/bounce.js", "figures/potential.js", "figures/thresholds.js", "figures/early_descent.js", "figures/saddle_escape.js", "figures/bound_versus_truth.js", "figures/race.js", "figures/valley.js", "figures/atlas.js"],
  banner: { js: banner },
});
await build({ ...figures, entryPoints: ["figures/your_loss.js"], banner: { js: `${banner}\n${mathjs}` } });
await build({ ...shared, entryPoints: ["live.css"], outdir: out });
