"""The data structures of legacy requests, and what each becomes in the 2017-01-17 API (docs/contract.md, Tokens and values)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any, Literal

from adapter.core.errors import LegacyError, invalid, missing
from adapter.legacy.protocol.binding import Also, AtMost, Id, Since

# Ids, each with the kind of object whose ...DoesNotExist answers nonsense.
HITId = Annotated[str, Id("HIT")]
AssignmentId = Annotated[str, Id("Assignment")]
QualificationTypeId = Annotated[str, Id("QualificationType")]
QualificationRequestId = Annotated[str, Id("QualificationRequest", free=True)]
HITTypeId = Annotated[str, Id()]
WorkerId = Annotated[str, Id()]


SortDirection = Literal["Ascending", "Descending"]
QualificationTypeStatus = Literal["Active", "Inactive"]
QualificationStatus = Literal["Granted", "Revoked"]
#: The last three came with 2013-11-15.
Comparator = Literal[
    "LessThan",
    "LessThanOrEqualTo",
    "GreaterThan",
    "GreaterThanOrEqualTo",
    "EqualTo",
    "NotEqualTo",
    "Exists",
    "DoesNotExist",
    "In",
    "NotIn",
]


@dataclass(frozen=True)
class Price:
    """An amount of money. Digits below a cent that are noise of binary fractions are rounded away; others are refused."""

    Amount: Decimal
    CurrencyCode: str = "USD"

    def check(self, path: str) -> None:
        """Refuse other currencies, negative amounts, and fractions of a cent that mean something."""
        if self.CurrencyCode not in {"USD", ""}:
            raise invalid(f"{path}.CurrencyCode", self.CurrencyCode)
        if self.Amount < 0 or abs(self.Amount - self.rounded) > _NOISE:
            raise invalid(f"{path}.Amount", f"{self.Amount}")

    @property
    def rounded(self) -> Decimal:
        """The amount in whole cents."""
        return self.Amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN)

    def modern(self) -> str:
        """A CurrencyAmount."""
        return f"{self.rounded}"


#: Java's BigDecimal(double) sends 0.05000000000000000277; a tenth of a cent is meant.
_NOISE = Decimal("0.000001")


@dataclass(frozen=True)
class Locale:
    """A country (ISO 3166, two letters) and, from 2014-08-15, a subdivision."""

    Country: Annotated[str, AtMost(10)] | None = None
    Subdivision: Annotated[str, AtMost(10), Since("2014-08-15")] | None = None

    def check(self, path: str) -> None:
        """Refuse codes that have not two letters; which of the others exist is the upstream's to know."""
        for name, value in (("Country", self.Country), ("Subdivision", self.Subdivision)):
            if value and len(value) != 2:
                raise invalid(f"{path}.{name}", value)

    def modern(self) -> dict[str, str]:
        """A Locale of the 2017-01-17 API."""
        if not self.Country:
            raise missing("LocaleValue.Country")
        return given(Country=self.Country, Subdivision=self.Subdivision or None)


#: The one Qualification type, Worker_Locale, that is compared with places; all others are compared with numbers.
LOCALE = "00000000000000000071"


@dataclass(frozen=True)
class QualificationRequirement:
    """What a Worker must have for a HIT. `Value` is IntegerValue's name before 2006-05-05."""

    QualificationTypeId: Annotated[str, Id()]
    Comparator: Comparator
    IntegerValue: Annotated[list[int], Also("Value")] | None = None
    LocaleValue: Annotated[list[Locale], Also("LocalValue")] | None = None
    RequiredToPreview: bool | None = None

    def modern(self, preview_action: str) -> dict[str, Any]:
        """A QualificationRequirement of the 2017-01-17 API; `preview_action` stands for RequiredToPreview.

        Of a number and a place, which published samples give together, the one that fits the type counts.
        """
        # forms of some clients always have a country, empty where the requirement is about a number
        integers, locales = (
            self.IntegerValue,
            [each for each in self.LocaleValue or [] if each.Country or each.Subdivision],
        )
        if self.Comparator in {"Exists", "DoesNotExist"}:
            integers, locales = None, []
        elif integers and locales:
            integers, locales = (None, locales) if self.QualificationTypeId == LOCALE else (integers, [])
        return given(
            QualificationTypeId=self.QualificationTypeId,
            Comparator=self.Comparator,
            IntegerValues=integers,
            LocaleValues=[each.modern() for each in locales] or None,
            ActionsGuarded=preview_action if self.RequiredToPreview else "Accept",
        )


@dataclass(frozen=True)
class ParameterMapEntry:
    """One key with its values inside a policy's parameter."""

    Key: Annotated[str, AtMost(1024)]
    Value: list[str] | None = None

    def modern(self) -> dict[str, Any]:
        """A ParameterMapEntry of the 2017-01-17 API."""
        return given(Key=self.Key, Values=self.Value or [])


@dataclass(frozen=True)
class PolicyParameter:
    """One parameter of a review policy."""

    Key: Annotated[str, AtMost(1024)]
    Value: list[str] | None = None
    MapEntry: list[ParameterMapEntry] | None = None

    def modern(self) -> dict[str, Any]:
        """A PolicyParameter of the 2017-01-17 API."""
        return given(
            Key=self.Key,
            Values=self.Value,
            MapEntries=[each.modern() for each in self.MapEntry] if self.MapEntry else None,
        )


@dataclass(frozen=True)
class ReviewPolicy:
    """A review policy by name, with its parameters."""

    PolicyName: Annotated[str, AtMost(200)]
    Parameter: list[PolicyParameter] | None = None

    def modern(self) -> dict[str, Any]:
        """A ReviewPolicy of the 2017-01-17 API."""
        return given(
            PolicyName=self.PolicyName,
            Parameters=[each.modern() for each in self.Parameter] if self.Parameter else None,
        )


@dataclass(frozen=True)
class HITLayoutParameter:
    """A placeholder's name and value."""

    Name: Annotated[str, AtMost(1024)]
    Value: str = ""

    def modern(self) -> dict[str, str]:
        """A HITLayoutParameter of the 2017-01-17 API."""
        return {"Name": self.Name, "Value": self.Value}


Transport = Literal["SOAP", "REST", "Email", "SQS", "SNS"]
#: Those of all versions; wsdl_types says which version has which.
EventType = Literal[
    "AssignmentAccepted",
    "AssignmentAbandoned",
    "AssignmentReturned",
    "AssignmentSubmitted",
    "AssignmentAutoApproved",
    "AssignmentApproved",
    "AssignmentRejected",
    "HITCreated",
    "HITExtended",
    "HITDisposed",
    "HITReviewable",
    "HITExpired",
    "Ping",
]


def given(**members: Any) -> dict[str, Any]:
    """Only the members that have a value."""
    return {name: value for name, value in members.items() if value is not None}


def requirements(listed: list[QualificationRequirement] | None, preview_action: str) -> list[dict[str, Any]] | None:
    """The requirements of a HIT type for the upstream; at most 10 (docs/contract.md, Tokens and values)."""
    if not listed:
        return None
    if len(listed) > 10:
        raise LegacyError("AWS.MaximumParameterRequirement", "A HIT may have at most 10 QualificationRequirement.")
    return [each.modern(preview_action) for each in listed]
