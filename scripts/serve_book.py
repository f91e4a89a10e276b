"""Serves the built book on this machine only.

Usage: `python scripts/serve_book.py [PORT]`

Without PORT: 8000, or any free port where that is taken.
"""

import sys
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGES = Path(__file__).resolve().parent.parent / "_build" / "html"


class PageHandler(SimpleHTTPRequestHandler):
    """Static files that a browser asks for again after every rebuild."""

    # Not every system's table of types knows these, and a module or a font of the wrong type is refused.
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".woff2": "font/woff2",
        ".svg": "image/svg+xml",
    }

    def end_headers(self) -> None:
        """Adds to every answer that it must not be kept."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Sends a file; a reader who has left the page in the meantime is no error."""
        with suppress(ConnectionError):
            super().copyfile(source, outputfile)

    def log_message(self, *_: object) -> None:
        """Stays silent: the address is what the reader needs on the screen."""


def serve(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of `folder` on 127.0.0.1, not started yet; port 0 takes a free one, a taken port raises OSError."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(PageHandler, directory=str(folder)))


def main() -> None:
    """Serves until interrupted."""
    if not (PAGES / "index.html").is_file():
        sys.exit(f"There is no book in {PAGES}: run `make book` first.")
    asked = sys.argv[1:2]
    if asked:
        if not asked[0].isdigit() or int(asked[0]) > 65535:
            sys.exit(f"The port must be a number from 0 to 65535; got {asked[0]!r}.")
        try:
            server = serve(PAGES, int(asked[0]))
        except OSError as error:
            sys.exit(f"Port {asked[0]} cannot be used: {error.strerror}.")
    else:
        try:
            server = serve(PAGES, 8000)
        except OSError:
            server = serve(PAGES)
    print(f"The book is at http://127.0.0.1:{server.server_port}/ — Ctrl-C ends it.", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
