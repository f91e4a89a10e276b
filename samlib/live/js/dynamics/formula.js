// A reader's formula ℓ(x, y): mathjs parses and differentiates it; what comes out is checked piece by piece, and evaluated by closures
// over the few operations that are listed here. No text is ever run as code, and no function of mathjs's is within a formula's reach.
import {
  createConstantNode,
  createDerivative,
  createFunctionNode,
  createNode,
  createOperatorNode,
  createParenthesisNode,
  createParse,
  createSymbolNode,
} from "mathjs/number";
import { number as digits } from "../views/dom.js";

export const LONGEST = 200; // characters
const LARGEST_EXPONENT = 100;
const DEEPEST = 40;
// What the trees of the first and second derivatives may hold: a limit to the time that reading a formula takes.
const MOST_NODES = { first: 2000, second: 20000 };

/** What is wrong with a formula, in words for its reader. */
export class FormulaError extends Error {}

const refuse = (words) => {
  throw new FormulaError(words);
};

/** A piece of what the reader typed, short enough to be quoted. */
const quoted = (text, most = 24) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const { parse, derivative, ConstantNode, FunctionNode, OperatorNode } = mathjs();

// mathjs's parser knows a whole language. The nodes that a formula has no use for cannot even be built.
function mathjs() {
  const others = [
    ...["AccessorNode", "ArrayNode", "AssignmentNode", "BlockNode", "ConditionalNode", "FunctionAssignmentNode"],
    ...["IndexNode", "ObjectNode", "RangeNode", "RelationalNode"],
  ];
  class Refused {
    constructor() {
      refuse("A formula has numbers, x, y, + − * / ^, parentheses and functions, nothing else.");
    }
  }
  const config = { number: "number", numberFallback: "number" };
  const typed = Object.assign(byType, { addConversion() {} });
  const numeric = (text) => Number(text);
  const isBounded = Number.isFinite;
  const Node = createNode({ mathWithTransform: {} });
  const symbols = createSymbolNode({ Node, math: {} });
  const nodes = {
    ConstantNode: createConstantNode({ Node, isBounded }),
    FunctionNode: createFunctionNode({ Node, math: {}, SymbolNode: symbols }),
    OperatorNode: createOperatorNode({ Node }),
    ParenthesisNode: createParenthesisNode({ Node }),
    SymbolNode: symbols,
  };
  const parser = createParse({ typed, numeric, config, ...nodes, ...Object.fromEntries(others.map((name) => [name, Refused])) });
  const differentiate = createDerivative({
    typed,
    config,
    parse: parser,
    numeric,
    equal: (a, b) => a === b,
    isZero: (a) => a === 0,
    simplify: (node) => node, // not asked for: `folded` does what is needed, in a time that is known
    ...nodes,
  });
  return { ...nodes, parse: parser, derivative: (node, name) => differentiate(node, name, { simplify: false }) };
}

// mathjs takes any function that chooses among bodies by the types of the arguments. Its own weighs twice as much as its
// parser and its derivatives together.
function byType(_, bodies) {
  const choices = Object.entries(bodies).map(([signature, body]) => [signature.split(",").map((types) => types.trim().split(" | ")), body]);
  return (...args) => {
    const fits = (/** @type {any[]} */ [signature]) => signature.length === args.length && signature.every((types, i) => types.some((type) => isOf(type, args[i])));
    const found = choices.find(fits);
    if (!found) throw new TypeError("no body for these arguments");
    return found[1](...args);
  };
}

function isOf(type, value) {
  if (type === "string" || type === "function") return typeof value === type;
  if (type.endsWith("Node")) return value?.[`is${type}`] === true;
  return type === "Object" && value?.constructor === Object;
}

// Smooth where they are real; beside each, its value. The names are those of SymPy, too.
const FUNCTIONS = {
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  sec: (u) => 1 / Math.cos(u),
  csc: (u) => 1 / Math.sin(u),
  cot: (u) => 1 / Math.tan(u),
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  sech: (u) => 1 / Math.cosh(u),
  csch: (u) => 1 / Math.sinh(u),
  coth: (u) => 1 / Math.tanh(u),
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
};
const CORNERED = ["abs", "sign", "sgn", "max", "min", "floor", "ceil", "ceiling", "round", "fix", "mod", "step", "heaviside", "relu", "hypot", "frac", "trunc"];
const CONSTANTS = { pi: Math.PI, e: Math.E };
const COORDINATES = ["x", "y"];
const OPERATIONS = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  pow: (a, b) => power(a, b),
  unaryMinus: (a) => -a,
  unaryPlus: (a) => a,
};
const SYMBOLS = { add: "+", subtract: "-", multiply: "*", divide: "/", pow: "^", unaryMinus: "-" };

