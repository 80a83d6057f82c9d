"""A QuestionForm as HTML: what a worker reads and fills in, in the order of the document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin, urlsplit

from markupsafe import Markup

from adapter.marketplace.questions.documents import (
    Content,
    FileUpload,
    FormQuestion,
    FreeText,
    Overview,
    Question,
    Selection,
)
from adapter.marketplace.questions.submission import line_ends
from adapter.pages.content.formatted_content import formatted, readable
from adapter.pages.frame import fragment

_MANY_LINES = 40
_LIST_LINES = 8
_PLAYED = {"image", "audio", "video"}
_SENTENCE_ENDS = (".", "!", "?", "…")
_KILOBYTE = 1000


def form_html(
    question: Question,
    values: Iterable[tuple[str, str]] | None = None,
    reasons: Mapping[str, str] | None = None,
    *,
    stored: Mapping[str, int] | None = None,
    disabled: bool = False,
) -> Markup:
    """The fields of a checked QuestionForm, to stand in a form of the page; the names are those of answers_from_form().

    `values` are names and values as they were posted, shown again; without them default texts are. `reasons` say what
    is wrong with an answer, by QuestionIdentifier, beside it and in a list at the top; the first gets the focus. With
    `disabled` nothing can be filled in, as in a preview. The browser checks nothing, so the form around is `novalidate`:
    answers_from_form() judges, and says all that is wrong at once. The DefaultText of an OtherSelection is shown as a
    suggestion, because as a value it would count as chosen.

    A file stored before is given as `<id>` and `<id>.size`, and posted again in hidden fields of these names; where the
    service finds it by itself, `stored` has its size in bytes by QuestionIdentifier, so that the worker sees it. Applets
    and Flash, which no browser runs any more, become a note with a link. Raises ValueError for another kind of question.
    """
    if question.kind != "QuestionForm":
        raise ValueError(f"a form is made of a QuestionForm, not of {question.kind}")
    given: dict[str, list[str]] | None = None
    if values is not None:
        given = {}
        for name, value in values:
            given.setdefault(line_ends(name), []).append(line_ends(value))
    reasons = reasons or {}
    numbers = {asked.identifier: number for number, asked in enumerate(question.questions, 1)}
    parts: list[dict[str, Any]] = [
        {"blocks": _blocks(part.content)}
        if isinstance(part, Overview)
        else _question(part, numbers[part.identifier], given, reasons.get(part.identifier), stored or {})
        for part in question.form
    ]
    problems = [{"target": None, "reason": reason} for name, reason in reasons.items() if name not in numbers]
    problems += [{"target": part["start"], "reason": part["reason"]} for part in parts if part.get("reason")]
    first = problems[0]["target"] if problems else None
    files = not disabled and any(isinstance(asked.answer, FileUpload) for asked in question.questions)
    return fragment("question_form.html", parts=parts, problems=problems, first=first, disabled=disabled, files=files)


def _question(
    asked: FormQuestion,
    number: int,
    given: dict[str, list[str]] | None,
    reason: str | None,
    stored: Mapping[str, int],
) -> dict[str, Any]:
    """What the template needs of a question: its texts, ids that belong together, and one control."""
    own_id = f"q{number}"
    if isinstance(asked.answer, FreeText):
        hints = _text_hints(asked.answer)
        shown = readable(asked.answer.default) if given is None else _first(given, asked.identifier)
        control = _text(asked.answer, asked.identifier, shown, required=asked.required)
    elif isinstance(asked.answer, Selection):
        control = _selection(asked, asked.answer, own_id, given)
        hint = _selection_hint(asked.answer, several=control["kind"] in {"checks", "chooser", "list"})
        hints = [hint + ", several with the Ctrl or ⌘ key held down" if control["kind"] == "list" else hint]
    else:
        hints = [_file_hint(asked.answer)]
        control = _file(asked, asked.answer, given, stored.get(asked.identifier))
    hint = _sentences(["Required" if asked.required else "", *hints])
    name = readable(asked.display_name)
    described = [f"{own_id}-text"] if name else []
    described += [f"{own_id}-hint"] * bool(hint) + [f"{own_id}-problem"] * bool(reason)
    boxes = control["kind"] in {"radios", "checks", "chooser"}
    return {
        "id": own_id,
        "name": name,
        "blocks": _blocks(asked.content),
        "hint": hint,
        "reason": reason,
        # beside its question a reason need not name it again
        "problem": _capital((reason or "").removeprefix(f"{asked.label}: ")),
        # what gets the focus
        "start": next((each["id"] for each in control["options"] if each["chosen"]), f"{own_id}-1")
        if boxes
        else f"{own_id}-answer",
        "required": asked.required,
        "labelled": f"{own_id}-name" if name else f"{own_id}-text",
        "described": " ".join(described),
        "control": control,
    }


def _text(wanted: FreeText, field: str, shown: str, *, required: bool) -> dict[str, Any]:
    """A line or an area for text; no field for numbers, as browsers do not send what is in it when it is no number."""
    return {
        "kind": "area" if wanted.suggested_lines > 1 or "\n" in shown else "line",
        "field": field,
        "value": shown,
        "lines": min(max(wanted.suggested_lines, shown.count("\n") + 1, 2), _MANY_LINES),
        "longest": wanted.max_length,
        # keyboards for numbers may lack the minus sign
        "digits": wanted.numeric and wanted.min_value is not None and wanted.min_value >= 0,
        "must": required,
    }


def _selection(
    asked: FormQuestion, wanted: Selection, own_id: str, given: dict[str, list[str]] | None
) -> dict[str, Any]:
    """Buttons, boxes or a list, as the style suggests and as the contents of the options allow."""
    chosen = set((given or {}).get(line_ends(asked.identifier), ()))
    other = _first(given, f"{asked.identifier}.other")
    options = [
        {
            "id": f"{own_id}-{number}",
            "value": option.identifier,
            "block": _block(option.content),
            "chosen": line_ends(option.identifier) in chosen,
        }
        for number, option in enumerate(wanted.options, 1)
    ]
    return {
        "kind": _selection_kind(wanted),
        "field": asked.identifier,
        "options": options,
        "other": None
        if wanted.other is None
        else {
            **_text(wanted.other, f"{asked.identifier}.other", other, required=False),
            "suggestion": readable(wanted.other.default).replace("\n", " "),
            "hint": _sentences(_text_hints(wanted.other)),
        },
        "lines": min(len(options) + (wanted.max_count == 1), _LIST_LINES),
        "several": wanted.max_count > 1,
        "none": wanted.other is None and not (asked.required and wanted.min_count),
        # with another choice to write down, an option need not be chosen
        "must": asked.required and wanted.other is None and wanted.min_count > 0,
    }


def _selection_kind(wanted: Selection) -> str:
    if all(option.content.kind == "Text" for option in wanted.options):
        if wanted.style == "list":
            return "list" if wanted.max_count > 1 else "short list"
        if wanted.style in {"dropdown", "combobox"} and wanted.max_count == 1:
            return "menu"
    if wanted.style == "multichooser":
        return "chooser"
    return "checks" if wanted.max_count > 1 or wanted.style == "checkbox" else "radios"


def _file(
    asked: FormQuestion, wanted: FileUpload, given: dict[str, list[str]] | None, stored: int | None
) -> dict[str, Any]:
    key, size = _first(given, asked.identifier), _first(given, f"{asked.identifier}.size")
    kept = bool(key) and size.isascii() and size.isdigit() and len(size) < 19
    there = int(size) if kept else stored
    return {
        "kind": "file",
        "field": asked.identifier,
        "key": key if kept else "",
        "size": size,
        "kept": "" if there is None else _bytes(there),
        "most": wanted.max_bytes,
        "must": asked.required and there is None,
    }


def _first(given: dict[str, list[str]] | None, name: str) -> str:
    return (given or {}).get(line_ends(name), [""])[0]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentences(texts: list[str]) -> str:
    """These texts as sentences, one after the other."""
    given = [text.strip() for text in texts if text.strip()]
    return " ".join(text if text.endswith(_SENTENCE_ENDS) else f"{text}." for text in given)


def _text_hints(wanted: FreeText) -> list[str]:
    """What a text must be, in words: its bounds, and what the requester says of each form that it must have."""
    parts = []
    if wanted.numeric:
        parts.append(_span("a number", wanted.min_value, wanted.max_value, "from"))
    if wanted.min_length or wanted.max_length:
        parts.append(_span("", wanted.min_length or None, wanted.max_length, "", "character"))
    text = ", ".join(parts)
    return [_capital(text), *(readable(regex.error_text) for regex in wanted.regex)]


def _span(what: str, least: Decimal | int | None, most: Decimal | int | None, joint: str, unit: str = "") -> str:
    if least is not None and most is not None:
        words = f"exactly {least}" if least == most else f"{joint} {least} to {most}"
    elif least is not None:
        words = f"at least {least}"
    elif most is not None:
        words = f"at most {most}"
    else:
        words = ""
    last = most if most is not None else least
    unit = f" {unit}" + ("" if last == 1 else "s") if unit else ""
    return f"{what} {words}".strip() + unit


def _selection_hint(wanted: Selection, *, several: bool) -> str:
    offered = len(wanted.options) + (wanted.other is not None)
    if not several:
        return ""
    if wanted.max_count >= offered and wanted.min_count <= 1:
        return "Choose all that apply"
    if wanted.min_count == wanted.max_count:
        return f"Choose {wanted.max_count}"
    return (
        f"Choose {wanted.min_count} to {wanted.max_count}" if wanted.min_count else f"Choose up to {wanted.max_count}"
    )


def _file_hint(wanted: FileUpload) -> str:
    most = _bytes(wanted.max_bytes)
    return f"A file of {_bytes(wanted.min_bytes)} to {most}" if wanted.min_bytes > 1 else f"A file of at most {most}"


def _bytes(count: int) -> str:
    """A size as people read it; the exact number stands in the refusal."""
    if count < _KILOBYTE:
        return f"{count} byte" + ("" if count == 1 else "s")
    for unit in ("kB", "MB"):
        count, rest = divmod(count, _KILOBYTE)
        if count < _KILOBYTE:
            return f"{count}.{rest // 100} {unit}" if rest >= 100 else f"{count} {unit}"
    return f"{count:,} MB"


def _blocks(content: tuple[Content, ...]) -> list[dict[str, Any]]:
    return [_block(each) for each in content]


def _block(content: Content) -> dict[str, Any]:
    """One block of text, picture, sound, or a note about what browsers do not show; `inline` as in Formatted."""
    if content.kind == "FormattedContent":
        made = formatted(content.text)
        return {"kind": "formatted", "html": made.html, "inline": made.inline}
    if content.kind == "List":
        return {"kind": "list", "items": [readable(item).strip() for item in content.items], "inline": False}
    if content.kind in {"Title", "Text"}:
        return {"kind": content.kind.lower(), "text": readable(content.text).strip(), "inline": True}
    major, _, minor = content.mime_type.lower().partition("/")
    names = {"JavaApplet": "a Java applet", "Flash": "a Flash movie"}
    return {
        "kind": major if major in _PLAYED and content.kind not in names else "note",
        "inline": major == "image",
        "url": _address(content),
        "what": names.get(content.kind, f"{major}/{minor}" if minor else major or "a file"),
        "runs": content.kind not in names,
        "text": readable(content.alt_text).strip(),
        "width": content.width or None,
        "height": content.height or None,
        "parameters": [(readable(name), readable(value)) for name, value in content.parameters],
    }


def _address(content: Content) -> str:
    """Where a block's file lies, if it is an address on the web, otherwise nothing."""
    address = content.url
    try:
        if content.kind == "JavaApplet":
            address = urljoin(address.removesuffix("/") + "/", content.text.strip())
        parts = urlsplit(address)
        plain = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        plain = False
    return readable(address) if plain and address.isprintable() else ""
