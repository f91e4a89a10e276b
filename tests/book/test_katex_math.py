"""Formulas are typeset at build time, numbered by Sphinx, and a formula that cannot be typeset fails the build."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from sphinx_ext.katex_math import Katex, TexError, displayed
from tests.book.mini_book import NOTEBOOK, MiniBook

FORMULAS = r"""# The norm $\norm{w}$

A vector of $\R^d$, and {eq}`energy` with Figure {numref}`picture`.

$$ E = \tfrac12 \norm{w}^2 $$ (energy)

\begin{align}
a &= b \\
c &= d
\end{align}

:::{figure} ../site_static/logo.svg
:name: picture
:alt: the logo

The caption knows $\lambda_1$.
:::

```{prf:lemma} About $\gamma$
:label: lemma-5
True.
```

```{exercise} On $\beta$
:label: task
Do it.
```
"""

COMPUTED = (
    NOTEBOOK
    + r"""
# Computed

```{code-cell} ipython3
import sympy
from IPython.display import Markdown, Math, display
x = sympy.symbols("xi_1")
display(Math(r"\norm{x}"), Markdown(r"In words, $\mu$."))
sympy.Matrix([[sum(x**k / (1 + x**k) for k in range(9)), sympy.Piecewise((x, x > 0), (0, True))]])
```
"""
)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    made = MiniBook(tmp_path_factory.mktemp("formulas"), {"formulas": FORMULAS, "computed": COMPUTED})
    made.build()
    return made


@pytest.mark.parametrize(
    ("tex", "element"),
    [(r"\lambda_{\max}", "msub"), (r"\lambda_{\max}^2", "msubsup"), (r"x^{\operatorname{tr} H}", "msup")],
)
def test_an_operator_s_name_as_an_index_is_one_element(tex, element):
    made = Katex({}).render(tex, display=False)
    mathml = ElementTree.fromstring(re.search("<math.*</math>", made).group())
    (scripts,) = mathml.iter(f"{{http://www.w3.org/1998/Math/MathML}}{element}")
    assert len(scripts) == (3 if element == "msubsup" else 2)


def test_macros_take_arguments_and_give_html_with_mathml():
    made = Katex({"norm": [r"\lVert #1 \rVert", 1], "R": r"\mathbb{R}"}).render(r"\norm{x} \in \R", display=False)
    assert "<math " in made
    assert made.count("∥") >= 2
    assert 'class="katex-html" aria-hidden="true"' in made


@pytest.mark.parametrize(
    ("tex", "reason"),
    [(r"\nosuchmacro", r"\nosuchmacro"), (r"\frac{a", "Unexpected end"), (r"\href{https://a.b}{x}", "not allowed")],
)
def test_a_formula_that_cannot_be_typeset_says_why(tex, reason):
    with pytest.raises(TexError, match=re.escape(reason)):
        Katex({}).render(tex, display=True)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("a", "a"),
        (r"a \\ b", r"\begin{gathered}a \\ b\end{gathered}"),
        (r"a &= b \\ c &= d", r"\begin{aligned}a &= b \\ c &= d\end{aligned}"),
        ("a\n\nb", "\\begin{gathered}a\\\\\nb\\end{gathered}"),
        (r"\{ \begin{cases} a \\ b \end{cases} \}", r"\{ \begin{cases} a \\ b \end{cases} \}"),
        (r"\sum_{\substack{i \\ j}} x", r"\sum_{\substack{i \\ j}} x"),
        (r"\begin{align}a &= b\end{align}", r"\begin{align*}a &= b\end{align*}"),
    ],
)
def test_rows_outside_an_environment_are_put_into_one(written, wanted):
    assert displayed(written) == wanted
    assert Katex({}).render(displayed(written), display=True)


def test_every_place_that_can_hold_a_formula_shows_it_typeset(book):
    page = BeautifulSoup(book.page("formulas"), "html.parser")
    article = page.select_one("article")
    for place in ("h1", "p", "figcaption", ".statement-title", ".exercise .admonition-title", "div.math"):
        assert article.select_one(f"{place} .katex math"), place
    other = BeautifulSoup(book.page("computed"), "html.parser")
    assert other.select_one(".prev-next-area .katex"), "the title in the link to the chapter before"
    assert not page.select(".formula-error")


def test_sphinx_numbers_the_equations_and_refers_to_them(book):
    page = BeautifulSoup(book.page("formulas"), "html.parser")
    first, second = page.select("div.math:has(> .eqno)")
    assert first.select_one(".eqno").text.startswith("(1)")
    assert second.select_one(".eqno").text.startswith("(2)")
    assert page.select_one(f'p a[href="#{first["id"]}"]').text == "(1)"
    # MyST's own label of a bare environment is random, and a book must be the same in every build
    assert second["id"] == "equation-unlabelled-1"


def test_what_sympy_computes_is_a_formula_that_can_be_scrolled(book):
    page = BeautifulSoup(book.page("computed"), "html.parser")
    formulas = page.select(".cell_output .formula")
    assert len(formulas) == 2
    assert all(formula["tabindex"] == "0" and formula.select_one("math") for formula in formulas)
    assert "\\displaystyle" not in "".join(formula.select_one(".katex-html").text for formula in formulas)
    assert page.select_one(".cell_output p .katex math"), "a formula in a cell's Markdown"


def test_pages_load_a_stylesheet_with_its_fonts_and_no_script_for_formulas(book):
    site = book.folder / "_build" / "html"
    for name in ("formulas", "computed"):
        assert not re.search(r"<script[^>]*(katex|mathjax)", book.page(name), re.IGNORECASE)
        assert "katex/katex.min.css" in book.page(name)
    stylesheet = site / "_static" / "katex" / "katex.min.css"
    fonts = set(re.findall(r"url\(([^)]*)\)", stylesheet.read_text()))
    assert fonts
    assert all(font.endswith(".woff2") and (stylesheet.parent / font).is_file() for font in fonts)


def test_an_unknown_macro_fails_the_build_with_file_and_line(tmp_path: Path):
    book = MiniBook(
        tmp_path, {"bad": "# Bad\n\nFine.\n\n$$ x = \\nosuchmacro $$\n\n```{note}\nAnd $\\norther$.\n```\n"}
    )
    said = book.build(succeeds=False)
    assert re.search(r"chapters/bad\.md:5: WARNING: formula: Undefined control sequence: \\nosuchmacro", said)
    assert re.search(r"chapters/bad\.md:8: WARNING: formula: Undefined control sequence: \\norther", said)