// Small whole powers as products, which is faster than Math.pow, and the same in every engine.
function power(a, b) {
  return b === 2 ? a * a : b === 3 ? a * a * a : b === 4 ? a * a * (a * a) : a ** b;
}

/**
 * Reads ℓ(x, y). Returns { value, gradient, hessian, code, slopes }: functions of a point [x, y] → number, [ℓₓ, ℓ_y] and
 * [ℓₓₓ, ℓₓ_y, ℓ_yy]; the formula as Python text for `samlib.SymbolicLoss`; and the two partial derivatives as text.
 * Throws a FormulaError with words for the reader.
 */
export function readFormula(text) {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof FormulaError) throw error;
    // What is left are trees that are too deep for the engine's stack, which some browsers keep small.
    return refuse("The formula is nested too deeply to be read here.");
  }
}

function read(text) {
  const tree = checked(parsed(text));
  const loss = folded(tree);
  const slopes = COORDINATES.map((name) => differentiated(loss, name, MOST_NODES.first));
  const second = (slope, name) => compiled(differentiated(slope, name, MOST_NODES.second));
  const [xx, xy, yy] = [second(slopes[0], "x"), second(slopes[0], "y"), second(slopes[1], "y")];
  const [value, x, y] = [loss, ...slopes].map(compiled);
  return {
    value: (w) => value(w[0], w[1]),
    gradient: (w) => [x(w[0], w[1]), y(w[0], w[1])],
    hessian: (w) => [xx(w[0], w[1]), xy(w[0], w[1]), yy(w[0], w[1])],
    code: written(tree, PYTHON),
    slopes: slopes.map((slope) => written(slope, PLAIN)),
  };
}

/** The formula as mathjs's tree. */
function parsed(given) {
  if (typeof given !== "string") refuse("A formula is a text.");
  if (given.length > LONGEST) refuse(`The formula has ${given.length} characters; at most ${LONGEST} can be read here.`);
  if (/[²³][²³\d]/.test(given)) refuse("Write an exponent of several digits after ^.");
  const text = given
    .replace(/\s+/g, " ")
    .trim()
    .replace(/\*\*/g, "^")
    .replace(/[·×⋅∗]/g, "*")
    .replace(/[−–]/g, "-")
    .replace(/²/g, "^2")
    .replace(/³/g, "^3")
    .replace(/π/g, " pi ");
  if (!text) refuse("Type a formula in x and y, such as x^2/2 + y^4.");
  if (/[=<>]/.test(text)) refuse("Write the formula alone: no equation, no comparison, no assignment.");
  const odd = text.match(/[^\w\s.+\-*/^(),]/u);
  if (odd) refuse(`${visible(odd[0])} has no meaning in a formula here.`);
  if (/(^|[^\w.])0[xob]/i.test(text)) refuse("Write numbers in decimals.");
  let depth = 0;
  for (const sign of text) {
    depth += sign === "(" ? 1 : sign === ")" ? -1 : 0;
    if (depth > DEEPEST) refuse(`The formula nests more than ${DEEPEST} parentheses.`);
  }
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return refuse(`This is not a formula yet: ${quoted(error.message, 60)}.`);
    throw error;
  }
}

/** A sign between quotes; one that is not seen, or turns the direction of the text, by its number. */
const visible = (sign) => (/[\p{C}\p{M}\p{Z}]/u.test(sign) ? `The sign U+${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}` : `“${sign}”`);

const bare = (node) => (node.isParenthesisNode ? bare(node.content) : node);

/** The tree without its parentheses, every piece of it known; throws at the first that is not. */
function checked(given) {
  const node = bare(given);
  if (node.isConstantNode) {
    if (!Number.isFinite(node.value)) refuse(`${node.value} is not a number that can be used here.`);
    return node;
  }
  if (node.isSymbolNode) {
    const { name } = node;
    if (COORDINATES.includes(name) || Object.hasOwn(CONSTANTS, name)) return node;
    if (name === "i" || name === "I") refuse("ℓ must be real: there is no imaginary unit here.");
    if (Object.hasOwn(FUNCTIONS, name) || name === "ln" || CORNERED.includes(name)) refuse(`${name} needs its argument in parentheses.`);
    if (/^[xy]+$/.test(name)) refuse(`${quoted(name)} is not known: a product is written ${quoted([...name].join("*"))}.`);
    refuse(`${quoted(name)} is not known here: a formula has x, y, pi, e and numbers.`);
  }
  if (node.isFunctionNode) return checkedFunction(node);
  if (!node.isOperatorNode || !Object.hasOwn(OPERATIONS, node.fn)) refuse(`${node.isOperatorNode ? `“${node.op}”` : "This"} cannot be used in a smooth formula.`);
  checkProduct(node);
  const args = node.args.map(checked);
  if (node.fn === "unaryPlus") return args[0];
  if (node.fn === "pow") checkPower(...args);
  return finite(new OperatorNode(node.op, node.fn, args));
}

