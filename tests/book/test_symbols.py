"""A symbol on a page leads to its row in the table of notation."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from sphinx_ext.symbols import anchor, by_symbol
from sphinx_ext.symbols.tex import is_exactly, occurring, pattern, symbol
from tests.book.mini_book import MiniBook

NOTATION = "chapters/reference/notation"

TABLE = r"""# Notation

:::{symbols}
:also: J on other
:not: a on other
| Symbol | Meaning |
|:--|:--|
| $\eta$ | step size |
| $a$ | amplitude |
| $\gamma_i$ | a length, $\frac{a}{2}$ |
| $w_t$, $w$ | iterate |
| $w_0$ | start |
:::
"""

OTHER = r"""# Other

Of $\eta$ and $a$ and $\gamma_1$, of $\eta$ again, and of $2\eta$.

## Section $\eta$

Of $\eta$, $w_0$ and $w_{t+1}$.

```{prf:lemma} With $a$
:label: lemma-1
:own: w_t
For $\eta>\gamma_2$, $w_3$ and $\text{w}$.
```

```{prf:proof}
:class: dropdown
Of $\eta$ and $w$.
```
"""


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        (r"\eta\rho\lambda_1^2", [r"\eta", r"\rho", r"\lambda_i"]),
        (r"\hat R+R", [r"\hat{R}", "R"]),
        (r"\hat\eta+\eta'+\eta_2+c_\eta", []),
        (r"\rho^*+\rho^2", [r"\rho^*", r"\rho"]),
        (r"w_z+w_{t+1,1}+w", ["w_z", "w_t", "w"]),
        (r"\nabla\lambda_{\max}+\nabla J(u)", [r"\nabla\lambda_{\max}", r"\nabla J"]),
        (r"\text{w}+\begin{w}\mathrm w\end{w}+\operatorname{w}", []),
        (r"\max_{\rho\le w}", [r"\rho", "w"]),
    ],
)
def test_the_symbols_in_a_formula_are_the_longest_known_ones(formula: str, found: list[str]) -> None:
    names = [
        r"\eta",
        r"\rho",
        r"\rho^*",
        r"\lambda_i",
        r"\hat{R}",
        "R",
        "w_z",
        "w_t",
        "w",
        r"\nabla\lambda_{\max}",
        r"\nabla J",
    ]
    known = {pattern(name): name for name in names}
    assert [known[each] for each in occurring(formula, list(known))] == found


def test_a_formula_is_a_symbol_only_as_a_whole() -> None:
    assert is_exactly(r"\gamma_{12}", pattern(r"\gamma_i"))
    assert not is_exactly(r"\gamma_1^2", pattern(r"\gamma_i"))
    assert not is_exactly(r"\gamma", pattern(r"\gamma_i"))


def test_a_row_is_about_what_stands_before_the_relation_and_the_argument() -> None:
    formulas = (r"v_t=\Lambda w_t", "J(u)", r"\lambda_1\ge\dots\ge\lambda_d", r"D^3\ell(w)", r"\pm a e_1")
    assert [symbol(each) for each in formulas] == ["v_t", "J", r"\lambda_1", r"D^3\ell", r"\pm a e_1"]
    assert anchor(r"\rho^*", []) == "symbol-rho-star"
    assert anchor("R", ["symbol-R", "symbol-r"]) == "symbol-R-2"


def test_an_option_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'SYMBOL … on PAGE …', not 'a b'"):
        by_symbol("a on one two; a b")


def links(page: BeautifulSoup) -> list[tuple[str, bool]]:
    """The anchor of each link to a symbol, and whether it is a stop of the Tab key."""
    return [(str(link["href"]).partition("#")[2], "tabindex" not in link.attrs) for link in page.select("a.symbol")]


def test_sections_boxes_and_folds_link_their_symbols(tmp_path: Path) -> None:
    book = MiniBook(tmp_path, {"notation": TABLE.replace("J on other", "a on nowhere"), "other": OTHER})
    book.build()
    page = BeautifulSoup(book.page("other"), "html.parser")
    assert links(page) == [
        ("symbol-eta", True),
        ("symbol-gamma-i", True),
        ("symbol-eta", False),
        ("symbol-w-0", True),
        ("symbol-w-t", True),
        ("symbol-eta", True),
        ("symbol-gamma-i", True),
        ("symbol-eta", False),
        ("symbol-w", True),
    ]
    line = page.select_one(".statement > details.symbols")
    assert isinstance(line, Tag)
    assert [link["href"] for link in line.select("a")] == ["notation.html#symbol-eta", "notation.html#symbol-gamma-i"]
    assert not page.select("h2 a.symbol, .statement-title a.symbol")
    script = (tmp_path / "_build/html/_static/previews/chapters/notation.js").read_text(encoding="utf-8")
    assert "step size" in script
    assert all("data-preview" in link.attrs for link in page.select("a.symbol"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (":own: w_t", ":own: q", "not a known symbol of this statement in 'q'"),
        ("$\\gamma_2$", "$\\unknown$", "Undefined control sequence: \\unknown"),
    ],
)
def test_a_mistake_stops_the_build(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = OTHER.replace("$\\eta>\\gamma_2$", "$\\gamma_2$").replace(old, new)
    book = MiniBook(tmp_path, {"notation": TABLE.replace("J on other", "a on nowhere"), "other": text})
    assert says in book.build(succeeds=False).replace("\\\\", "\\")


def test_an_option_that_names_no_row_stops_the_build(tmp_path: Path) -> None:
    book = MiniBook(tmp_path, {"notation": TABLE})
    assert "no row of the table is about 'J'" in book.build(succeeds=False)


def test_every_symbol_of_the_book_has_its_row_and_every_link_leads_to_one(built_book: Path) -> None:
    notation = BeautifulSoup((built_book / f"{NOTATION}.html").read_text(encoding="utf-8"), "html.parser")
    anchors = {formula["id"] for formula in notation.select("td [id^=symbol-]")}
    assert len(anchors) > 60
    used, lost = set(), []
    for file in sorted((built_book / "chapters").rglob("*.html")):
        page = file.read_text(encoding="utf-8")
        for attributes in re.findall(r'<a ([^>]*class="symbol [^>]*)>', page):
            address = re.search(r'href="([^"#]*)#([^"]+)"', attributes)
            assert address is not None
            there = (file.parent / address[1]).resolve() == (built_book / f"{NOTATION}.html").resolve()
            if not there or address[2] not in anchors or "data-preview" not in attributes:
                lost.append((file.name, attributes))
            used.add(address[2])
    assert lost == []
    assert {"symbol-eta", "symbol-lambda-i", "symbol-gamma-i", "symbol-J", "symbol-mu", "symbol-w-z"} <= used


@pytest.mark.parametrize("page", ["1-properties", "2-early-descent", "3-sam-as-gradient-descent", "4-avoiding-saddles"])
def test_a_box_of_section_4_links_the_symbols_it_uses(built_book: Path, page: str) -> None:
    html = BeautifulSoup((built_book / f"chapters/04-proof/{page}.html").read_text(encoding="utf-8"), "html.parser")
    shown = {
        box["id"]: {str(a["href"]).partition("#")[2] for a in box.select("details.symbols a")}
        for box in html.select("div.statement")
    }
    expected = {
        "1-properties": ("lemma-5-3", {"symbol-eta", "symbol-lambda-i", "symbol-alpha-i"}),
        "2-early-descent": ("lemma-6", {"symbol-T"}),
        "3-sam-as-gradient-descent": ("lemma-10", {"symbol-J", "symbol-u-t"}),
        "4-avoiding-saddles": ("lemma-14-a", {"symbol-mu", "symbol-beta-i"}),
    }[page]
    assert expected[1] <= shown[expected[0]]
