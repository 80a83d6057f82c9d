"""How SQLite answers the questions that are asked all the time: by an index, in its order, without sorting."""

from __future__ import annotations

import pytest

from adapter.marketplace.store import qualification_types, qualifications, timers

STATEMENTS = {
    "ListQualificationTypes": qualification_types._list["sqlite"],
    "ListWorkersWithQualificationType": qualifications._holders["sqlite"],
    "ListQualificationRequests of an account": qualifications._pending_of_account["sqlite"],
    "ListQualificationRequests of a type": qualifications._pending_of_type["sqlite"],
    "a worker's last request": qualifications._latest,
    "a worker's Qualification": qualifications._find,
    "the first due timer": timers._first,
    "accounts with due timers": timers._accounts,
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_page_costs_the_same_however_deep_it_lies(store, name):
    with store.read() as connection:
        compiled = STATEMENTS[name].compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
        values = tuple(compiled.params.get(each) for each in compiled.positiontup)
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + str(compiled), values).all()
    steps = [row[3] for row in plan]
    assert all("USING INDEX" in each or "USING INTEGER PRIMARY KEY" in each for each in steps), steps
    assert not any("TEMP B-TREE" in each for each in steps), steps
