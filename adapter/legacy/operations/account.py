"""The account itself: its balance, and Help."""

from __future__ import annotations

from typing import Annotated, Literal

from adapter.core.errors import too_many
from adapter.legacy.call import Call, Result
from adapter.legacy.operations.registry import OPERATIONS, operation
from adapter.legacy.protocol.binding import CommaList, members

#: The most names that one Help is asked about; it answers strangers.
MOST_ASKED = 50


HelpType = Literal["Operation", "ResponseGroup"]


@operation("GetAccountBalance", writes=False)
def get_account_balance(call: Call, Unused: str | None = None) -> Result:  # noqa: ARG001 - the contract has it
    """The money left: GetAccountBalance."""
    return {"AvailableBalance": call.mturk.get_account_balance()["AvailableBalance"]}


@operation("Help", element="Information", writes=False, anonymous=True)
def help_(call: Call, About: Annotated[list[str], CommaList()], HelpType: HelpType | None = None) -> Result:
    """What an operation takes, or which operations know a response group; no modern call."""
    if len(About) > MOST_ASKED:
        raise too_many("About", MOST_ASKED)
    if HelpType == "ResponseGroup":
        valid = {name: [each.name for each in OPERATIONS.values() if name in each.groups] for name in About}
        return {"groups": [{"Name": name, "ValidOperations": valid[name]} for name in About]}
    return {"operations": [_operation(call, name) for name in About]}


def _operation(call: Call, name: str) -> dict[str, object]:
    found = OPERATIONS.get(name)
    if found is None or not found.available(call.version):
        return {
            "Name": name,
            "Description": "This is not an operation.",
            "Required": [],
            "Available": [],
            "Groups": [],
            "Default": [],
        }
    taken = members(found.function)
    return {
        "Name": name,
        "Description": (found.function.__doc__ or "").strip().splitlines()[0],
        "Required": [each.name for each in taken if each.required],
        "Available": [each.name for each in taken],
        "Groups": list(found.groups),
        "Default": list(found.default),
    }
