"""The schemas of question documents as old toolkits fetch them: by date and name, or by name alone."""

from __future__ import annotations

from adapter.marketplace.questions.formatted import SCHEMA, XHTML
from adapter.marketplace.questions.xml import VERSIONS, namespace, namespaces, schema_text

FORMATTED_DATE = "2006-07-14"


def data_schema(name: str, date: str = "") -> str | None:
    """The schema of this name and date as text, or None where there is none; without a date, in the undated namespace."""
    if name == SCHEMA and date in {"", FORMATTED_DATE}:
        return schema_text(SCHEMA, XHTML)
    if name not in VERSIONS or (date and date not in VERSIONS[name]):
        return None
    return schema_text(name, namespace(name, date) if date else namespaces(name)[-1])
