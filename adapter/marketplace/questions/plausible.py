"""Answers that a scripted worker may give: valid, varied, and the same again for the same seed."""

import json
import random

from adapter.marketplace.questions.documents import FileUpload, FormQuestion, FreeText, GivenAnswer, Question, Selection
from adapter.marketplace.questions.html import Field, form_fields
from adapter.marketplace.questions.patterns import sample
from adapter.marketplace.questions.submission import RESERVED, free_text_problem

_WORDS = (
    *("clear", "good", "blue", "two people at a table", "yes", "no", "not sure", "a cat on a chair", "I agree"),
    *("the second one", "nothing unusual", "it looks fine to me", "street with cars", "happy", "neutral", "42"),
)
_TYPED = {
    "email": "worker@example.com",
    "url": "https://example.com/",
    "tel": "555-555-1234",
    "date": "2015-06-01",
    "month": "2015-06",
    "week": "2015-W23",
    "time": "12:30",
    "datetime-local": "2015-06-01T12:30",
    "color": "#336699",
}
_FORMATS = ("12345", "2015-06-01", "06/01/2015", "555-555-1234", "worker@example.com", "https://example.com/", "x", "7")


def plausible_answers(question: Question, rng: random.Random) -> list[GivenAnswer]:
    """Answers to a question of any kind, drawn with `rng`.

    Those to a QuestionForm obey its constraints as far as they can be met by trying. An HTMLQuestion is answered
    field by field; the page of an ExternalQuestion is not known, so it gets the fields "answer" and "comment".
    """
    if question.kind == "QuestionForm":
        found = (_answer(asked, rng) for asked in question.questions)
        return [answer for answer in found if answer is not None]
    fields = form_fields(question.html_content or "")
    answers = [_filled(field, rng) for field in fields if field.name not in RESERVED]
    if any(answer is not None for answer in answers):
        return [answer for answer in answers if answer is not None]
    return [GivenAnswer("answer", rng.choice(_WORDS)), GivenAnswer("comment", rng.choice(_WORDS))]


def _answer(asked: FormQuestion, rng: random.Random) -> GivenAnswer | None:
    if isinstance(asked.answer, FreeText):
        return GivenAnswer(asked.identifier, _text(asked.answer, rng))
    if isinstance(asked.answer, Selection):
        return _selection(asked.identifier, asked.answer, rng)
    return _upload(asked.identifier, asked.answer, rng)


def _selection(identifier: str, wanted: Selection, rng: random.Random) -> GivenAnswer:
    offered = [option.identifier for option in wanted.options]
    least = max(1, wanted.min_count)
    count = rng.randint(least, max(least, min(wanted.max_count, len(offered))))
    picked = set(rng.sample(offered, min(count, len(offered))))
    chosen = tuple(option for option in offered if option in picked)
    if wanted.other is not None and count > len(offered):
        return GivenAnswer(identifier, selections=chosen, other_text=_text(wanted.other, rng))
    return GivenAnswer(identifier, selections=chosen)


def _upload(identifier: str, wanted: FileUpload, rng: random.Random) -> GivenAnswer:
    size = rng.randint(wanted.min_bytes, min(wanted.max_bytes, wanted.min_bytes + 4096))
    return GivenAnswer(identifier, file_key=f"simulated/{rng.getrandbits(64):016x}/{identifier}.txt", file_size=size)


def _text(wanted: FreeText, rng: random.Random) -> str:
    """A text that meets the constraints, found by trying; the last one tried where none does."""
    candidates = [rng.choice(_WORDS) for _ in range(4)]
    if wanted.numeric:
        low = int(wanted.min_value) if wanted.min_value is not None else None
        high = int(wanted.max_value) if wanted.max_value is not None else None
        bottom = low if low is not None else min(0, high) if high is not None else 0
        top = high if high is not None else max(100, bottom)
        candidates = [str(rng.randint(bottom, top)) for _ in range(4)]
        if wanted.min_length is not None:  # leading zeros keep the number
            candidates += [c.zfill(wanted.min_length) for c in candidates]
    for regex in wanted.regex:
        drawn = (sample(regex, rng) for _ in range(8))
        candidates = [text for text in drawn if text] + candidates
    candidates += [wanted.default, *_FORMATS]
    if wanted.min_length or wanted.max_length:
        filler = rng.choice(_WORDS)
        length = wanted.min_length or min(wanted.max_length or 1, len(filler))
        candidates.append((f"{filler} " * (length // len(filler) + 1))[:length].rstrip().ljust(length, "."))
    for candidate in candidates:
        if free_text_problem("", wanted, candidate, required=True) is None:
            return candidate
    return candidates[-1]


def _filled(field: Field, rng: random.Random) -> GivenAnswer | None:
    if field.type == "hidden":
        return GivenAnswer(field.name, field.attributes.get("value", ""))
    if field.type == "checkbox":
        ticked = [choice for choice in field.choices if rng.random() < 1 / 2]
        return GivenAnswer(field.name, "|".join(ticked)) if ticked else None
    if field.choices:
        real = [choice for choice in field.choices if choice] or list(field.choices)
        return GivenAnswer(field.name, rng.choice(real))
    if field.type in {"number", "range"}:
        low = _whole(field.attributes.get("min"), 0)
        high = _whole(field.attributes.get("max"), max(low, 100))
        return GivenAnswer(field.name, str(rng.randint(low, max(low, high))))
    if field.type == "file":
        return None
    if "categories" in field.attributes:
        return GivenAnswer(field.name, _category(field.attributes["categories"], rng))
    text = _TYPED.get(field.type, rng.choice(_WORDS))
    length = _whole(field.attributes.get("maxlength"), len(text))
    return GivenAnswer(field.name, text[: max(1, length)])


def _category(listed: str, rng: random.Random) -> str:
    try:
        names = json.loads(listed.replace("'", '"'))
    except (ValueError, RecursionError):
        names = None
    real = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return rng.choice(real or list(_WORDS))


def _whole(value: str | None, default: int) -> int:
    digits = (value or "").strip()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.removeprefix("-")
    return sign * int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else default
