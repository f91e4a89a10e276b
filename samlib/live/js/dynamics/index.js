export * from "./sam.js";
export * from "./theory.js";
export * from "./bounds.js";
export * from "./escape.js";
export * from "./settling.js";
