"""HITs and Assignments as XML, written directly: by a template, a list of 100 takes four times as long."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain, repeat
from typing import Any

from markupsafe import Markup

from adapter.legacy.protocol.spelling import content, price, stamp

Row = Mapping[str, Any]

_TIMES = ("AutoApprovalTime", "AcceptTime", "SubmitTime", "ApprovalTime", "RejectionTime")
_ASSIGNMENT = ("AssignmentId", "WorkerId", "HITId", "AssignmentStatus", *_TIMES)
#: Members that are more than their text.
_SPELLINGS: dict[str, Callable[[Any], str]] = {
    "Reward": price,
    **dict.fromkeys((*_TIMES, "Deadline", "CreationTime", "Expiration"), stamp),
}


#: Stands for a member that a row does not have.
_ABSENT = object()


def _column(name: str, values: list[Any], absent: str = "") -> Iterable[str]:
    """A member's elements, one for each row; where many rows say the same, that is written once."""
    spelled = _SPELLINGS.get(name, content)
    try:
        different: Collection[Any] = {*values}
    except TypeError:
        # an upstream that writes a list or a structure where a text belongs: shown as it is, as the call was made
        different = values
    if 2 * len(different) > len(values):
        return [absent if value is _ABSENT else f"<{name}>{spelled(value)}</{name}>" for value in values]
    elements = {value: absent if value is _ABSENT else f"<{name}>{spelled(value)}</{name}>" for value in different}
    return map(elements.__getitem__, values)


def _elements(row: Row, *names: str) -> str:
    """The elements of those texts that the row has, in their order."""
    return "".join(f"<{name}>{content(row[name])}</{name}>" for name in names if name in row)


def _written(element: str, rows: list[Row], columns: Iterable[Iterable[str]]) -> Markup:
    """An element for each row, made of what each column says of it; without a name only what is in it."""
    opening, closing = (f"<{element}>", f"</{element}>") if element else ("", "")
    number = len(rows)
    members = zip(repeat(opening, number), *columns, repeat(closing, number), strict=True)
    return Markup("".join(chain.from_iterable(members)))  # noqa: S704 - what columns hold is XML already


class Rows:
    """Writes the rows of one reply; members in the order of Amazon's schemas, because generated clients read by order."""

    def __init__(self, groups: frozenset[str], shape: str) -> None:
        self._shape = shape
        self._detail = "HITDetail" in groups
        self._feedback = "AssignmentFeedback" in groups
        new = shape >= "2012-03-25"
        #: The members of a HIT before its annotation and requirements, and after them.
        self._first: list[str] = []
        if groups != {"Request"}:
            self._first += "HITId", "HITTypeId"
        if self._detail:
            self._first += ("HITGroupId", "HITLayoutId") if new else ()
            self._first += "CreationTime", "Title", "Description"
        if "HITQuestion" in groups:
            self._first.append("Question")
        if self._detail:
            self._first += "Keywords", "HITStatus", "MaxAssignments", "Reward", "AutoApprovalDelayInSeconds"
            self._first += "Expiration", "AssignmentDurationInSeconds"
            self._first += () if new else ("NumberOfSimilarHITs",)
        self._last = ["HITReviewStatus"] if self._detail else []
        if "HITAssignmentSummary" in groups:
            self._last += (f"NumberOfAssignments{which}" for which in ("Pending", "Available", "Completed"))

    def hits(self, rows: list[Row]) -> Markup:
        """A HIT for each row."""
        return _written("HIT", rows, self._hit_columns(rows))

    def hit(self, row: Row) -> Markup:
        """The members of a HIT."""
        return _written("", [row], self._hit_columns([row]))

    def assignments(self, rows: list[Row]) -> Markup:
        """An Assignment for each row."""
        return _written("Assignment", rows, self._assignment_columns(rows))

    def assignment(self, row: Row) -> Markup:
        """The members of an Assignment."""
        return _written("", [row], self._assignment_columns([row]))

    def locale(self, row: Row) -> Markup:
        """The members of a Locale that have a value."""
        names = ("Country", "Subdivision") if self._shape >= "2014-08-15" else ("Country",)
        return Markup(_elements({name: value for name, value in row.items() if value}, *names))  # noqa: S704 - as above

    def _hit_columns(self, rows: list[Row]) -> Iterator[Iterable[str]]:
        for name in self._first:
            yield _column(
                name, [row.get(name, _ABSENT) for row in rows], "<Keywords></Keywords>" if name == "Keywords" else ""
            )
        if self._detail:
            yield _column("RequesterAnnotation", [row.get("RequesterAnnotation") or _ABSENT for row in rows])
            yield self._requirements(rows)
        for name in self._last:
            yield _column(name, [row.get(name, _ABSENT) for row in rows])

    def _assignment_columns(self, rows: list[Row]) -> Iterator[Iterable[str]]:
        for name in _ASSIGNMENT:
            yield _column(name, [row.get(name, _ABSENT) for row in rows])
        yield _column("Deadline", [_ABSENT if "SubmitTime" in row else row.get("Deadline", _ABSENT) for row in rows])
        yield _column("Answer", [row.get("Answer", _ABSENT) for row in rows])
        if self._feedback:
            yield _column("RequesterFeedback", [row.get("RequesterFeedback") or _ABSENT for row in rows])

    def _requirements(self, rows: list[Row]) -> Iterator[str]:
        latest: list[Row] = []
        written = ""
        for row in rows:
            found = row.get("QualificationRequirements") or []
            if found != latest:
                latest, written = found, "".join(map(self._requirement, found))
            yield written

    def _requirement(self, row: Row) -> str:
        shown = row if self._shape >= "2013-11-15" else _expressible(row)
        if shown is None:
            return ""
        guarded = shown.get("ActionsGuarded")
        previewed = guarded != "Accept" if guarded else shown.get("RequiredToPreview")
        return "".join(
            (
                "<QualificationRequirement>",
                _elements(shown, "QualificationTypeId", "Comparator"),
                *(f"<IntegerValue>{content(each)}</IntegerValue>" for each in shown.get("IntegerValues") or ()),
                *(f"<LocaleValue>{self.locale(each)}</LocaleValue>" for each in shown.get("LocaleValues") or ()),
                f"<RequiredToPreview>{1 if previewed else 0}</RequiredToPreview></QualificationRequirement>",
            )
        )


def _expressible(requirement: Row) -> Row | None:
    """A requirement as versions before 2013-11-15 can say it: one value, no list comparators; None where they cannot."""
    comparator = requirement["Comparator"]
    values = len(requirement.get("IntegerValues") or ()) + len(requirement.get("LocaleValues") or ())
    if comparator == "DoesNotExist" or values > 1:
        return None
    single = {"In": "EqualTo", "NotIn": "NotEqualTo"}.get(comparator)
    return requirement if single is None else {**requirement, "Comparator": single}
