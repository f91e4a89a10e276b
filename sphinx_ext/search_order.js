/* How the search orders its results: Sphinx's own scores, but a place whose name was asked for comes first.
 *
 * A result with an anchor is a title inside a page that holds the words asked for. Where they make up two thirds of it,
 * it is what the reader looks for; pages that merely hold the words come after it. */
var Scorer = {
  score: ([, , anchor, , score]) => (anchor && score >= 10 ? score + 1000 : score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
