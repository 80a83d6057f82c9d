"""What the question documents say, as values: questions, answers, and the errors their readers raise."""

import re
from dataclasses import dataclass
from decimal import Decimal
from html import unescape

from adapter.marketplace.errors import PREFIX

XML_PARSE_ERROR = PREFIX + "XMLParseError"
XHTML_PARSE_ERROR = PREFIX + "XHTMLParseError"

_TAG = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*+>""")
_LABEL_CHARACTERS = 60


class QuestionError(ValueError):
    """A question, layout, test, answer key or answer document that cannot be used.

    `code` is the legacy error code, `message` the sentence for the requester, `line` the line in the
    document (1 is the first) or None where no line can be named.
    """

    def __init__(self, code: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line


class AnswerError(ValueError):
    """A worker's submission that does not answer the form: `reasons` has one sentence per question identifier."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__(" ".join(reasons.values()))
        self.reasons = reasons


@dataclass(frozen=True)
class Content:
    """One block of what the worker sees.

    `kind` is Title, Text, List, FormattedContent, Binary, EmbeddedBinary, JavaApplet or Flash. `text` is plain
    text, but for FormattedContent it is HTML made from the checked XHTML and may be written out as it stands.
    `width` and `height` are pixels, None where the document gives no plain number.
    """

    kind: str
    text: str = ""
    items: tuple[str, ...] = ()
    url: str = ""
    mime_type: str = ""
    alt_text: str = ""
    width: int | None = None
    height: int | None = None
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> str:
        """What it says as plain text in one line: its text, its items, or what stands for a picture."""
        text = self.text if self.kind in {"Title", "Text"} else ""
        if self.kind == "FormattedContent":
            text = unescape(_TAG.sub(" ", self.text))
        return " ".join(" ".join((text, *self.items, self.alt_text)).split())


@dataclass(frozen=True)
class Regex:
    """An AnswerFormatRegex in JavaScript's notation, its flags, and what to tell the worker when it does not match."""

    pattern: str
    flags: str = ""
    error_text: str = ""


@dataclass(frozen=True)
class FreeText:
    """A text field: lengths in characters, bounds of a number where `numeric`, 0 suggested lines for none given."""

    default: str = ""
    min_length: int | None = None
    max_length: int | None = None
    numeric: bool = False
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    regex: tuple[Regex, ...] = ()
    suggested_lines: int = 0


@dataclass(frozen=True)
class Option:
    """One choice of a Selection."""

    identifier: str
    content: Content


@dataclass(frozen=True)
class Selection:
    """A choice among options; `style` is empty where the document suggests none; `other` is a free text choice."""

    style: str
    options: tuple[Option, ...]
    other: FreeText | None = None
    min_count: int = 1
    max_count: int = 1


@dataclass(frozen=True)
class FileUpload:
    """A file of `min_bytes` to `max_bytes` bytes."""

    min_bytes: int
    max_bytes: int


@dataclass(frozen=True)
class Overview:
    """Text between the questions of a form."""

    content: tuple[Content, ...]


@dataclass(frozen=True)
class FormQuestion:
    """One question of a QuestionForm."""

    identifier: str
    display_name: str
    required: bool
    content: tuple[Content, ...]
    answer: FreeText | Selection | FileUpload

    @property
    def label(self) -> str:
        """What to call the question when speaking to a worker: its name, else how its text begins, else its identifier."""
        if self.display_name.strip():
            return self.display_name.strip()
        words = next((each.words for each in self.content if each.words), self.identifier)
        if len(words) > _LABEL_CHARACTERS:
            start = words[:_LABEL_CHARACTERS]
            return (start.rpartition(" ")[0] or start).rstrip(".,:;?! ") + "…"
        # a colon follows
        return words.rstrip(".,:;?! ") or words


@dataclass(frozen=True)
class Question:
    """A checked question document: `kind` is QuestionForm, ExternalQuestion or HTMLQuestion.

    `frame_height` is pixels, 0 for the height of the window; `form` holds overviews and questions in document order.
    """

    kind: str
    external_url: str | None = None
    frame_height: int = 0
    html_content: str | None = None
    form: tuple[Overview | FormQuestion, ...] = ()

    @property
    def questions(self) -> tuple[FormQuestion, ...]:
        """The questions of a QuestionForm in order, nothing for the other kinds."""
        return tuple(part for part in self.form if isinstance(part, FormQuestion))


@dataclass(frozen=True)
class GivenAnswer:
    """One answer of a QuestionFormAnswers document: free text, chosen options, or an uploaded file."""

    question: str
    free_text: str | None = None
    selections: tuple[str, ...] = ()
    other_text: str | None = None
    file_key: str | None = None
    file_size: int | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """Every value that was given, for comparing answers with each other."""
        given = (*self.selections, self.other_text, self.free_text, self.file_key)
        return tuple(value for value in given if value is not None)