function checkedFunction(node) {
  const name = node.fn.isSymbolNode ? node.fn.name : "This";
  if (CORNERED.includes(name)) refuse(`${name} has a corner or a jump: ℓ must be smooth.`);
  if (COORDINATES.includes(name) || Object.hasOwn(CONSTANTS, name)) refuse(`${name} is no function: a product is written ${name}*(…).`);
  if (!Object.hasOwn(FUNCTIONS, name) && name !== "ln") refuse(`${quoted(name)} is not among the functions known here: ${Object.keys(FUNCTIONS).join(", ")}.`);
  if (node.args.length !== 1) refuse(`${name} has one argument.`);
  const argument = checked(node.args[0]);
  if (name === "sqrt") checkPower(argument, new ConstantNode(0.5));
  return finite(new FunctionNode(name === "ln" ? "log" : name, [argument]));
}

// 1/2x and x/2y are read one way here and another way there.
function checkProduct(node) {
  const [first, second] = node.args;
  const implicit = (part) => part.isOperatorNode && part.implicit;
  if ((node.implicit && first.isOperatorNode && first.fn === "divide") || (node.fn === "divide" && implicit(second))) {
    refuse("A quotient beside a product without its * can be read in two ways: add the *, or parentheses.");
  }
  if (node.implicit && startsWithNumber(second)) refuse("A product with a number on the right needs its *.");
}

const startsWithNumber = (node) => node.isConstantNode || (node.isOperatorNode && node.args.length === 2 && startsWithNumber(node.args[0]));

function checkPower(base, exponent) {
  const [number, constant] = [folded(base), folded(exponent)];
  if (!constant.isConstantNode) {
    if (number.isConstantNode && number.value < 0) refuse(`A power of ${quoted(written(number, PLAIN))} is real at whole exponents only.`);
    return;
  }
  if (Math.abs(constant.value) > LARGEST_EXPONENT) refuse(`The exponent ${quoted(written(constant, PLAIN))} is too large: at most ${LARGEST_EXPONENT} in size.`);
  if (!Number.isInteger(constant.value) && isSquare(base)) refuse(`Write ${quoted(written(base, PLAIN))} without the root: that of an even power is an absolute value, which may have a corner.`);
}

/** Whether the node is, by its form alone, a square of something that is not constant. */
function isSquare(node) {
  const square = (part) => {
    if (!part.isOperatorNode) return false; // a constant least of all
    const [first, second] = part.args;
    if (part.fn === "pow") return second.isConstantNode && second.value % 2 === 0;
    if (part.fn !== "multiply" && part.fn !== "divide") return false;
    if (part.fn === "multiply" && first.equals(second)) return true;
    return [first, second].every((each) => square(each) || (each.isConstantNode && each.value > 0));
  };
  return square(folded(node));
}

/** The node, unless it is a constant without a finite value. */
function finite(node) {
  folded(node);
  return node;
}

const constant = (value) => new ConstantNode(value);
const is = (node, value) => node.isConstantNode && node.value === value;

/** The tree with its constants computed, and without factors 1, terms 0 and powers 1; linear in its size. */
function folded(given) {
  const node = bare(given);
  if (node.isSymbolNode) return Object.hasOwn(CONSTANTS, node.name) ? constant(CONSTANTS[node.name]) : node;
  if (node.isConstantNode) return node;
  const args = node.args.map(folded);
  const name = node.isFunctionNode ? node.fn.name : node.fn;
  const known = node.isFunctionNode ? FUNCTIONS : OPERATIONS;
  if (!Object.hasOwn(known, name)) refuse(`The derivative needs ${name}, which is not known here.`);
  if (args.every((arg) => arg.isConstantNode)) {
    const value = known[name](...args.map((arg) => arg.value));
    if (!Number.isFinite(value)) refuse(`${quoted(written(node, PLAIN))} is ${Number.isNaN(value) ? "not a real number" : "not finite, or too large"}.`);
    return constant(value);
  }
  if (node.isFunctionNode) return new FunctionNode(name, args);
  return shortened(name, args) ?? new OperatorNode(SYMBOLS[name], name, args);
}

