"""A Firefox with one tab, driven over WebDriver BiDi, which it speaks itself: https://www.w3.org/TR/webdriver-bidi/."""

import itertools
import json
import subprocess
import time
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import websocket

PATIENCE = 30.0  # seconds for an answer or a change of the page
KEYS = {"ArrowLeft": "\ue012", "ArrowRight": "\ue014", "Enter": "\ue007", "Escape": "\ue00c"}

# Nothing leaves this machine: the proxy for every other host is a port on which nobody listens. Firefox's own
# recommended settings for automation, which the debugging port turns on, stop most calls home already.
SETTINGS = {
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "browser.download.folderList": 2,  # into the folder named by browser.download.dir, without a question
    "ui.systemUsesDarkTheme": 0,
}


class Firefox:
    """Opens pages, runs functions in them, presses keys and clicks.

    `troubles` collects what the pages did and should not: errors and warnings in the console, a violated policy or an
    exception among them, and requests to other hosts. `open` begins it anew.
    """

    def __init__(self, executable: Path, profile: Path) -> None:
        self._downloads = profile
        settings = {**SETTINGS, "browser.download.dir": str(profile)}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items()]
        (profile / "user.js").write_text("".join(lines), encoding="utf-8")
        self.troubles: list[str] = []
        self._numbers = itertools.count(1)
        command = [executable, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            self._socket = websocket.create_connection(
                _address(profile, self._process), timeout=PATIENCE, suppress_origin=True
            )
            self.call("session.new", capabilities={})
            self.call("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
            (tab,) = self.call("browsingContext.getTree")["contexts"]
            self._tab = tab["context"]
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.call("browser.close")
            self._socket.close()
            self._process.wait(PATIENCE)
        finally:
            self._process.kill()
            self._process.wait()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of a command; raises RuntimeError with Firefox's message where it fails."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message["type"] == "event":
                self._note(message["method"], message["params"])
            elif message["id"] == number:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['error']}: {message['message']}")
                return message["result"]

    def open(self, address: str) -> None:
        """Goes to a page and waits until it has loaded."""
        self.call("browsingContext.navigate", context=self._tab, url="about:blank", wait="complete")
        self.troubles.clear()
        self.call("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def run(self, function: str, *arguments: Any) -> Any:
        """What a JavaScript function, which may be async, gives for the arguments; both as in JSON."""
        answer = self.call(
            "script.callFunction",
            functionDeclaration=f"async (given) => JSON.stringify(await ({function})(...JSON.parse(given)) ?? null)",
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            target={"context": self._tab},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise RuntimeError(f"{answer['exceptionDetails']['text']} in {function}")
        return json.loads(answer["result"]["value"])

    def wait_for(self, function: str, *arguments: Any) -> Any:
        """The first true value that a JavaScript function gives; raises TimeoutError where none comes."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if value := self.run(function, *arguments):
                return value
            self.run("() => new Promise(requestAnimationFrame).then(() => null)")
        raise TimeoutError(f"{function} with {arguments} stays false")

    def press(self, *keys: str) -> None:
        """Presses keys one after another: characters, or names in KEYS."""
        actions = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self._perform({"type": "key", "id": "keyboard", "actions": actions})

    def click(self, selector: str) -> None:
        """Brings the first visible element of a selector into view and clicks on its middle, once it is still."""
        x, y = self.wait_for(
            """async (selector) => {
              const shown = [...document.querySelectorAll(selector)].find((each) => each.checkVisibility());
              if (!shown) return null;
              shown.scrollIntoView({ block: "center", behavior: "instant" });
              const before = shown.getBoundingClientRect();
              for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
              const { x, y, width, height } = shown.getBoundingClientRect();
              return x === before.x && y === before.y ? [Math.round(x + width / 2), Math.round(y + height / 2)] : null;
            }""",
            selector,
        )
        move = {"type": "pointerMove", "x": x, "y": y}
        press = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._perform({"type": "pointer", "id": "mouse", "actions": [move, *press]})

    def downloaded(self, name: str) -> str:
        """The text of the file that the page has handed over, which is then removed; TimeoutError where none comes."""
        file, end = self._downloads / name, time.monotonic() + PATIENCE
        while time.monotonic() < end:
            # Until it is whole there is a part beside it, and an empty file in its place.
            if file.exists() and (text := file.read_text(encoding="utf-8")) and not list(file.parent.glob("*.part")):
                file.unlink()
                return text
            time.sleep(0.05)
        raise TimeoutError(f"no file {name} was downloaded")

    def resize(self, width: int, height: int) -> None:
        """Gives the page a window of that many CSS pixels."""
        self.call("browsingContext.setViewport", context=self._tab, viewport={"width": width, "height": height})

    def _perform(self, source: dict[str, Any]) -> None:
        self.call("input.performActions", context=self._tab, actions=[source])

    def _note(self, event: str, details: dict[str, Any]) -> None:
        if details.get("context", details.get("source", {}).get("context")) != self._tab:
            return
        if event == "log.entryAdded" and details["level"] in ("error", "warn"):
            # Firefox complains of a formula that has come in half as well; those that came whole the tests look at.
            if not details["text"].startswith("Invalid markup"):
                self.troubles.append(f"{details['level']}: {details['text']}")
        elif event == "network.beforeRequestSent":
            address = urlsplit(details["request"]["url"])
            if address.scheme not in ("data", "blob", "file", "about") and address.hostname != "127.0.0.1":
                self.troubles.append(f"asked for {details['request']['url']}")


def _address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """The address that Firefox, once ready, writes into its profile."""
    file = profile / "WebDriverBiDiServer.json"
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            place = json.loads(file.read_text(encoding="utf-8"))
            return f"ws://{place['ws_host']}:{place['ws_port']}/session"
        except (OSError, ValueError):  # not there yet, or not yet whole
            time.sleep(0.05)
    raise RuntimeError(f"Firefox did not open its debugging port (exit code {process.poll()}).")
