"""A web server on this machine with images to fetch, and answers that are none."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.e2e.support.images import image_file

BOARDWALK = image_file(7, (320, 160), "JPEG")


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        match self.path:
            case "/boardwalk.jpg":
                self._answer(200, BOARDWALK)
            case "/page.jpg":
                self._answer(200, b"<html>not an image</html>")
            case "/elsewhere.jpg":
                self._answer(302, b"", Location="/boardwalk.jpg")
            case "/loop.jpg":
                self._answer(302, b"", Location="/loop.jpg")
            case "/private.jpg":
                self._answer(302, b"", Location="http://127.0.0.2:80/boardwalk.jpg")
            case "/short.jpg":
                self._answer(200, BOARDWALK[:100], length=len(BOARDWALK))
            case "/broken.jpg":
                self._answer(500, b"")
            case _:
                self._answer(404, b"")

    def _answer(self, status: int, data: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the library's name
        pass


@contextmanager
def image_site() -> Iterator[str]:
    """The address of the site, while it is there."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
