"""The page's own host of live figures, on a page written by hand and opened as a file."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sphinx_ext.live_figures import HOST_FOLDER, WIDGET_STATE, classic_script

MODULE = """
function render({ model, el }) {
  const output = document.createElement("output");
  const button = document.createElement("button");
  const draw = () => {
    if (model.get("eta") > 0.9) throw new Error("eta is too large to draw");
    const traits = ["eta", "start", "steps", "shown", "iterate"];
    output.textContent = traits.map((trait) => JSON.stringify(model.get(trait))).join(" ");
  };
  button.textContent = "grow";
  button.onclick = () => { model.set("eta", model.get("eta") + 0.1); model.save_changes(); };
  model.on("change", draw);
  draw();
  el.append(output, button);
}
export default { render };
"""

FIGURE = {
    "_esm": "Toy.0",
    "key": "toy",
    "alt": "a toy",
    "eta": 0.2,
    "start": [1.0, 2.0],
    "steps": 30,
    "shown": True,
    "iterate": "w",
    "ranges": {"eta": {"min": 0, "max": 2}, "start": {"min": -9, "max": 9}, "iterate": {"options": ["w", "u"]}},
}
UNCHANGED = '0.2 [1,2] 30 true "w"'
PICTURE = '<noscript><img alt="a drawn toy" src="picture.svg"></noscript>'
SLOT = f'<div id="fig-toy" class="live-slot has-picture" data-model="m0">{PICTURE}</div>'

Show = Callable[..., Page]


@pytest.fixture
def show(tmp_path: Path, page: Page) -> Show:
    """Opens a page with `models` in the state and `body` as its text, at the address `fragment`."""

    def open_page(body: str = SLOT, fragment: str = "", module: str = MODULE, **models: Any) -> Page:
        state = {"m0": {"model_name": "AnyModel", "state": FIGURE}} | {
            name: {"model_name": model_name, "state": state} for name, (model_name, state) in models.items()
        }
        for name in ("host.js", "host.css"):
            shutil.copy(HOST_FOLDER / name, tmp_path)
        (tmp_path / "toy.js").write_text(classic_script(module, "Toy.0"))
        (tmp_path / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"/>')
        (tmp_path / "page.html").write_text(
            '<!DOCTYPE html><meta charset="utf-8"><link rel="stylesheet" href="host.css">'
            "<meta http-equiv='Content-Security-Policy' content=\"default-src 'self'\">"
            f'<script type="{WIDGET_STATE}">{json.dumps({"state": state})}</script>'
            f'<script defer src="toy.js"></script><script defer src="host.js"></script>{body}'
        )
        page.goto(f"{(tmp_path / 'page.html').as_uri()}{fragment}")
        return page

    return open_page


def drawn(page: Page) -> Any:
    return page.locator(".live-view output")


def test_a_figure_draws_from_the_stored_state_and_redraws_on_a_change(show: Show) -> None:
    page = show()
    expect(drawn(page)).to_have_text(UNCHANGED)
    page.get_by_role("button", name="grow").click()
    expect(drawn(page)).to_contain_text("0.3")
    assert page.errors == []


def test_a_link_restores_the_state(show: Show) -> None:
    page = show(fragment='#fig-toy&eta=0.7&start=[3,-4]&steps=5&shown=false&iterate="u"')
    expect(drawn(page)).to_have_text('0.7 [3,-4] 5 false "u"')


@pytest.mark.parametrize(
    "damage",
    [
        "eta=",
        "eta",
        "eta=1e999",
        "eta=-1",
        "eta=3",
        "eta=null",
        "eta=NaN",
        'eta="0.3"',
        "eta=[0.3]",
        "eta=%E0%A4%A",
        "start=[1]",
        "start=[1,2,3]",
        "start=[1,[2]]",
        "start=[1,99]",
        "start=7",
        "shown=1",
        "iterate=%22v%22",
        "iterate=1",
        'key="x"',
        "ranges={}",
        "__proto__={}",
        "constructor=1",
        "_esm=1",
        "unknown=1",
        "=&==&&&",
        "eta=0.7&unknown=1",
        "eta=0.7&eta=",
        "v=2&eta=0.7",
        "v=%221%22&eta=0.7",
    ],
)
def test_a_damaged_link_leaves_the_figure_as_the_page_has_it(show: Show, damage: str) -> None:
    page = show(fragment=f"#fig-toy&{damage}")
    expect(drawn(page)).to_have_text(UNCHANGED)
    expect(page.locator(".live-link [role=status]")).to_contain_text("not one of this figure’s")
    assert page.errors == []


def test_a_damaged_link_that_is_followed_on_the_page_brings_the_pages_own_state_back(show: Show) -> None:
    page = show(fragment="#fig-toy&v=1&eta=0.7")
    expect(drawn(page)).to_have_text(UNCHANGED.replace("0.2", "0.7"))
    expect(page.locator(".live-link [role=status]")).to_have_text("")
    page.evaluate("location.hash = '#fig-toy&v=3&eta=0.5'")
    expect(drawn(page)).to_have_text(UNCHANGED)
    expect(page.locator(".live-link [role=status]")).to_contain_text("(v)")
    page.evaluate("location.hash = '#fig-toy&v=1&eta=0.5'")
    expect(drawn(page)).to_have_text(UNCHANGED.replace("0.2", "0.5"))
    expect(page.locator(".live-link [role=status]")).to_have_text("")


@pytest.mark.parametrize(
    ("start", "taken"),
    [("[3]", True), ("[3,4,5]", True), ("[]", False), ("[1,2,3,4]", False), ("[1,2,99]", False), ("[1,2,[3]]", False)],
)
def test_a_list_of_varying_length_comes_in_any_length_of_its_range(show: Show, start: str, taken: bool) -> None:
    ranges = {**FIGURE["ranges"], "start": {"min": -9, "max": 9, "fewest": 1, "most": 3}}
    page = show(fragment=f"#fig-toy&start={start}", m0=("AnyModel", {**FIGURE, "ranges": ranges}))
    expect(drawn(page)).to_have_text(UNCHANGED.replace("[1,2]", start) if taken else UNCHANGED)
    assert page.errors == []


def test_the_copied_link_leads_back_to_the_same_state(show: Show) -> None:
    page = show()
    page.get_by_role("button", name="grow").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".live-link [role=status]")).not_to_be_empty()
    assert page.url.endswith("#fig-toy&v=1&eta=0.30000000000000004")
    page.reload()
    expect(drawn(page)).to_have_text(UNCHANGED.replace("0.2", "0.30000000000000004"))


def test_two_slots_of_one_model_move_together(show: Show) -> None:
    page = show(body=SLOT + '<div class="live-slot" data-model="m0"></div>')
    page.get_by_role("button", name="grow").first.click()
    expect(drawn(page).nth(0)).to_contain_text("0.3")
    expect(drawn(page).nth(1)).to_contain_text("0.3")


SLIDER = {"value": 0.5, "min": 0, "max": 1, "step": 0.01, "description": "step", "readout_format": ".2f"}
LINK = {"source": ["IPY_MODEL_m1", "value"], "target": ["IPY_MODEL_m0", "eta"]}


def test_a_linked_slider_drives_the_figure_and_the_figure_the_slider(show: Show) -> None:
    page = show(
        body=SLOT + '<div class="live-slot" data-model="m1"></div>',
        m1=("FloatSliderModel", SLIDER),
        m2=("LinkModel", LINK),
    )
    slider = page.get_by_label("step")
    expect(drawn(page)).to_contain_text("0.5")
    slider.fill("0.25")
    expect(drawn(page)).to_contain_text("0.25")
    expect(page.locator(".live-slider output")).to_have_text("0.25")
    page.get_by_role("button", name="grow").click()
    expect(slider).to_have_value("0.35")


def test_boxes_hold_sliders_and_name_what_only_a_notebook_can_show(show: Show) -> None:
    page = show(
        body='<div class="live-slot" data-model="m5"></div>',
        m1=("FloatLogSliderModel", SLIDER | {"min": -3, "max": 0, "value": 0.01, "readout_format": ".3g"}),
        m2=("TextModel", {"value": "x"}),
        m3=("CheckboxModel", {"value": True, "description": "flip"}),
        m5=("VBoxModel", {"children": ["IPY_MODEL_m1", "IPY_MODEL_m2", "IPY_MODEL_m3"]}),
    )
    expect(page.get_by_label("step")).to_have_value("-2")
    expect(page.get_by_text("live in a notebook only")).to_be_visible()
    expect(page.get_by_label("flip")).to_be_checked()
    assert page.errors == []


def test_a_figure_that_fails_says_so_and_the_other_goes_on(show: Show) -> None:
    page = show(
        body=SLOT + '<div class="live-slot" data-model="m1"></div>',
        m1=("FloatSliderModel", SLIDER),
        m2=("LinkModel", LINK),
    )
    page.get_by_label("step").fill("0.95")
    expect(page.get_by_role("alert")).to_contain_text("eta is too large to draw")
    expect(page.locator(".live-slider output")).to_have_text("0.95")


def test_a_figure_that_cannot_start_leaves_its_picture(show: Show) -> None:
    page = show(module="export default { initialize() { throw new Error('no canvas'); } };")
    expect(page.get_by_role("alert")).to_contain_text("no canvas")
    expect(page.get_by_alt_text("a drawn toy")).to_be_visible()


def test_the_picture_is_for_paper_and_is_not_fetched_for_the_screen(show: Show, page: Page) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url.rpartition("/")[2]))
    show()
    expect(page.locator(".live-view")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert "picture.svg" not in fetched
    page.emulate_media(media="print")
    expect(page.get_by_alt_text("a drawn toy")).to_be_visible()
    expect(page.locator(".live-view")).to_be_hidden()


def test_a_figure_far_below_starts_when_the_reader_comes_near(show: Show) -> None:
    page = show(body="<p>Words.</p>" * 200 + SLOT)
    page.wait_for_timeout(200)
    assert page.locator(".live-view").count() == 0
    page.locator(".live-slot").scroll_into_view_if_needed()
    expect(drawn(page)).to_have_text(UNCHANGED)


def test_without_javascript_the_picture_stands_there(open_page: Callable[..., Page], show: Show, page: Page) -> None:
    address = show().url
    plain = open_page(java_script_enabled=False)
    plain.goto(address)
    expect(plain.get_by_alt_text("a drawn toy")).to_be_visible()
    assert plain.locator(".live-slot").bounding_box()["height"] < 100


def test_the_first_figure_is_drawn_and_the_link_obeyed_before_the_page_has_arrived(page: Page, tmp_path: Path) -> None:
    """A server sends the page up to its first slot, waits until that is drawn, and only then sends the rest."""
    (tmp_path / "toy.js").write_text(classic_script(MODULE, "Toy.0"))
    (tmp_path / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"/>')
    shutil.copy(HOST_FOLDER / "host.js", tmp_path)
    state = {"m0": FIGURE, "m1": FIGURE | {"key": "late"}}
    models = {name: {"model_name": "AnyModel", "state": traits} for name, traits in state.items()}
    slots = [SLOT, SLOT.replace("fig-toy", "fig-late").replace("m0", "m1")]
    stored = f'<script type="{WIDGET_STATE}">{json.dumps({"state": models})}</script>'
    head = f'<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,">{stored}'
    scripts = '<script src="toy.js"></script><script src="host.js"></script>'
    parts = [f"{head}{slots[0]}{scripts}{'<p>read on</p>' * 200}", f"{slots[1]}{'<p>read on</p>' * 200}"]
    drawn_first = Event()

    class Slow(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/page.html":
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                for part in parts:
                    self.wfile.write(part.encode())
                    drawn_first.wait(60)
            else:
                super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Slow, directory=str(tmp_path)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        page.goto(f"http://127.0.0.1:{server.server_port}/page.html#fig-late&eta=0.7", wait_until="commit")
        expect(page.locator("#fig-toy output")).to_have_text(UNCHANGED)
        assert page.locator("#fig-late").count() == 0
        drawn_first.set()
        expect(page.locator("#fig-late output")).to_contain_text("0.7")
        expect(page.locator("#fig-late")).to_be_in_viewport()
        expect(page.locator("#fig-toy img")).to_have_count(1)  # for print
    finally:
        drawn_first.set()
        server.shutdown()
        server.server_close()
    assert page.errors == []
