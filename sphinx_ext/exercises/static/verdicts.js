/* The verdict on an answer that a reader enters, as `samlib.check` would give it in a notebook.
 *
 * What makes an answer right is not written here: a page's data hold it as a list of operations, which samlib recorded
 * and goes through itself (samlib/check/_property.py). Here is what such a list is made of, and the grammar of numbers
 * that are written as text (samlib/check/_written.py), with samlib's words. Tests hold the two sides together.
 */
globalThis.exerciseVerdicts = (() => {
  "use strict";

  class Wrong extends Error {}
  class Unreadable extends Error {}

  /* ------------------------------------------------------------- operations */

  const compared = (holds) => (a, b) => (a !== a || b !== b ? NaN : Number(holds(a, b)));
  const OPERATIONS = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
    "<": compared((a, b) => a < b),
    "<=": compared((a, b) => a <= b),
  };
  for (const name of ["max", "min", "abs", "sign", "floor", "sqrt", "exp", "log", "sin", "cos"]) OPERATIONS[name] = Math[name];

  /** The reason why `numbers` are wrong and the share of the points they earn; null if they are right. */
  function judged({ steps, rules }, numbers) {
    const values = [...numbers];
    for (const step of steps) {
      values.push(Array.isArray(step) ? OPERATIONS[step[0]](...step.slice(1).map((place) => values[place])) : step);
    }
    const found = rules.find(([condition]) => values[condition] !== 0);
    if (!found) return null;
    return { reason: found[1].replace(/⟦(\d+)⟧/g, (_, place) => numberWords(values[place])), share: values[found[2]] };
  }

  /** A number with at most six digits, as Python's format "g" writes it. */
  function numberWords(value) {
    if (!Number.isFinite(value)) return value !== value ? "nan" : value > 0 ? "inf" : "-inf";
    if (value === 0) return Object.is(value, -0) ? "-0" : "0";
    let [digits, exponent] = value.toExponential(5).split("e");
    const [exact] = value.toExponential(40).split("e");
    if (/^-?\d\.\d{4}[02468]50*$/.test(exact)) digits = exact.slice(0, exact.indexOf(".") + 6); // a tie goes to even
    exponent = Number(exponent);
    if (exponent >= -4 && exponent < 6) {
      const fixed = Number(`${digits}e${exponent}`).toFixed(5 - exponent);
      return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
    }
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${digits.replace(/\.?0+$/, "")}e${exponent < 0 ? "-" : "+"}${size}`;
  }

  /* ------------------------------------------------------ numbers in writing */

  const LONGEST = 2000;
  const DEEPEST = 40;
  const LARGEST = 1e300;
  const FUNCTIONS = {};
  const SAME = ["abs", "atan", "cos", "cosh", "exp", "log", "max", "min", "sign", "sin", "sinh", "sqrt", "tan", "tanh"];
  for (const name of SAME) FUNCTIONS[name] = Math[name];
  Object.assign(FUNCTIONS, { arctan: Math.atan, ln: Math.log, sgn: Math.sign });
  const KNOWN = Object.keys(FUNCTIONS).sort().join(", ");
  const NUMBERS = { pi: Math.PI, e: Math.E, nan: NaN, inf: Infinity, infinity: Infinity, oo: Infinity };
  const SPELLING = {
    "^": "**", "−": "-", "–": "-", "·": "*", "×": "*", "√": "sqrt", "²": "**2", "³": "**3", π: "pi", "∞": "inf",
  };
  const TOKEN =
    / *(?:((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)|((?:(?:np|numpy|sp|sympy|math)\.)?[\p{L}\p{Nl}\p{No}_][\p{L}\p{N}_]*)|(\*\*|[-+*/(),]))/uy;

  const own = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);

  /** On one line, without signs that cannot be seen. */
  const tidy = (text) => text.replace(/[\p{C}\p{Z}]/gu, " ").split(" ").filter(Boolean).join(" ");

  /** As C and NumPy have it: 1 to the power of anything is 1. */
  const power = (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b);

  /** The value of a text; `what` is what it should be, for the words of an error. */
  function evaluated(text, what) {
    const letters = [...text];
    if (letters.length > LONGEST) throw new Wrong(`${what} has ${letters.length} letters, which is too long to be read.`);
    if (text.includes("=")) throw new Wrong(`${what} should be the right-hand side alone, without “=”.`);
    if (text.includes("|")) throw new Wrong(`${what}: write abs(w) for |w|.`);
    if (/^[-+]?[0-9]*,[0-9]+(?:[eE][-+]?[0-9]+)?$/.test(text)) {
      throw new Wrong(`${what}: a comma is no decimal point; write 0.5 for a half, and 1000 without a comma.`);
    }
    let value;
    try {
      value = reading(letters.map((letter) => own(SPELLING, letter) ?? letter).join(""), what);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      throw new Wrong(
        `${what} cannot be read: “${letters.slice(0, 80).join("")}”. ` +
          "Write it as in Python, every product with *, for example 2*eta*rho.",
      );
    }
    return value();
  }

  /** The function without arguments that a text stands for; names are looked up when it is called. */
  function reading(text, what) {
    const tokens = [];
    for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length; ) {
      const found = TOKEN.exec(text);
      if (!found) throw new Unreadable();
      tokens.push({ number: found[1], name: found[2], sign: found[3] });
    }
    let next = 0;
    let depth = 0;
    const take = (...signs) => (signs.includes(tokens[next]?.sign) ? tokens[next++].sign : "");
    const expect = (sign) => {
      if (!take(sign)) throw new Unreadable();
    };

    function chain(part, ...signs) {
      const first = part();
      const rest = [];
      for (let sign; (sign = take(...signs)); ) rest.push([OPERATIONS[sign], part()]);
      return () => rest.reduce((result, [operation, other]) => operation(result, other()), first());
    }
    const sum = () => chain(product, "+", "-");
    const product = () => chain(signed, "*", "/");

    function signed() {
      if (++depth > DEEPEST) throw new Unreadable();
      const sign = take("+", "-");
      const inner = sign ? signed() : raised();
      depth--;
      return sign === "-" ? () => -inner() : inner;
    }

    function raised() {
      const base = atom();
      if (!take("**")) return base;
      const exponent = signed();
      return () => power(base(), exponent());
    }

    function atom() {
      const { number, name, sign } = tokens[next++] ?? {};
      if (number) return literal(Number(number));
      if (name) return take("(") ? call(name) : constant(name);
      if (sign !== "(") throw new Unreadable();
      const inner = sum();
      expect(")");
      return inner;
    }

    const short = (name) => name.slice(name.lastIndexOf(".") + 1).toLowerCase();

    const literal = (number) => () => {
      if (number > LARGEST) throw new Wrong(`${what} holds a number that is too large.`);
      return number;
    };

    const constant = (name) => () => {
      const value = own(NUMBERS, short(name));
      if (value === undefined) throw new Wrong(`${what} holds the name “${name}”, and the question has numbers only.`);
      return value;
    };

    function call(name) {
      const inner = [];
      if (!take(")")) {
        do inner.push(sum());
        while (take(","));
        expect(")");
      }
      return () => {
        const known = own(FUNCTIONS, short(name));
        if (!known) throw new Wrong(`${what} may use ${KNOWN}, and no other function.`);
        if (inner.length !== 1 && !(inner.length && ["max", "min"].includes(short(name)))) {
          throw new Wrong(`${what}: ${name} takes one argument.`);
        }
        return known(...inner.map((argument) => argument()));
      };
    }

    const whole = sum();
    if (next < tokens.length) throw new Unreadable();
    return whole;
  }

  function number(answer, what) {
    const text = tidy(answer);
    if (!text) throw new Wrong(`${what} is still missing.`);
    const value = evaluated(text, what);
    if (value !== value) throw new Wrong(`${what} is NaN, “not a number”: somewhere a calculation such as 0/0 went through.`);
    if (!Number.isFinite(value)) throw new Wrong(`${what} is infinite; a finite number is wanted.`);
    return value;
  }

  /* ---------------------------------------------------------------- verdicts */

  const named = (name, reason) => (/^[ :]/.test(reason.slice(name.length)) && reason.startsWith(name) ? reason : `${name}: ${reason}`);

  function chosen({ name, right, wrong }, answer) {
    if (!answer) throw new Wrong(`${name} is still missing.`);
    return answer === right ? null : { reason: wrong[answer], share: 0 };
  }

  function verdictOn(part, answer) {
    if (part.options) return chosen(part, answer);
    const numbers = part.count === 1 ? [number(answer, part.name)] : answer.map((one, i) => number(one, `number ${i + 1}`));
    return judged(part, numbers);
  }

  /** { points, message, answered } of a part; the answer is a text, a list of texts, or null where nothing is entered. */
  function examine(part, answer) {
    const { name, points } = part;
    if (answer === null) return { points: 0, message: `${name}: not handed in.`, answered: false };
    try {
      const wrong = verdictOn(part, answer);
      if (!wrong) return { points, message: `${name}: right.`, answered: true };
      return { points: wrong.share * points, message: named(name, wrong.reason), answered: true };
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      return { points: 0, message: named(name, error.message), answered: true };
    }
  }

  return { examine, numberWords };
})();
