"""axe-core, the usual checker of accessibility, run in the page that the browser shows."""

from __future__ import annotations

from tests.clients.packages import npm

VERSION = "4.14.1"
_RUN = """const [options, done] = arguments;
axe.run(document, options).then(
  (found) => done(found.violations.map(
    (each) => [each.id, ...each.nodes.slice(0, 5).map((node) => node.target.join(" ") + " " + node.failureSummary)])),
  (error) => done([["axe failed", String(error)]]));"""


def axe_source() -> str:
    """The script, from npm; skips the test where npm cannot have it."""
    return (npm("axe-core", VERSION) / "axe.min.js").read_text()


def findings(browser, source: str, only: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> list[str]:
    """What axe finds in the page or frame that the browser is in, by all of its rules, only these, or all without those."""
    if not browser.execute_script("return typeof window.axe === 'object'"):
        browser.execute_script(source)
    # what is inside a frame is looked at from inside it
    rules = {rule: {"enabled": False} for rule in without}
    options = {"iframes": False, "resultTypes": ["violations"], "rules": rules}
    if only:
        options["runOnly"] = {"type": "rule", "values": list(only)}
    found = browser.execute_async_script(_RUN, options)
    return [f"{rule}: {' | '.join(' '.join(node.split()) for node in nodes)}" for rule, *nodes in found]


def dark(browser, wanted: bool) -> None:
    """Let pages be shown as for somebody who prefers dark ones, or as usual."""
    features = [{"name": "prefers-color-scheme", "value": "dark" if wanted else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
