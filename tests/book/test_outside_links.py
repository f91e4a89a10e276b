"""The weekly check of outside links reads the right addresses and judges answers rightly; no test asks a network."""

import pytest

from scripts.check_outside_links import ATTEMPTS, ROOT, addresses, named, report, wrong


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See <https://arxiv.org/abs/2210.01513>.", ["https://arxiv.org/abs/2210.01513"]),
        ("[a link](https://a.net/b_(c)), and more", ["https://a.net/b_(c)"]),
        ("[a link](https://a.net/b).", ["https://a.net/b"]),
        ("https://a.net/b#place", ["https://a.net/b"]),
        ("url = {https://a.net/b},", ["https://a.net/b"]),
        ("  doi = {10.1000/x.y},", ["https://doi.org/10.1000/x.y"]),
        ("https://example.org/x and http://127.0.0.1:8000/", []),
    ],
)
def test_the_addresses_in_a_text(text: str, expected: list[str]) -> None:
    assert list(addresses(text)) == expected


def test_the_chapters_and_the_bibliography_are_read() -> None:
    places = named(ROOT)
    assert any("chapters/references.bib" in files for files in places.values())
    assert any(files != {"chapters/references.bib"} for files in places.values())


def test_an_address_is_gone_when_no_attempt_finds_it() -> None:
    asked: list[str] = []

    def answer(after: int, address: str) -> str:
        asked.append(address)
        return "" if len(asked) > after else "404 Not Found"

    for failures, expected in ((0, ""), (ATTEMPTS - 1, ""), (ATTEMPTS, "404 Not Found")):
        asked.clear()
        assert wrong("https://a.net", lambda address, after=failures: answer(after, address), pause=0) == expected
        assert len(asked) == min(failures + 1, ATTEMPTS)


def test_the_report_names_address_answer_and_place() -> None:
    places = {"https://a.net": {"chapters/b.md", "README.md"}, "https://fine.net": {"README.md"}}
    said = report({"https://a.net": "404 Not Found", "https://fine.net": ""}, places)
    assert said.splitlines()[-1] == "- <https://a.net>: 404 Not Found (in README.md, chapters/b.md)"
    assert report({"https://fine.net": ""}, places) == ""
