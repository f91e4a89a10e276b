"""Statements carry the paper's numbers, and proofs and solutions fold without a script."""

import re

import pytest
from bs4 import BeautifulSoup

from sphinx_ext.statements import Number, read_label
from tests.book.mini_book import MiniBook

STATEMENTS = """# Statements

```{prf:lemma} Exact *decrease* of $J$
:label: lemma-5-2
One.
```

```{prf:proof}
:class: dropdown
$$ x = 1 $$

Clear.
```

```{prf:proposition} larger $\\eta$
:label: larger-steps
Two.
```

```{prf:proof}
Open.
```

```{prf:property} The recursion
:label: eq-7
Four.
```

```{prf:lemma}
:label: lemma-14-a
Five.
```

```{prf:remark}
Three.
```

```{exercise} A task
:label: task
Do it.
```

```{solution} task
:class: dropdown
:label: its-solution
Done.
```

```{exercise}
:label: other-task
Do that.
```

```{note}
:class: dropdown
A long note.
```
"""

LINKS = """# Links

- {prf:ref}`lemma-5-2`
- {prf:ref}`larger-steps`
- {prf:ref}`so it falls <lemma-5-2>`
- [](#lemma-5-2)
- {prf:ref}`eq-7`
- {prf:ref}`lemma-14-a`
"""

MISTAKES = """# Mistakes

```{prf:theorem}
:label: lemma-10
Wrong kind.
```

```{prf:proposition}
:label: prop-8
First.
```

```{prf:proposition}
:label: proposition-8
Again.
```

```{prf:lemma}
:label: lemma-5.2
Wrong form.
```

```{prf:lemma}
:label: lemma-7
:nonumber:
Of two minds.
```

See {prf:ref}`lemma-99`.

```{prf:lemma}
:label: eq-3
Wrong kind.
```
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    made = MiniBook(tmp_path_factory.mktemp("statements"), {"statements": STATEMENTS, "links": LINKS})
    made.build()
    return made


@pytest.fixture(scope="module")
def page(book):
    return BeautifulSoup(book.page("statements"), "html.parser")


def words(element) -> str:
    """The text a reader sees: without the MathML twin of a formula and the link marks."""
    for twin in element.select(".katex-mathml, .headerlink"):
        twin.extract()
    return re.sub(r"\s+", " ", element.text).strip()


@pytest.mark.parametrize(
    ("label", "meaning"),
    [
        ("theorem-1", Number("theorem", "1")),
        ("lemma-5-2", Number("lemma", "5.2")),
        ("prop-8", Number("proposition", "8")),
        ("proposition-8", Number("proposition", "8")),
        ("lemma-14-a", Number("lemma", "14(a)")),
        ("lemma-5-2-b", Number("lemma", "5.2(b)")),
        ("eq-7", Number("property", "7")),
        ("larger-steps", None),
        ("step-2", None),
        ("lemma-of-zorn", None),
        ("lemma-14-ab", None),
        ("lemma-6-printed", None),
        ("property-7", None),
    ],
)
def test_a_label_carries_the_number_of_the_paper(label, meaning):
    assert read_label(label) == meaning


def test_a_box_shows_its_kind_number_and_title(page):
    titles = [words(title) for title in page.select(".statement > .statement-title")]
    assert titles == [
        "Lemma 5.2 (Exact decrease of J)",
        "Proposition (larger η)",
        "Equation (7) (The recursion)",
        "Lemma 14(a)",
        "Remark",
    ]
    assert page.select_one(".statement")["id"] == "lemma-5-2"


def test_cross_references_use_the_name_of_the_box(book):
    links = BeautifulSoup(book.page("links"), "html.parser").select("article li a")
    assert [words(link) for link in links] == [
        "Lemma 5.2",
        "Proposition (larger η)",
        "so it falls",
        "Lemma 5.2",
        "Equation (7)",
        "Lemma 14(a)",
    ]
    labels = ("lemma-5-2", "larger-steps", "lemma-5-2", "lemma-5-2", "eq-7", "lemma-14-a")
    assert [link["href"] for link in links] == [f"statements.html#{label}" for label in labels]


def test_search_knows_statements_by_their_number(book):
    index = (book.folder / "_build" / "html" / "searchindex.js").read_text()
    assert re.search(r'"Lemma 5\.2 \(Exact decrease of J\)": \[\[\d+, "lemma-5-2"\]\]', index)
    assert re.search(r'"Equation \(7\) \(The recursion\)": \[\[\d+, "eq-7"\]\]', index)
    assert re.search(r'"Lemma 14\(a\)": \[\[\d+, "lemma-14-a"\]\]', index)


def test_mistakes_in_labels_are_warnings_with_file_and_line(tmp_path):
    said = MiniBook(tmp_path, {"mistakes": MISTAKES}).build(succeeds=False)
    for line, message in [
        (3, "'lemma-10' belongs on a lemma, but the box is a theorem"),
        (13, "'proposition-8' repeats 'prop-8'"),
        (18, "'lemma-5.2' begins like a numbered statement"),
        (23, "'lemma-7' carries a number, but the box is marked :nonumber:"),
        (29, "no statement has the label lemma-99"),
        (31, "'eq-3' belongs on a property, but the box is a lemma"),
    ]:
        assert re.search(rf"mistakes\.md:{line}: WARNING: [^\n]*{re.escape(message)}", said), (message, said)


def test_dropdowns_are_native_folds_with_a_summary_free_of_links(page):
    folds = page.select("details.fold")
    assert [words(fold.select_one("summary")) for fold in folds] == ["Proof", "Solution to Exercise 1 (A task)", "Note"]
    assert all(fold.find(True, recursive=False).name == "summary" and not fold.select("summary a") for fold in folds)
    assert not any(fold.has_attr("open") for fold in folds)
    assert folds[1]["id"] == "its-solution"
    assert page.select_one("div.proof"), "a proof without the class stays open"


def test_ids_are_unique_on_the_page(page):
    ids = [element["id"] for element in page.select("[id]")]
    assert sorted(ids) == sorted(set(ids))


def test_no_toggle_script_is_loaded(book):
    assert "toggle" not in " ".join(re.findall(r"<script[^>]*>", book.page("statements")))
