"""A real browser for tests: Debian's chromium, spoken to over its DevTools protocol; no driver, nothing to install.

The fixtures ``browser`` (one process a session) and ``tab`` (a fresh page a test) stand in ``tests/conftest.py``::

    def test_it_sorts(tab, page):
        tab.open(page.as_uri())
        tab.click("th button")
        assert tab.run("document.querySelector('tbody th').textContent") == "0995"
        assert tab.errors == []
"""

from __future__ import annotations

import base64
import json
import subprocess
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import websocket

FLAGS = [
    *["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
    *["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars"],
    *["--remote-debugging-port=0", "--remote-allow-origins=*"],
]
#: a loaded machine may be slow; only what never comes takes so long
SECONDS = 240.0
#: name of a key -> what the protocol wants to know of it
KEYS = {
    "Tab": {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
    "Enter": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    "Space": {"key": " ", "code": "Space", "windowsVirtualKeyCode": 32, "text": " "},
    "ArrowRight": {"key": "ArrowRight", "code": "ArrowRight", "windowsVirtualKeyCode": 39},
}


class Leaving(RuntimeError):
    """The page that was asked is being left for another."""


class Browser:
    """A running chromium.

    Parameters
    ----------
    program : str
    profile : Path
        An empty folder.
    """

    def __init__(self, program: str, profile: Path) -> None:
        self.process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.address = f"http://127.0.0.1:{self._port(profile / 'DevToolsActivePort')}"

    def _port(self, path: Path) -> str:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            if path.is_file() and path.read_text().strip():
                return path.read_text().split()[0]
            time.sleep(0.05)
        raise RuntimeError("chromium did not start")

    def tab(self) -> Tab:
        """Open a new page."""
        request = urllib.request.Request(f"{self.address}/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return Tab(json.load(answer)["webSocketDebuggerUrl"], self)

    def close(self) -> None:
        """End the browser."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS / 10)
        self.give_up()

    def give_up(self) -> None:
        """Kill it: one that does not answer once would be waited for by every test that follows."""
        self.process.kill()
        self.process.wait(SECONDS)


class Tab:
    """A page of the browser; it listens to everything that is logged, thrown or fetched.

    Attributes
    ----------
    errors : list of str
        Errors of the console, exceptions nobody caught, refused or failed loads.
    requests : list of str
        Addresses that were asked for.
    """

    def __init__(self, address: str, browser: Browser) -> None:
        self.browser = browser
        self.socket = websocket.create_connection(address, timeout=SECONDS, suppress_origin=True)
        self.number, self.loads = 0, 0
        self.errors: list[str] = []
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, websocket.WebSocketException):  # it may be gone, and the test has failed for it
            self.ask("Page.close")
        self.socket.close()

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command of the protocol and return its result."""
        self.number += 1
        wanted, end = self.number, time.monotonic() + SECONDS
        self.socket.send(json.dumps({"id": wanted, "method": method, "params": parameters}))
        while True:
            message = self._next(end)
            if message.get("id") == wanted:
                if "error" in message:
                    said = message["error"]["message"]
                    raise (Leaving if "navigated" in said or "context" in said else RuntimeError)(f"{method}: {said}")
                return message["result"]
            self._hear(message)

    def _next(self, end: float) -> dict[str, Any]:
        """Return the next message; a browser that is silent, or never comes to the answer, is given up."""
        try:
            message = json.loads(self.socket.recv())
        except websocket.WebSocketTimeoutException:
            end = 0.0
        if time.monotonic() > end:
            self.browser.give_up()
            raise TimeoutError("the browser did not answer")
        return message

    def _hear(self, message: dict[str, Any]) -> None:
        kind, said = message.get("method"), message.get("params", {})
        if kind == "Page.loadEventFired":
            self.loads += 1
        elif kind == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])
        elif kind == "Network.loadingFailed":
            self.errors.append(f"failed load: {said['errorText']}")
        elif kind == "Runtime.exceptionThrown":
            self.errors.append(str(said["exceptionDetails"].get("exception", said["exceptionDetails"])))
        elif kind == "Runtime.consoleAPICalled" and said["type"] in ("error", "assert"):
            self.errors.append(str(said["args"]))
        elif kind == "Log.entryAdded" and said["entry"]["level"] == "error":
            self.errors.append(said["entry"]["text"])

    def open(self, address: str) -> None:
        """Load a page and wait for it and its fonts."""
        before = self.loads
        answer = self.ask("Page.navigate", url=address)
        if answer.get("errorText"):
            raise RuntimeError(f"{address}: {answer['errorText']}")
        end = time.monotonic() + SECONDS
        while self.loads == before and time.monotonic() < end:
            self._hear(self._next(end))
        self.run("document.fonts.ready.then(() => true)")  # a font inside moves what is to be clicked on

    def run(self, expression: str) -> Any:
        """Return what an expression of the page's own language gives; a promise is waited for."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", "failed"))
        return answer["result"].get("value")

    def wait(self, expression: str, *, seconds: float = SECONDS) -> Any:
        """Wait until an expression is true and return it; a page that is just being left has no answer yet."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(Leaving):
                if found := self.run(expression):
                    return found
            time.sleep(0.1)
        raise TimeoutError(f"never true: {expression}")

    def click(self, selector: str) -> None:
        """Click in the middle of the first element that a selector names, with the mouse, once it is drawn there."""
        name = json.dumps(selector)
        spot = self.run(
            f"(async () => {{ const e = document.querySelector({name});"
            "e.scrollIntoView({block: 'center', inline: 'center'});"
            "for (let n = 0; n < 2; n++) await new Promise(drawn => requestAnimationFrame(drawn));"
            "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]})()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=spot[0], y=spot[1], button="left", clickCount=1)

    def press(self, name: str, *, shift: bool = False) -> None:
        """Press a key of `KEYS` and let it go."""
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, modifiers=8 if shift else 0, **KEYS[name])

    def type(self, text: str) -> None:
        """Type a text into what has the focus."""
        self.ask("Input.insertText", text=text)

    def resize(self, width: int, height: int = 900, *, phone: bool = False) -> None:
        """Give the page a size, as a screen or as a phone."""
        scale = 2 if phone else 1
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=phone
        )

    def cut_off(self) -> None:
        """Take the network away."""
        nothing = {"latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        self.ask("Network.emulateNetworkConditions", offline=True, **nothing)

    def picture(self, path: Path, *, whole: bool = True) -> Path:
        """Save what the page looks like, down to its end unless told otherwise."""
        answer = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))
        return path

    def paper(self, path: Path, **options: Any) -> Path:
        """Save the page as it prints on A4."""
        a4 = {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": True, "preferCSSPageSize": True}
        path.write_bytes(base64.b64decode(self.ask("Page.printToPDF", **{**a4, **options})["data"]))
        return path
