"""Links that open a figure in a state name what differs from the figure's own, and nothing that it does not have."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from sphinx.errors import SphinxError

from sphinx_ext.figure_links import fragment
from tests.book.mini_book import NOTEBOOK, MiniBook

TOY = {
    "key": "toy",
    "initial": {"eta": 0.2, "start": [2.0, 2.0], "zoom": False, "map": "valley"},
    "presets": [{"name": "trap", "state": {"eta": 0.2, "start": [0.2, 0.3]}}, {"name": "page", "state": {"eta": 0.2}}],
}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("toy", {}),
        ("toy: page", {}),
        ("toy: trap", {"start": [0.2, 0.3]}),
        ("toy:trap;zoom=true; eta = 1e-1", {"start": [0.2, 0.3], "zoom": True, "eta": 0.1}),
        ("toy; start=[1, 2]", {"start": [1, 2]}),
        ("toy: trap; start=[2.0, 2.0]", {}),
        ('toy; map="a & b=c"', {"map": "a & b=c"}),
        ("toy; eta=1", {"eta": 1}),
    ],
)
def test_a_link_names_what_differs_from_the_state_of_the_page(target: str, expected: dict[str, object]) -> None:
    key, *pairs = fragment(target, TOY).split("&")
    assert key == "fig-toy"
    found = dict(pair.split("=") for pair in pairs)
    assert found.pop("v", None) == ("1" if expected else None), "the version of the form, where there is a state"
    assert {name: json.loads(unquote(value)) for name, value in found.items()} == expected


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("toy: tarp", "no setting 'tarp'; it has page, trap"),
        ("toy; etta=1", "no trait 'etta'; it has eta, map, start, zoom"),
        ("toy; eta=fast", "eta = 'fast' of the figure 'toy' is not JSON"),
        ("toy; eta", "eta = '' of the figure 'toy' is not JSON"),
        ("toy; zoom=1", "zoom of the figure 'toy' is of the kind False, not 1"),
        ("toy; eta=true", "not True"),
        ("toy; start=3", "not 3"),
    ],
)
def test_what_a_figure_does_not_have_is_refused_by_name(target: str, reason: str) -> None:
    with pytest.raises(SphinxError, match=re.escape(reason)):
        fragment(target, TOY)


FIGURE = f"""{NOTEBOOK}
# A figure

```{{code-cell}} ipython3
from samlib import live
live.StepAnatomy(key="anatomy")
```
"""


def test_a_link_leads_to_the_page_of_its_figure_and_a_wrong_one_stops_the_build(tmp_path: Path) -> None:
    pages = {"index": "# Start\n\n{figure-state}`open it <anatomy: minimum; stage=4>`\n", "figure": FIGURE}
    without = ["sphinx_ext.light_pages", "sphinx_ext.ledger", "sphinx_ext.exercises", "sphinx_ext.exercise_totals"]
    book = MiniBook(tmp_path, pages, without=[*without, "sphinx_ext.archives", "sphinx_ext.health"])
    book.build()
    address, words = re.findall(r'<a class="figure-state[^"]*" href="([^"]*)">(.*?)</a>', book.page("index"))[0]
    assert address.startswith("figure.html#fig-anatomy&amp;v=1&amp;stage=4&amp;start=%5B0.1%2C0.15%5D")
    assert "open it" in words

    book.write("index", "# Start\n\n{figure-state}`gone <anatomie>`, {figure-state}`lost <anatomy: flat>`\n")
    said = book.build(succeeds=False)
    assert "no page has a figure with the key 'anatomie'; there are anatomy" in said
    assert "the figure 'anatomy' has no setting 'flat'; it has cycle, minimum, slope" in said
