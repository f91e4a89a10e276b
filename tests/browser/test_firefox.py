"""The built book in Firefox: the policy and every feature hold under a sub-path and from files, with no network.

The tests of the other files look closer, in Chromium. Here every page is opened once in each of the two ways, and all
that can be done on it is done once.
"""

import tempfile
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.find_firefox import FIREFOX
from scripts.serve_book import serve
from tests.browser.firefox import Firefox

CHAPTER = "chapters/03-bouncing-across-ravines.html"
DESK, PHONE = (1280, 720), (360, 740)


@pytest.fixture(scope="module")
def firefox(built_book: Path) -> Iterator[Firefox]:
    """A headless Firefox that sees nothing but this machine."""
    executable = FIREFOX.find()
    if executable is None:
        pytest.skip(FIREFOX.missing)
    # Not in the system's folder for such things: a Firefox that is a snap does not see that one.
    with (
        tempfile.TemporaryDirectory(prefix="firefox-", dir=built_book.parent, ignore_cleanup_errors=True) as profile,
        Firefox(executable, Path(profile)) as started,
    ):
        yield started


@pytest.fixture(scope="module")
def under_a_sub_path(built_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the book where it is not the whole site, as on GitHub's pages; without a slash at its end."""
    site = tmp_path_factory.mktemp("site")
    (site / "sam-book").symlink_to(built_book, target_is_directory=True)
    server = serve(site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sam-book"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module", params=["served", "file"])
def root(request: pytest.FixtureRequest, built_book: Path) -> str:
    """Where the book begins: on a server, or on the disk."""
    return request.getfixturevalue("under_a_sub_path") if request.param == "served" else built_book.as_uri()


# -------------------------------------------------------------------------------------------------------- every page


FORMULAS = """async () => {
  await document.fonts.ready;
  const formulas = [...document.querySelectorAll(".katex-html")].filter((each) => each.checkVisibility());
  const fonts = [...document.fonts];
  const parts = { mfrac: 2, mover: 2, mroot: 2, msub: 2, msubsup: 3, msup: 2, munder: 2, munderover: 3 };
  const invalid = (each) => each.localName in parts && each.childElementCount !== parts[each.localName];
  return {
    flat: formulas.filter((each) => !each.getBoundingClientRect().width || !each.getBoundingClientRect().height).length,
    shown: formulas.length,
    invalid: [...document.querySelectorAll("math *")].filter(invalid).length,
    fonts: new Set(fonts.filter(({ family, status }) => /KaTeX/.test(family) && status === "loaded")).size,
    failed: fonts.filter(({ status }) => status === "error").map(({ family }) => family),
  };
}"""

LOOK = """const look = () => [
  ...document.querySelectorAll(":is(.live-plane:not(.live-bend, .live-split), .live-number-line)")
].map((each) => each.outerHTML).join();"""

# Keeps all drawings of the page, once two looks a few frames apart agree.
REMEMBER = f"""async () => {{
  {LOOK}
  for (let now = look(); now !== globalThis.remembered; now = look()) {{
    globalThis.remembered = now;
    for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
  }}
}}"""

HAS_CHANGED = f"() => {{ {LOOK} return look() !== globalThis.remembered; }}"

COUNT = "(selector) => document.querySelectorAll(selector).length"

COME_NEAR = """(number) => {
  const slot = document.querySelectorAll(".live-slot")[number];
  slot.scrollIntoView({ block: "center", behavior: "instant" });
  return Boolean(slot.querySelector(".live-handle, .live-slider input"));
}"""

FOCUS = """([number, selector]) => {
  const found = document.querySelectorAll(".live-slot")[number].querySelector(selector);
  found?.focus();
  return found !== null && document.activeElement === found;
}"""

OPEN_FOLDS = "() => { for (const fold of document.querySelectorAll('details')) fold.open = true; }"

BROKEN_PICTURES = """async () => {
  const pictures = [...document.images].filter((each) => each.checkVisibility());
  for (const each of pictures) each.loading = "eager";
  await Promise.allSettled(pictures.map((each) => each.decode()));
  return pictures.filter((each) => !each.naturalWidth).map((each) => each.src);
}"""

# How far the page is wider than its window, once the figures have had the time to take their new width.
TOO_WIDE = """async () => {
  const excess = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  for (let frame = 0; frame < 60 && excess() > 0; frame++) await new Promise(requestAnimationFrame);
  return excess();
}"""


def faults(firefox: Firefox, address: str, has_formulas: bool) -> list[str]:
    """What is wrong with a page after all has been done on it that can be done."""
    firefox.resize(*DESK)
    firefox.open(address)
    found = []
    if not firefox.run(COUNT, "meta[http-equiv=Content-Security-Policy]"):
        found.append("no policy")
    formulas = firefox.run(FORMULAS)
    if any(formulas[fault] for fault in ("flat", "invalid", "failed")) or has_formulas > bool(
        formulas["shown"] and formulas["fonts"]
    ):
        found.append(f"formulas: {formulas}")
    for number in range(firefox.run(COUNT, ".live-slot")):
        found.extend(faults_of_figure(firefox, number))
    if firefox.run(COUNT, "article details > summary"):
        firefox.click("article details > summary")
        firefox.wait_for("() => document.querySelector('article details').open")
        firefox.run(OPEN_FOLDS)
    found.extend(f"no picture: {source}" for source in firefox.run(BROKEN_PICTURES))
    firefox.resize(*PHONE)
    if excess := firefox.run(TOO_WIDE):
        found.append(f"{excess} px too wide for a phone")
    return [*found, *firefox.troubles]


def faults_of_figure(firefox: Firefox, number: int) -> list[str]:
    """Draws the figure and moves it by a slider and by its handle, with the arrow keys."""
    firefox.wait_for(COME_NEAR, number)
    found = []
    for control, key in (
        (':is(input[data-name="rho"], .live-slider input)', "ArrowRight"),
        (".live-handle", "ArrowLeft"),
    ):
        if firefox.run(FOCUS, [number, control]):
            firefox.run(REMEMBER)
            firefox.press(key)
            try:
                firefox.wait_for(HAS_CHANGED)
            except TimeoutError:
                found.append(f"figure {number}: {key} on {control} changes nothing")
        elif control != ".live-handle" or not firefox.run(COUNT, ".live-slider"):
            found.append(f"figure {number}: no {control} that takes the focus")
    return found


def test_every_page_keeps_the_policy_and_is_alive(firefox: Firefox, root: str, built_book: Path) -> None:
    troubles = {}
    pages = sorted(page.relative_to(built_book).as_posix() for page in built_book.rglob("*.html"))
    for name in pages:
        if not name.startswith("_") and name != "index.html":  # the first file only leads to the preface
            written = (built_book / name).read_text(encoding="utf-8")
            try:
                found = faults(firefox, f"{root}/{name}", 'class="katex-html"' in written)
            except (TimeoutError, RuntimeError) as error:  # says what was waited for, but not on which page
                found = [str(error), *firefox.troubles]
            if found:
                troubles[name] = found
    assert troubles == {}


# ------------------------------------------------------------------------------------------------ what a figure offers

PLAIN = "([selector, property]) => document.querySelector(selector)?.[property]"


def open_figure(firefox: Firefox, page: str, key: str) -> None:
    """Opens a page where it has a figure, once drawn."""
    firefox.resize(*DESK)
    firefox.open(f"{page}#fig-{key}")
    firefox.wait_for(f"() => document.querySelector('#fig-{key} .live-handle') !== null")


def test_the_buttons_at_the_foot_of_a_figure_work(firefox: Firefox, root: str) -> None:
    open_figure(firefox, f"{root}/{CHAPTER}", "bounce")
    foot = "#fig-bounce .live-share"
    firefox.click(f'{foot} [data-action="help"]')
    firefox.wait_for(PLAIN, ["#fig-bounce dialog", "open"])
    firefox.press("Escape")
    firefox.wait_for("() => !document.querySelector('#fig-bounce dialog').open")
    firefox.click(f'{foot} [data-action="data"]')
    assert "SAM’s iterates" in firefox.wait_for(PLAIN, ["#fig-bounce .live-data caption", "textContent"])
    firefox.click(f'{foot} [data-action="code"]')
    assert "w = trajectory(SAM(" in firefox.wait_for(PLAIN, ["#fig-bounce .live-code code", "textContent"])
    firefox.click(f'{foot} [data-action="csv"]')
    header, *rows = firefox.downloaded("bounce.csv").splitlines()
    assert header == "t,w1,w2,loss,potential"
    assert len(rows) == 31
    firefox.click(f'{foot} [data-action="svg"]')
    assert ElementTree.fromstring(firefox.downloaded("bounce.svg")).tag == "{http://www.w3.org/2000/svg}svg"
    firefox.run("() => document.querySelector('#fig-bounce .live-handle').focus()")
    firefox.press("ArrowLeft")
    firefox.click(f"{foot} .live-link button")
    firefox.wait_for(PLAIN, [f"{foot} .live-link [role=status]", "textContent"])
    assert "&start=%5B1.9%2C2%5D" in firefox.run("() => location.href")
    assert firefox.troubles == []


def test_a_prediction_is_placed_by_the_keyboard_and_told_what_it_is_worth(firefox: Firefox, root: str) -> None:
    open_figure(firefox, f"{root}/{CHAPTER}", "bounce")
    firefox.click('#fig-bounce [data-action="predict"]')
    firefox.wait_for("() => document.activeElement.matches('#fig-bounce .live-flag')")
    firefox.press("ArrowRight", "Enter")
    answer = firefox.wait_for(
        "() => /SAM ends at/.test(document.querySelector('#fig-bounce .live-answer').textContent)"
        " && document.querySelector('#fig-bounce .live-answer').innerHTML"
    )
    assert 'href="#theorem-2"' in answer
    assert "1 prediction" in firefox.run(PLAIN, ["#fig-bounce .live-score", "textContent"])
    firefox.run("() => { localStorage.clear(); }")
    assert firefox.troubles == []


def test_the_worker_draws_the_atlas_and_a_click_opens_the_state(firefox: Firefox, root: str) -> None:
    open_figure(firefox, f"{root}/chapters/index.html", "atlas")
    firefox.wait_for("() => document.querySelector('#fig-atlas [data-computed=worker][data-stage=\"3\"]') !== null")
    firefox.click("#fig-atlas .live-heatmap")
    firefox.wait_for("() => /^#fig-/.test(location.hash) && !location.pathname.endsWith('/index.html')")
    firefox.wait_for("() => document.querySelector(`[id='${location.hash.split('&')[0].slice(1)}'] .live-handle`)")
    assert "eta=" in firefox.run("() => location.hash")
    assert firefox.troubles == []


# ------------------------------------------------------------------------------------------------------ the watchman


@pytest.mark.parametrize(
    ("injected", "complaint"),
    [
        ("<script>document.title = 'ran';</script>", "blocked an inline script"),
        ("<img src='http://elsewhere.example/dot.png'>", "blocked the loading of a resource"),
        ("<p onclick='1'>", "blocked an event handler"),
    ],
)
def test_what_the_policy_does_not_name_is_refused_and_reported(
    firefox: Firefox, built_book: Path, tmp_path: Path, injected: str, complaint: str
) -> None:
    page = built_book.parent / f"{tmp_path.name}.html"
    page.write_text((built_book / CHAPTER).read_text(encoding="utf-8") + injected, encoding="utf-8")
    firefox.open(page.as_uri())
    page.unlink()
    assert firefox.run("() => document.title") != "ran"
    assert [trouble for trouble in firefox.troubles if complaint in trouble]


def test_a_request_to_another_host_is_noticed_where_no_policy_refuses_it(firefox: Firefox) -> None:
    firefox.open("data:text/html,<img src='http://elsewhere.example/dot.png'>")
    assert any(trouble.endswith("://elsewhere.example/dot.png") for trouble in firefox.troubles)


# ------------------------------------------------------------------------------------------------- the page's furniture


# Whether the search has ended; on a server each result is followed by some of the page, which a file cannot fetch.
ALL_RESULTS = """(with_context) => {
  const results = [...document.querySelectorAll("#search-results li")];
  const ended = /finished/.test(document.querySelector("#search-results .search-summary")?.textContent);
  const context = (each) => /ravine/i.test(each.querySelector(".context")?.textContent);
  return ended && results.length > 1 && (!with_context || results.every(context));
}"""


def test_the_search_finds_and_opens_a_page(firefox: Firefox, root: str) -> None:
    firefox.resize(*PHONE)
    firefox.open(f"{root}/{CHAPTER}")
    firefox.click(".search-button")
    firefox.wait_for("() => document.activeElement.matches('#pst-search-dialog input')")
    firefox.press(*"ravine", "Enter")
    firefox.wait_for(ALL_RESULTS, root.startswith("http"))
    firefox.run("() => document.querySelector('#search-results li a').focus()")
    firefox.press("Enter")
    firefox.wait_for("() => document.querySelector('article h1') && !location.pathname.endsWith('search.html')")
    assert firefox.troubles == []


def test_the_colour_switch_changes_the_page_and_is_remembered(firefox: Firefox, root: str) -> None:
    background = "() => [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]"
    firefox.resize(*PHONE)
    firefox.open(f"{root}/{CHAPTER}")
    before = firefox.run(background)
    firefox.click(".theme-switch-button")
    firefox.wait_for("(before) => document.documentElement.dataset.theme !== before", before[0])
    after = firefox.run(background)
    assert after[1] != before[1]
    firefox.open(f"{root}/{CHAPTER}")
    assert firefox.run(background) == after
    firefox.run("() => { localStorage.clear(); }")
    assert firefox.troubles == []