function shortened(name, [a, b]) {
  switch (name) {
    case "unaryPlus":
      return a;
    case "unaryMinus":
      return times(-split(a).factor, split(a).rest);
    case "add":
    case "subtract": {
      if (is(b, 0)) return a;
      const { factor, rest } = split(b);
      const added = name === "add";
      if (is(a, 0)) return added ? b : times(-factor, rest);
      if (!(factor < 0)) return null;
      const other = added ? "subtract" : "add"; // in place of a sign within: a + (−2)·b is a − 2·b, to the last digit
      return joined(other, a, times(-factor, rest));
    }
    case "multiply": {
      const [first, second] = [split(a), split(b)];
      return times(first.factor * second.factor, joined("multiply", first.rest, second.rest));
    }
    case "divide": {
      if (is(b, 0)) refuse("This divides by zero.");
      const [first, second] = [split(a), split(b)];
      const factor = first.factor / second.factor;
      if (!first.rest) return Number.isFinite(factor) ? joined("divide", constant(factor), second.rest) : null;
      return times(factor, joined("divide", first.rest, second.rest));
    }
    default:
      return is(b, 0) ? constant(1) : is(b, 1) ? a : null;
  }
}

/** A folded node as a number times the rest, which is null for a number alone. */
function split(node) {
  if (node.isConstantNode) return { factor: node.value, rest: null };
  if (node.isOperatorNode && node.fn === "unaryMinus") return { factor: -1, rest: node.args[0] };
  if (node.isOperatorNode && node.fn === "multiply" && node.args[0].isConstantNode) return { factor: node.args[0].value, rest: node.args[1] };
  return { factor: 1, rest: node };
}

const joined = (name, a, b) => (a && b ? new OperatorNode(SYMBOLS[name], name, [a, b]) : (a ?? b));

function times(factor, rest) {
  if (!Number.isFinite(factor)) refuse("A constant in this formula is not finite, or too large.");
  if (factor === 0 || !rest) return constant(factor);
  if (factor === 1) return rest;
  return factor === -1 ? new OperatorNode("-", "unaryMinus", [rest]) : joined("multiply", constant(factor), rest);
}

function differentiated(node, name, most) {
  const result = folded(derivative(node, name));
  let size = 0;
  result.traverse(() => size++);
  if (size > most) refuse("The derivatives of this formula are too long to be computed here.");
  return result;
}

/** The tree as a function of x and y. */
function compiled(node) {
  if (node.isConstantNode) {
    const { value } = node;
    return () => value;
  }
  if (node.isSymbolNode) return node.name === "x" ? (x) => x : (_, y) => y;
  const [a, b] = node.args.map(compiled);
  if (node.isFunctionNode) {
    const f = FUNCTIONS[node.fn.name];
    return (x, y) => f(a(x, y));
  }
  switch (node.fn) {
    case "add":
      return (x, y) => a(x, y) + b(x, y);
    case "subtract":
      return (x, y) => a(x, y) - b(x, y);
    case "multiply":
      return (x, y) => a(x, y) * b(x, y);
    case "divide":
      return (x, y) => a(x, y) / b(x, y);
    case "pow":
      return (x, y) => power(a(x, y), b(x, y));
    default:
      return (x, y) => -a(x, y);
  }
}

const LEVELS = { add: 1, subtract: 1, multiply: 2, divide: 2, unaryMinus: 3, pow: 4 };
const NEGATIVE = 1.5; // a negative number: in parentheses unless it comes first, in a sum or a product
const RECIPROCALS = { sec: "cos", csc: "sin", cot: "tan", sech: "cosh", csch: "sinh", coth: "tanh" };
const call = (name, argument) => `${name}(${argument})`;
const PYTHON = {
  signs: { add: " + ", subtract: " - ", multiply: "*", divide: "/", unaryMinus: "-", pow: "**" },
  names: { e: "E" },
  number: String,
  // SymPy turns its own sech(1/x**2) into powers of a logarithm for NumPy, which has none for x < 0.
  call: (name, argument) => (Object.hasOwn(RECIPROCALS, name) ? `(1/${call(RECIPROCALS[name], argument)})` : call(name, argument)),
};
const PLAIN = {
  signs: { add: " + ", subtract: " − ", multiply: "·", divide: "/", unaryMinus: "−", pow: "^" },
  names: {},
  number: (value) => digits(value, 6),
  call,
};

/** The tree as text, with the parentheses it needs. */
function written(given, style) {
  const node = bare(given);
  if (node.isConstantNode) return style.number(node.value);
  if (node.isSymbolNode) return style.names[node.name] ?? node.name;
  if (node.isFunctionNode) return style.call(node.fn.name, written(node.args[0], style));
  const sign = style.signs[node.fn];
  const level = LEVELS[node.fn];
  const wrap = (arg, lowest) => {
    const inner = bare(arg);
    const own = inner.isOperatorNode ? LEVELS[inner.fn] : inner.isConstantNode && inner.value < 0 ? NEGATIVE : 9;
    return own < lowest ? `(${written(inner, style)})` : written(inner, style);
  };
  const [first, second] = node.args;
  if (!second) return sign + wrap(first, LEVELS.unaryMinus + 1);
  if (node.fn === "pow") return wrap(first, level + 1) + sign + wrap(second, level);
  return wrap(first, Math.min(level, NEGATIVE)) + sign + wrap(second, level + 1);
}
