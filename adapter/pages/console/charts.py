"""Charts as SVG, made here: bars over time, errors in another colour. The figures stand in a table beside them."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 196, 58, 16, 30


def bars(rows: Sequence[tuple[str, int, int]], label: str) -> Markup:
    """A bar for each (time, calls, errors) of a series without gaps; `label` says what is drawn, for those who do not see it."""
    top = _round_up(max((calls for _, calls, _ in rows), default=0))
    high, step = HEIGHT - BOTTOM - TOP, (WIDTH - LEFT) / max(1, len(rows))
    parts = [Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(WIDTH, HEIGHT, label)]
    for share in (0, 0.5, 1):
        y = TOP + high - high * share
        parts.append(
            Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(LEFT, WIDTH, y, y)
            + Markup('<text x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(LEFT - 6, y + 4, _short(top * share))
        )
    for number, (when, calls, errors) in enumerate(rows):
        x = LEFT + number * step
        parts.append(_bar("calls", x, step, high, calls - errors, errors, top))
        parts.append(_bar("errors", x, step, high, errors, 0, top))
        if number % max(1, len(rows) // 6) == 0:
            parts.append(Markup('<text x="{:.1f}" y="{}">{}</text>').format(x, HEIGHT - 6, when))
    return Markup("").join([*parts, Markup("</svg>")])


def _bar(kind: str, x: float, step: float, high: float, number: int, below: int, top: float) -> Markup:
    if number <= 0:
        return Markup("")
    tall = high * number / top
    y = TOP + high - high * below / top - tall
    return Markup('<rect class="{}" x="{:.1f}" y="{:.2f}" width="{:.1f}" height="{:.2f}"/>').format(
        kind, x, y, max(1.0, step - 1), tall
    )


def _round_up(number: int) -> float:
    """The next of 2, 4, 10, 20, 40, 100 ..., so that the half of it is a whole number too."""
    size = 1
    while True:
        for each in (2, 4, 10):
            if number <= each * size:
                return each * size
        size *= 10


def _short(number: float) -> str:
    return f"{number:,.0f}" if number < 10_000 else f"{number / 1000:,.0f}k"
