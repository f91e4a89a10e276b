"""The build prepares previews of statements: marked links, and a script for each page with boxes."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
import quickjs

from sphinx_ext import previews
from sphinx_ext.previews import Preview, boxes, from_root, marked, script
from tests.book.mini_book import MiniBook

PAGE = "chapters/part/one.html"

BOX = """<div class="statement statement-lemma" id="lemma-5">
<p class="statement-title" id="t">Lemma 5<a class="headerlink" href="#lemma-5">#</a></p>
<div class="x"><p>If <a class="reference internal" data-x href="../two.html#eq-7">(7)</a>
&amp; x&#8201;&lt; 1<br>&nbsp;so</p></div>
<svg viewBox="0 0 1 1"><path d="M0"/></svg><img alt="a &quot;b&quot;" src="../../_images/a.png">
<div class="evidence docutils container"><p>chips<br><img src="b.png"></p><div>deeper</div></div>
<details class="proof fold"><summary>Proof</summary><path d="M1"/></details>
<p>last</p>
</div>"""

STATEMENTS = """# Statements

```{prf:lemma} Decrease
:label: lemma-5-2
Of $x$, after {prf:ref}`larger-steps`.
```

```{prf:remark}
Without a label.
```

```{prf:proof}
See {prf:ref}`lemma-5-2`.
```
"""

LINKS = """# Links

{prf:ref}`lemma-5-2`, [in Markdown](#lemma-5-2), {prf:ref}`here <larger-steps>`, [a section](#links), {eq}`plain`

```{prf:proposition} Larger
:label: larger-steps
Two.
```

$$ x = 1 $$ (plain)
"""

NEITHER = """# Neither

Plain words.
"""


def registered(file: Path) -> dict[str, dict[str, str]]:
    """What the script in `file` registers, as a browser would read it."""
    context = quickjs.Context()
    context.eval(file.read_text(encoding="utf-8"))
    found: dict[str, dict[str, str]] = json.loads(context.eval("JSON.stringify(statementPreviews)"))
    return found


def test_a_preview_has_title_and_body_and_nothing_else() -> None:
    text = Preview(BOX, PAGE).text
    assert (
        re.sub(r"\s+", " ", re.sub("<[^>]*>", "", text)).strip() == "Lemma 5 If (7) &amp; x&#8201;&lt; 1&nbsp;so last"
    )
    assert " id=" not in text
    assert text.count("<div") == text.count("</div>") == 2
    assert text.count("<path") == 1
    assert 'class="statement statement-lemma"' in text
    assert 'alt="a &quot;b&quot;"' in text
    assert " data-x " in text


def test_its_addresses_are_seen_from_the_root() -> None:
    assert re.findall(r'(?:href|src)="([^"]*)"', Preview(BOX, PAGE).text) == ["chapters/two.html#eq-7", "_images/a.png"]


@pytest.mark.parametrize(
    ("address", "rooted"),
    [
        ("#eq-7", "chapters/part/one.html#eq-7"),
        ("two.html", "chapters/part/two.html"),
        ("../two.html?a=b#c", "chapters/two.html?a=b#c"),
        ("https://example.org/a#b", "https://example.org/a#b"),
        ("//example.org", "//example.org"),
        ("data:image/png;base64,AA", "data:image/png;base64,AA"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_an_address_seen_from_the_root(address: str, rooted: str) -> None:
    assert from_root(address, PAGE) == rooted


def test_boxes_are_found_whole() -> None:
    other = '<div class="statement" id="eq-1">x</div>'
    unlabelled = '<div class="statement-like" id="no">y</div>'
    found = dict(boxes(f"<div>{BOX}<div>{unlabelled}</div>{other}</div>"))
    assert found == {"lemma-5": BOX, "eq-1": other}


def test_only_links_to_boxes_are_marked() -> None:
    link = '<a class="statement-link reference internal" href="../two.html#eq-7">'
    others = [
        '<a class="reference internal" href="../two.html#section">',
        '<a class="reference internal" href="#eq-7">',
        '<a class="headerlink" href="../two.html#eq-7">',
        '<a class="reference download" href="../two.html#eq-7">',
        '<a class="reference external" href="https://example.org/two.html#eq-7">',
    ]
    body = marked("".join([link, *others]), PAGE, ["chapters/two.html#eq-7"])
    assert body == "".join([link.replace("<a ", '<a data-preview="" '), *others])


def test_the_order_of_the_boxes_does_not_change_the_script() -> None:
    assert script("p", {"b": "1", "a": "2"}) == script("p", {"a": "2", "b": "1"})


def test_a_book_has_its_links_marked_and_a_script_for_each_page_with_boxes(tmp_path: Path) -> None:
    book = MiniBook(tmp_path, {"statements": STATEMENTS, "links": LINKS, "neither": NEITHER})
    book.build()
    folder = tmp_path / "_build" / "html" / "_static" / previews.FOLDER
    written = {file.relative_to(folder).as_posix(): registered(file) for file in folder.rglob("*.js")}
    assert {name: {page: set(each) for page, each in found.items()} for name, found in written.items()} == {
        "chapters/statements.js": {"chapters/statements": {"lemma-5-2"}},
        "chapters/links.js": {"chapters/links": {"larger-steps", "equation-plain"}},
    }
    preview = written["chapters/statements.js"]["chapters/statements"]["lemma-5-2"]
    assert 'href="chapters/links.html#larger-steps"' in preview
    assert "data-preview" not in preview
    assert re.findall(r'<a data-preview=""[^>]*href="([^"]*)"', book.page("links")) == [
        "statements.html#lemma-5-2",
        "statements.html#lemma-5-2",
        "#larger-steps",
        "#equation-plain",
    ]
    assert book.page("statements").count("<a data-preview") == 2
    assert "data-preview" not in book.page("neither")


def test_every_marked_link_of_the_book_has_its_statement(built_book: Path) -> None:
    folder = built_book / "_static" / previews.FOLDER
    known = {
        f"{page}.html#{label}"
        for file in folder.rglob("*.js")
        for page, found in registered(file).items()
        for label in found
    }
    links, lost, unmarked = 0, [], []
    for file in sorted((built_book / "chapters").rglob("*.html")):
        page, html = file.relative_to(built_book).as_posix(), file.read_text(encoding="utf-8")
        for address in re.findall(r'<a data-preview=""[^>]*href="([^"]*)"', html):
            links += 1
            if unquote(from_root(address, page)) not in known:
                lost.append((page, address))
        unmarked += [(page, link) for link in re.findall(r'<a class="statement-link[^>]*>', html)]
    assert (lost, unmarked) == ([], [])
    assert links > 300
