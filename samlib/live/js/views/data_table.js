// What a figure shows as numbers: a table around the present step, and all of it as CSV.
import { html, number } from "./dom.js";

const MOST = 21; // rows of the table at once; more would only be scrolled past

/**
 * `caption` says what the rows are, `at` is the present one; each of `columns` has a name for the file, a label for the table and values,
 * numbers or words. Columns may be of different lengths.
 * @typedef {{ caption: string, at?: number, columns: [string, string, ArrayLike<number | string>][] }} Data
 */

const length = (/** @type {Data} */ { columns }) => Math.max(...columns.map(([, , values]) => values.length));

/** The numbers with all their digits, NaN and ±∞ as NumPy and pandas read them. */
export function csvText(/** @type {Data} */ data) {
  const cell = (/** @type {number | string | undefined} */ value) =>
    typeof value === "number" ? String(value).replace("NaN", "nan").replace("Infinity", "inf") : (value ?? "");
  const rows = Array.from({ length: length(data) }, (_, k) => data.columns.map(([, , values]) => cell(values[k])));
  return [data.columns.map(([name]) => name), ...rows].map((row) => `${row.join(",")}\n`).join("");
}

/** A table of the rows around the present one, which is marked. */
export function dataTable() {
  const words = html("span");
  const caption = html("caption", {}, words);
  const head = html("thead");
  const body = html("tbody");
  const said = (/** @type {number | string | undefined} */ value) => (typeof value === "number" ? number(value, 6) : (value ?? ""));
  return {
    // Wide tables scroll by themselves, also with the arrow keys.
    element: html("div", { class: "live-data", tabindex: "0", role: "group", "aria-label": "Data" }, html("table", {}, caption, head, body)),
    show(/** @type {Data} */ data) {
      const { columns, at = 0 } = data;
      const rows = length(data);
      const from = Math.max(0, Math.min(at - (MOST >> 1), rows - MOST));
      const to = Math.min(rows, from + MOST);
      const part = to - from < rows ? ` Rows ${from + 1} to ${to} of ${rows}; the CSV file has all.` : "";
      words.textContent = `${data.caption}.${part}`;
      head.replaceChildren(html("tr", {}, columns.map(([, label]) => html("th", { scope: "col" }, label))));
      body.replaceChildren(
        ...Array.from({ length: to - from }, (_, k) =>
          html("tr", { "aria-current": data.at === from + k && "step" }, columns.map(([, , values], i) => html(i ? "td" : "th", { scope: !i && "row" }, said(values[from + k])))),
        ),
      );
    },
    clear: () => [words, head, body].forEach((each) => each.replaceChildren()),
  };
}
