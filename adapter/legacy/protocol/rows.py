"""HITs and Assignments as XML, written directly: by a template, a list of 100 takes four times as long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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


#: A member's name, its tags, and how its value is spelled where it is more than its text.
_Member = tuple[str, str, str, Callable[[Any], str] | None]


def _named(*names: str) -> list[_Member]:
    return [(name, f"<{name}>", f"</{name}>", _SPELLINGS.get(name)) for name in names]


def _members(row: Row, members: Iterable[_Member]) -> list[str]:
    """The elements of those members that the row has, in their order."""
    written = []
    for name, opening, closing, spelled in members:
        if name in row:
            value = row[name]
            if spelled is not None:
                value = spelled(value)
            elif type(value) is not int and (type(value) is not str or "&" in value or "<" in value or ">" in value):
                value = content(value)
            written.append(f"{opening}{value}{closing}")
    return written


_WORK = _named(*_ASSIGNMENT)
_DEADLINE = _named("Deadline")
_ANSWER = _named("Answer")
_FEEDBACK = _named("RequesterFeedback")
_ANNOTATION = _named("RequesterAnnotation")
_COMPARISON = _named("QualificationTypeId", "Comparator")
_COUNTRY = _named("Country")
_PLACE = _named("Country", "Subdivision")


class Rows:
    """Writes the rows of one reply; members in the order of Amazon's schemas, because generated clients read by order."""

    def __init__(self, groups: frozenset[str], shape: str) -> None:
        self._shape = shape
        self._detail = "HITDetail" in groups
        self._feedback = "AssignmentFeedback" in groups
        new = shape >= "2012-03-25"
        self._latest: tuple[list[Row], str] | None = None
        #: The members of a HIT before its annotation and requirements, and after them.
        first: list[str] = []
        if groups != {"Request"}:
            first += "HITId", "HITTypeId"
        if self._detail:
            first += ("HITGroupId", "HITLayoutId") if new else ()
            first += "CreationTime", "Title", "Description"
        if "HITQuestion" in groups:
            first.append("Question")
        if self._detail:
            first += "Keywords", "HITStatus", "MaxAssignments", "Reward", "AutoApprovalDelayInSeconds"
            first += "Expiration", "AssignmentDurationInSeconds"
            first += () if new else ("NumberOfSimilarHITs",)
        last = ["HITReviewStatus"] if self._detail else []
        if "HITAssignmentSummary" in groups:
            last += (f"NumberOfAssignments{which}" for which in ("Pending", "Available", "Completed"))
        self._first, self._last = _named(*first), _named(*last)

    def hits(self, rows: Iterable[Row]) -> Markup:
        """A HIT for each row."""
        return Markup("".join([f"<HIT>{self._hit(row)}</HIT>" for row in rows]))  # noqa: S704 - all passed _members

    def hit(self, row: Row) -> Markup:
        """The members of a HIT."""
        return Markup(self._hit(row))  # noqa: S704 - as above

    def assignments(self, rows: Iterable[Row]) -> Markup:
        """An Assignment for each row."""
        written = [f"<Assignment>{self._assignment(row)}</Assignment>" for row in rows]
        return Markup("".join(written))  # noqa: S704 - as above

    def assignment(self, row: Row) -> Markup:
        """The members of an Assignment."""
        return Markup(self._assignment(row))  # noqa: S704 - as above

    def locale(self, row: Row) -> Markup:
        """The members of a Locale that have a value."""
        members = _PLACE if self._shape >= "2014-08-15" else _COUNTRY
        return Markup("".join(_members({name: value for name, value in row.items() if value}, members)))  # noqa: S704 - as above

    def _hit(self, row: Row) -> str:
        written = _members(row if "Keywords" in row else {**row, "Keywords": ""}, self._first)
        if self._detail:
            if row.get("RequesterAnnotation"):
                written += _members(row, _ANNOTATION)
            written.append(self._requirements(row.get("QualificationRequirements") or []))
        return "".join((*written, *_members(row, self._last)))

    def _assignment(self, row: Row) -> str:
        written = _members(row, _WORK)
        if "SubmitTime" not in row:
            written += _members(row, _DEADLINE)
        written += _members(row, _ANSWER)
        if self._feedback and row.get("RequesterFeedback"):
            written += _members(row, _FEEDBACK)
        return "".join(written)

    def _requirements(self, rows: list[Row]) -> str:
        # the HITs of a list mostly require the same
        if self._latest is None or self._latest[0] != rows:
            self._latest = rows, "".join(map(self._requirement, rows))
        return self._latest[1]

    def _requirement(self, row: Row) -> str:
        shown = row if self._shape >= "2013-11-15" else _expressible(row)
        if shown is None:
            return ""
        guarded = shown.get("ActionsGuarded")
        previewed = guarded != "Accept" if guarded else shown.get("RequiredToPreview")
        return "".join(
            (
                "<QualificationRequirement>",
                *_members(shown, _COMPARISON),
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
