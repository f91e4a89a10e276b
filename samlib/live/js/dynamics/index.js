export * from "./sam.js";
export * from "./theory.js";
