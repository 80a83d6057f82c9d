"""What docs/marketplace.md says of every operation: its members, its errors, and the tests that exercise it.

`python -m tests.marketplace.operations_table` prints the page. Members come from the API model, errors from the code
that an operation can reach, tests from the calls that the test files make.
"""

from __future__ import annotations

import ast
import collections
import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from botocore import xform_name

from adapter.core.store import balances
from adapter.marketplace import errors
from adapter.marketplace.model import service
from adapter.marketplace.operations import registry
from adapter.marketplace.operations.registry import OPERATIONS
from tests.marketplace import bad_input

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
#: Given for what the model says of a member, by every operation that has such a member.
COMMON = {
    "MissingParameters",
    "InvalidEnumeratedParameter",
    "ParameterOutOfRange",
    "MechanicalTurk.InvalidParameterValue",
}


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _names(each)


def reachable(function: FunctionType, found: dict[FunctionType, None] | None = None) -> list[FunctionType]:
    """The functions of the marketplace that this one can come to, itself included."""
    found = {} if found is None else found
    function = inspect.unwrap(function)
    if function in found:
        return list(found)
    found[function] = None
    known = function.__globals__
    names = list(dict.fromkeys(_names(function.__code__)))
    modules = [known[each] for each in names if isinstance(known.get(each), ModuleType)]
    for name in names:
        for each in (known.get(name), *(getattr(module, name, None) for module in modules)):
            if isinstance(each, FunctionType) and each.__module__.startswith("adapter.marketplace"):
                reachable(each, found)
    return list(found)


def codes(function: FunctionType) -> set[str]:
    """The TurkErrorCodes, without `AWS.`, that the source of one function itself raises."""
    found = set()
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"TurkError", "refuse"}:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                found.add(first.value)
            elif isinstance(first, ast.Name) and isinstance(function.__globals__.get(first.id), str):
                found.add(function.__globals__[first.id])
    if balances.post in function.__globals__.values() and "post" in function.__code__.co_names:
        found.add("InsufficientFunds")
    return {errors.TurkError(each, "").code.removeprefix("AWS.") for each in found}


def calls(path: Path) -> set[str]:
    """The operations that a test file calls: by a boto3 method's name, or by their own name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {name for name in service()["operations"] if xform_name(name) in attributes | texts or name in texts}


def tests_of() -> dict[str, list[str]]:
    """Operation -> the test files of the 2017-01-17 side that call it."""
    found: dict[str, list[str]] = collections.defaultdict(list)
    for path in sorted([*TESTS.glob("marketplace/test_*.py"), *TESTS.glob("parity/test_*.py")]):
        for name in calls(path):
            found[name].append(path.relative_to(TESTS).as_posix())
    return found


def page(tests: dict[str, list[str]]) -> str:
    """The text of docs/marketplace.md, with these test files of each operation."""
    registry.load()
    model = service()
    cases = collections.Counter(each.operation for each in bad_input.cases())
    lines = [
        "# The 2017-01-17 service",
        "",
        f"All {len(model['operations'])} operations of the API model, each with its members (required ones in bold), its errors",
        "and its tests. Made by `python -m tests.marketplace.operations_table`; do not edit it.",
        "",
        "Codes stand without their prefix `AWS.MechanicalTurk.`. Beside the errors listed, a member outside its constraint",
        "gives `InvalidParameterValue`, `AWS.MissingParameters`, `AWS.InvalidEnumeratedParameter` or",
        "`AWS.ParameterOutOfRange`; the last column counts such values, each of which is tried in marketplace/test_bad_input.py.",
        "A Question, Test or AnswerKey that cannot be used gives `XMLParseError`, `XHTMLParseError` or",
        "`InvalidParameterValue` with the line and the reason.",
        "",
        "A test file's path is below `tests/`; those below `parity/` run by boto3, the AWS CLI and the JavaScript SDK, against",
        "any endpoint.",
        "",
        "| Operation | Members | Errors | Tests | Bad values |",
        "|---|---|---|---|---|",
    ]
    for name, each in sorted(model["operations"].items()):
        shape = model["shapes"][each["input"]["shape"]]
        required = shape.get("required", [])
        members = [f"**{one}**" for one in required] + [one for one in shape["members"] if one not in required]
        found = set().union(*(codes(one) for one in reachable(OPERATIONS[name].function))) - COMMON
        errors_found = sorted(each.removeprefix("MechanicalTurk.") for each in found)
        lines.append(
            f"| {name} | {', '.join(members) or 'none'} | {', '.join(errors_found) or 'none'} "
            f"| {', '.join(tests[name])} | {cases[name]} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page(tests_of()))
