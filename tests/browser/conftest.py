"""A real Chromium, and a real lab around it: the server, a boto of old, and a web site of the requester's."""

from __future__ import annotations

import shutil
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

SECONDS = 20
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1100,1000",
)


@pytest.fixture(scope="session")
def _chromium():
    """Chromium and its driver from Debian; tests are skipped where they are not installed."""
    pytest.importorskip("selenium", reason="selenium is not installed here")
    if None in (found := (shutil.which("chromium"), shutil.which("chromedriver"))):
        pytest.skip("no Chromium with its driver here (Debian: chromium, chromium-driver)")
    return found


@pytest.fixture
def new_browser(_chromium, tmp_path):
    """Starts browsers, each with a profile of its own: `new_browser()`, or `new_browser(scripts=False)`."""
    with _browsers(_chromium, tmp_path) as start:
        yield start


@contextmanager
def _browsers(found, folder):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    binary, driver = found
    started = []

    def start(*, scripts=True, width=1100, flags=()):
        options = webdriver.ChromeOptions()
        options.binary_location = binary
        for flag in (*_FLAGS, *flags, f"--user-data-dir={folder / f'profile{len(started)}'}"):
            options.add_argument(flag)
        if not scripts:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            browser = webdriver.Chrome(options=options, service=Service(driver))
        browser.set_window_size(width, 1000)
        browser.set_page_load_timeout(SECONDS * 2)
        browser.set_script_timeout(SECONDS * 2)
        started.append(browser)
        return browser

    try:
        yield start
    finally:
        for each in started:
            each.quit()


@pytest.fixture(scope="module")
def shared_browser(_chromium, tmp_path_factory):
    """One browser for all tests of a module."""
    with _browsers(_chromium, tmp_path_factory.mktemp("browser")) as start:
        yield start()


@pytest.fixture
def browser(new_browser):
    return new_browser()


@dataclass
class Lab:
    """A web site of a requester's: what it serves by path, and the paths that it was asked for."""

    url: str
    pages: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def lab():
    """A small web server; its pages are set by the test."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            site.asked.append(self.path)
            page = site.pages.get(self.path.partition("?")[0])
            body = (page or "nothing here").encode()
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Lab(f"http://localhost:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()
