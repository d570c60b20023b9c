"""Our client and the official Python SDK against the same service: each reads what the other wrote."""

import json
import random

import pytest
from tablestore import (
    INF_MAX,
    INF_MIN,
    PK_AUTO_INCR,
    BatchGetRowRequest,
    ComparatorType,
    CompositeColumnCondition,
    Condition,
    Direction,
    LogicalOperator,
    ReturnType,
    Row,
    RowExistenceExpectation,
    SingleColumnCondition,
    TableInBatchGetRowItem,
)

from our_client import OurClient, Refused, cell, cells_of, key, key_of, value
from test_python_sdk import IGNORE, client_of, make_table

EXIST = Condition(RowExistenceExpectation.EXPECT_EXIST)
KEY_NAMES = {"key_names": ["p", "n"]}
EVERY_VALUE = {
    "empty": "",
    "text": "line\nüñí\U0001f409",
    "smallest": -(2**63),
    "largest": 2**63 - 1,
    "half": -0.5,
    "tiny": 5e-324,
    "infinite": float("inf"),
    "yes": True,
    "no": False,
    "bytes": bytearray(b"\x00\x75\xff"),
    "no_bytes": bytearray(),
}


@pytest.fixture(scope="module")
def ours(service):
    client = OurClient(f"{service.url}/local")
    yield client
    assert client.close() == 0


@pytest.fixture(scope="module")
def sdk(service):
    return client_of(service)


@pytest.fixture
def table(sdk):
    name = make_table(sdk, [("p", "STRING"), ("n", "INTEGER")], max_version=5)
    yield name
    sdk.delete_table(name)


def put(ours, table, p, n, *cells, **members):
    return ours("write_row", table, op="PUT", key=key(p=p, n=n), cells=list(cells), **members)


def get(ours, table, p, n=1, **members):
    """[(name, value, version), …] as our client reads them; None when there is no row."""
    members = {"max_versions": 5, **members}
    row = ours("get_row", table, key=key(p=p, n=n), **members)["row"]
    assert row is None or key_of(row) == {"p": p, "n": n}
    return None if row is None else cells_of(row)


def sdk_get(sdk, table, p, n=1, **keywords):
    keywords = {"max_version": 5, **keywords}
    _, row, _ = sdk.get_row(table, [("p", p), ("n", n)], **keywords)
    return None if row is None else row.attribute_columns


def sdk_put(sdk, table, p, n, *columns):
    sdk.put_row(table, Row([("p", p), ("n", n)], list(columns)), IGNORE)


def same(a, b):
    """Equal, types too (True is 1 in Python)."""
    assert [(n, v, type(v), t) for n, v, t in a] == [(n, v, type(v), t) for n, v, t in b]


def test_each_type_in_both_ways(ours, sdk, table):
    put(ours, table, "ours", 1, *(cell(name, one, 1000) for name, one in EVERY_VALUE.items()))
    sdk_put(sdk, table, "theirs", 1, *((name, one, 1000) for name, one in EVERY_VALUE.items()))
    expected = [(name, EVERY_VALUE[name], 1000) for name in sorted(EVERY_VALUE)]
    for p in ("ours", "theirs"):
        same(get(ours, table, p), expected)
        same(sdk_get(sdk, table, p), expected)


def test_keys_of_each_type_in_both_ways(ours, sdk):
    schema = [("a", "STRING"), ("b", "INTEGER"), ("c", "BINARY"), ("d", "STRING")]
    table = make_table(sdk, schema)
    keys = [
        {"a": a, "b": b, "c": bytearray(c), "d": d}
        for a, b, c, d in (("", -(2**63), b"", ""), ("x" * 1024, 0, b"\x00" * 1024, "ü"),
                           ("a\x01b", 2**63 - 1, b"\xff", "z"))
    ]
    for i, one in enumerate(keys):
        if i % 2 == 0:
            ours("write_row", table, op="PUT", key=key(**one), cells=[cell("i", i)])
        else:
            sdk.put_row(table, Row(list(one.items()), [("i", i)]), IGNORE)
    for i, one in enumerate(keys):
        row = ours("get_row", table, key=key(**one), max_versions=1)["row"]
        assert key_of(row) == one and cells_of(row)[0][1] == i
        _, row, _ = sdk.get_row(table, list(one.items()), max_version=1)
        assert row.primary_key == list(one.items()) and row.attribute_columns[0][1] == i
    names = list(keys[0])
    rows = ours("get_range", table, key_names=names, max_versions=1)["pages"][0]
    assert [cells_of(row)[0][1] for row in rows] == [0, 2, 1]
    sdk.delete_table(table)


def test_versions_and_times(ours, sdk, table):
    put(ours, table, "v", 1, *(cell("a", v, v) for v in (10, 20, 30, 40)), cell("b", "x", 25))
    everything = [("a", v, v) for v in (40, 30, 20, 10)] + [("b", "x", 25)]
    same(sdk_get(sdk, table, "v"), everything)
    same(get(ours, table, "v"), everything)
    cases = (
        ({"max_versions": 2}, {"max_version": 2}),
        ({"max_versions": 0, "times": [20, 40]}, {"max_version": None, "time_range": (20, 40)}),
        ({"max_versions": 0, "times": [20, 21]}, {"max_version": None, "time_range": 20}),
        ({"max_versions": 1, "times": [0, 40]}, {"max_version": 1, "time_range": (0, 40)}),
        ({"columns": ["b", "zz"]}, {"columns_to_get": ["b", "zz"]}),
        ({"start_column": "aa"}, {"start_column": "aa"}),
        ({"end_column": "b"}, {"end_column": "b"}),
    )
    for mine, theirs in cases:
        same(get(ours, table, "v", **mine), sdk_get(sdk, table, "v", **theirs))
    assert get(ours, table, "v", columns=["zz"]) is None
    assert get(ours, table, "v", n=2) is None
    with pytest.raises(Refused) as caught:
        get(ours, table, "v", max_versions=0)
    assert caught.value.status == "usage"


def test_updates_of_one_are_seen_by_the_other(ours, sdk, table):
    sdk_put(sdk, table, "u", 1, ("a", 1, 10), ("a", 2, 20), ("b", "x", 10), ("c", 5, 10))
    answer = ours(
        "write_row", table, op="UPDATE", key=key(p="u", n=1),
        cells=[
            cell("d", b"\x00", 10),
            {"name": "a", "op": "delete_one", "version": "20"},
            {"name": "b", "op": "delete_all"},
            {"name": "c", "op": "increment", "value": value(37)},
        ],
        returns="MODIFIED", return_columns=["c"],
    )
    assert key_of(answer["row"]) == {"p": "u", "n": 1}
    ((name, total, _),) = cells_of(answer["row"])
    assert (name, total) == ("c", 42)
    got = {(n, t): v for n, v, t in sdk_get(sdk, table, "u", max_version=1)}
    assert {n: v for (n, _), v in got.items()} == {"a": 1, "c": 42, "d": b"\x00"}
    sdk.update_row(
        table, Row([("p", "u"), ("n", 1)], {"INCREMENT": [("c", 8)], "DELETE_ALL": ["d"]}), EXIST
    )
    cells = {n: v for n, v, _ in get(ours, table, "u", max_versions=1)}
    assert cells == {"a": 1, "c": 50}
    ours("write_row", table, op="DELETE", key=key(p="u", n=1))
    assert sdk_get(sdk, table, "u") is None


def refused(code, call, *arguments, **members):
    with pytest.raises(Refused) as caught:
        call(*arguments, **members)
    assert caught.value.code == code
    return caught.value


def test_existence(ours, sdk, table):
    one = cell("a", 1)
    error = refused("OTSConditionCheckFail", put, ours, table, "e", 1, one, existence="MUST_EXIST")
    assert (error.status, error.http) == ("refused", 403)
    assert "Condition check failed." in str(error) and error.id
    put(ours, table, "e", 1, one, existence="MUST_NOT_EXIST")
    refused("OTSConditionCheckFail", put, ours, table, "e", 1, one, existence="MUST_NOT_EXIST")
    put(ours, table, "e", 1, cell("a", 2), existence="MUST_EXIST")
    assert sdk_get(sdk, table, "e", max_version=1)[0][1] == 2


def comparison(word, column, content, **members):
    return {"compare": word, "column": column, "value": value(content), **members}


def sdk_condition(tree):
    """The same tree as the SDK has it."""
    if "compare" in tree:
        word = {"GREATER": "GREATER_THAN", "GREATER_OR_EQUAL": "GREATER_EQUAL",
                "LESS": "LESS_THAN", "LESS_OR_EQUAL": "LESS_EQUAL"}.get(
            tree["compare"], tree["compare"])
        kind, content = tree["value"]
        return SingleColumnCondition(
            tree["column"], int(content) if kind == "INTEGER" else content,
            getattr(ComparatorType, word), tree.get("pass_if_missing", False),
            not tree.get("any_version", False))
    ((word, parts),) = tree.items()
    whole = CompositeColumnCondition(getattr(LogicalOperator, word.upper()))
    for part in parts:
        whole.add_sub_condition(sdk_condition(part))
    return whole


FILTERS = [
    comparison("EQUAL", "a", 3),
    comparison("NOT_EQUAL", "a", 3),
    comparison("GREATER", "a", 3),
    comparison("GREATER_OR_EQUAL", "a", 3),
    comparison("LESS", "a", 3),
    comparison("LESS_OR_EQUAL", "a", 3),
    comparison("EQUAL", "odd", "yes"),
    comparison("EQUAL", "odd", "yes", pass_if_missing=True),
    comparison("EQUAL", "a", 100, any_version=True),
    {"not": [comparison("LESS", "a", 3)]},
    {"and": [comparison("GREATER", "a", 1), comparison("LESS", "a", 5),
             {"or": [comparison("EQUAL", "odd", "yes"), comparison("EQUAL", "a", 4)]}]},
    {"or": [comparison("EQUAL", "a", n) for n in range(31)]},
]


def test_filters_pass_what_those_of_the_sdk_pass(ours, sdk, table):
    for n in range(7):
        odd = [cell("odd", "yes")] if n % 2 else []
        put(ours, table, "f", n, cell("a", 100, 1), cell("a", n, 2), *odd)
    for tree in FILTERS:
        page = ours("get_range", table, **KEY_NAMES, max_versions=5, filter=tree)["pages"][0]
        _, _, rows, _ = sdk.get_range(
            table, Direction.FORWARD, [("p", INF_MIN), ("n", INF_MIN)],
            [("p", INF_MAX), ("n", INF_MAX)], max_version=5, column_filter=sdk_condition(tree))
        numbers = [key_of(row)["n"] for row in page]
        assert numbers == [row.primary_key[1][1] for row in rows], tree
        for n in range(7):
            cells = get(ours, table, "f", n, filter=tree)
            assert (cells is not None) == (n in numbers)
            answer = ours.ask("write_row", table, op="UPDATE", key=key(p="f", n=n),
                              cells=[{"name": "zz", "op": "delete_all"}], condition=tree)
            assert answer["ok"] == (n in numbers), (tree, n, answer)


def test_a_filter_of_pages_cuts_columns(ours, table):
    put(ours, table, "page", 1, *(cell(name, 1) for name in "abcdef"))
    cells = get(ours, table, "page", max_versions=1, filter={"page": [2, 3]})
    assert [name for name, _, _ in cells] == ["c", "d", "e"]


@pytest.mark.parametrize("tree, text", [
    ({"not": []}, "a NOT of 0 filters, it takes one"),
    ({"and": [FILTERS[0]]}, "an AND of 1 filters, it takes two and more"),
    ({"or": [FILTERS[0]] * 32}, "a tree of more than 32 filters"),
    ({"not": [{"page": [0, 1]}]}, "a page of columns inside of a filter"),
    (comparison("EQUAL", "", 1), "column name of a filter of 0 bytes is no name"),
])
def test_filters_that_the_service_would_refuse_are_not_sent(ours, table, tree, text):
    with pytest.raises(Refused, match=text) as caught:
        get(ours, table, "f", filter=tree)
    assert caught.value.status in ("usage", "limit") and caught.value.http == 0


def test_a_batch_tells_each_row_its_result(ours, sdk, table):
    sdk_put(sdk, table, "old", 1, ("a", 1))
    rows = [
        {"op": "PUT", "key": key(p="new", n=1), "cells": [cell("a", 1)], "returns": "KEY"},
        {"op": "PUT", "key": key(p="gone", n=1), "cells": [cell("a", 1)],
         "existence": "MUST_EXIST"},
        {"op": "UPDATE", "key": key(p="old", n=1), "returns": "MODIFIED", "return_columns": ["a"],
         "cells": [{"name": "a", "op": "increment", "value": value(4)}]},
        {"op": "UPDATE", "key": [["p", value("x")], ["other", value(1)]], "cells": [cell("a", 1)]},
        {"op": "DELETE", "key": key(p="old", n=2), "condition": FILTERS[0]},
        {"op": "DELETE", "key": key(p="old", n=3)},
    ]
    results = ours("batch_change", table, rows=rows)["results"]
    assert [r["ok"] for r in results] == [True, False, True, False, False, True]
    assert [r.get("code") for r in results] == [
        None, "OTSConditionCheckFail", None, "OTSInvalidPK", "OTSConditionCheckFail", None]
    assert key_of(results[0]["row"]) == {"p": "new", "n": 1}
    assert results[0]["consumed"] == [0, 1] and results[5]["row"] is None
    assert [c[:2] for c in cells_of(results[2]["row"])] == [("a", 5)]
    assert sdk_get(sdk, table, "new")[0][1] == 1 and sdk_get(sdk, table, "gone") is None


def test_a_batch_of_records_is_read_by_the_sdk(ours, sdk, table):
    rows = [{"op": "PUT", "key": key(p="b", n=n), "cells": [cell("a", n, 5)]} for n in range(200)]
    results = ours("batch_write", table, rows=rows)["results"]
    assert len(results) == 200 and all(r["ok"] for r in results)
    rows = [
        {"op": "DELETE", "key": key(p="b", n=0)},
        {"op": "UPDATE", "key": key(p="b", n=1), "cells": [cell("c", "new", 6)]},
        {"op": "PUT", "key": [["p", value("b")], ["n", value("text")]], "cells": []},
    ]
    results = ours("batch_write", table, rows=rows)["results"]
    assert [r.get("code") for r in results] == [None, None, "OTSInvalidPK"]
    request = BatchGetRowRequest()
    keys = [[("p", "b"), ("n", n)] for n in range(3)]
    request.add(TableInBatchGetRowItem(table, keys, [], max_version=1))
    got = [r.row for r in sdk.batch_get_row(request).get_result_by_table(table)]
    assert got[0] is None
    assert got[1].attribute_columns == [("a", 1, 5), ("c", "new", 6)]
    assert got[2].attribute_columns == [("a", 2, 5)]
    for call in ("batch_write", "batch_change"):
        rows = [{"op": "PUT", "key": key(p="b", n=n), "cells": [cell("a", 1)]} for n in range(201)]
        assert ours.ask(call, table, rows=rows)["status"] == "limit"
        assert ours.ask(call, table, rows=[])["status"] == "usage"


def test_a_batch_of_keys_tells_each_its_row(ours, sdk, table):
    for n in range(100):
        sdk_put(sdk, table, "g", n, ("a", n, 7), ("b", "x" * n, 8))
    keys = [key(p="g", n=n) for n in range(98)] + [key(p="none", n=1), key(p="g")]
    results = ours("batch_get", table, keys=keys, max_versions=1)["results"]
    for n in range(98):
        assert cells_of(results[n]["row"]) == [("a", n, 7), ("b", "x" * n, 8)]
    assert results[98] == {"ok": True, "consumed": [1, 0], "row": None}
    assert not results[99]["ok"] and results[99]["code"] == "OTSInvalidPK" and results[99]["id"]
    results = ours("batch_get", table, keys=keys[:3], max_versions=1, columns=["a"],
                   filter=comparison("GREATER", "a", 1))["results"]
    assert [r["row"] and cells_of(r["row"]) for r in results] == [None, None, [("a", 2, 7)]]
    twice = ours("batch_get", table, keys=[keys[5], keys[5]], max_versions=1)["results"]
    assert twice[0] == twice[1]
    assert ours.ask("batch_get", table, keys=keys + [keys[0]], max_versions=1)["status"] == "limit"
    assert ours.ask("batch_get", table, keys=[], max_versions=1)["status"] == "usage"


def walk(ours, table, **members):
    pages = ours("get_range", table, **KEY_NAMES, max_versions=1, all=True, **members)["pages"]
    return [tuple(key_of(row).values()) for page in pages for row in page], len(pages)


def test_ranges_in_both_directions_page_by_page(ours, sdk, table):
    keys = sorted((p, n) for p in ("", "a", "b", "b\x01", "ü") for n in range(-20, 40))
    for first in range(0, len(keys), 200):
        rows = [{"op": "PUT", "key": key(p=p, n=n), "cells": [cell("c", n)]}
                for p, n in keys[first:first + 200]]
        assert all(r["ok"] for r in ours("batch_write", table, rows=rows)["results"])
    assert walk(ours, table) == (keys, 1)
    assert walk(ours, table, limit=7) == (keys, -(-len(keys) // 7))
    assert walk(ours, table, backward=True, limit=299) == (keys[::-1], 2)
    bounds = {
        "start": {"prefix": key(p="b", n=5)},
        "end": {"prefix": key(p="b"), "rest": "MAX"},
    }
    assert walk(ours, table, **bounds, limit=10)[0] == [("b", n) for n in range(5, 40)]
    back = {
        "start": {"prefix": key(p="b", n=5)},
        "end": {"prefix": key(p="a", n=38)},
    }
    expected = [("b", n) for n in range(5, -21, -1)] + [("a", 39)]
    assert walk(ours, table, **back, backward=True, limit=4)[0] == expected
    _, following, rows, _ = sdk.get_range(
        table, Direction.BACKWARD, [("p", "b"), ("n", 5)], [("p", "a"), ("n", 38)], max_version=1)
    assert [tuple(v for _, v in row.primary_key) for row in rows] == expected
    assert following is None
    error = refused("OTSParameterInvalid", walk, ours, table, start=back["start"],
                    end=back["end"])
    assert "Begin key must less than end key in FORWARD" in str(error)


def test_empty_pages_go_on_to_the_rows_behind_them(ours, table):
    for first in range(0, 6000, 200):
        rows = [{"op": "PUT", "key": key(p="s", n=n), "cells": [cell("c", n)]}
                for n in range(first, first + 200)]
        assert all(r["ok"] for r in ours("batch_write", table, rows=rows)["results"])
    only = comparison("GREATER_OR_EQUAL", "c", 5990)
    pages = ours("get_range", table, **KEY_NAMES, max_versions=1, all=True, filter=only)["pages"]
    assert len(pages) > 1 and pages[0] == []
    assert [key_of(row)["n"] for page in pages for row in page] == list(range(5990, 6000))


def test_numbers_that_the_service_makes(ours, sdk):
    table = make_table(sdk, [("p", "STRING"), ("id", "INTEGER", PK_AUTO_INCR)])
    numbers = []
    for _ in range(3):
        answer = ours("write_row", table, op="PUT", key=[["p", value("x")], ["id", ["AUTO"]]],
                      cells=[cell("a", 1)], returns="KEY")
        numbers.append(key_of(answer["row"])["id"])
        _, row = sdk.put_row(table, Row([("p", "x"), ("id", PK_AUTO_INCR)], [("a", 1)]), IGNORE,
                             ReturnType.RT_PK)
        numbers.append(row.primary_key[1][1])
    assert numbers == sorted(set(numbers))
    rows = [{"op": "PUT", "key": [["p", value("y")], ["id", ["AUTO"]]], "cells": [cell("a", n)],
             "returns": "KEY"} for n in range(3)]
    results = ours("batch_change", table, rows=rows)["results"]
    made = [key_of(r["row"])["id"] for r in results]
    assert made == sorted(set(made)) and min(made) > 0
    page = ours("get_range", table, key_names=["p", "id"], max_versions=1)["pages"][0]
    assert [key_of(row)["id"] for row in page] == numbers + made
    answer = ours.ask("write_row", table, op="PUT", key=key(p="x", id=numbers[0]),
                      cells=[cell("a", 2)])
    assert answer["code"] == "OTSConditionCheckFail"
    ours("write_row", table, op="PUT", key=key(p="x", id=numbers[0]), cells=[cell("a", 2)],
         existence="MUST_EXIST")
    _, row, _ = sdk.get_row(table, [("p", "x"), ("id", numbers[0])], max_version=1)
    assert row.attribute_columns[0][1] == 2
    sdk.delete_table(table)


def test_tables_of_ours_are_those_of_the_sdk(ours, sdk):
    ours("create_table", "ours", key=[["a", "STRING"], ["b", "BINARY"], ["c", "INTEGER", True]],
         ttl=86400, max_versions=9, offset=1000)
    described = sdk.describe_table("ours")
    assert [tuple(column[:2]) for column in described.table_meta.schema_of_primary_key] == [
        ("a", "STRING"), ("b", "BINARY"), ("c", "INTEGER")]
    options = described.table_options
    assert (options.time_to_live, options.max_version, options.max_time_deviation) == (
        86400, 9, 1000)
    before = ours("describe_table", "ours")
    assert before["key"] == [["a", "STRING", False], ["b", "BINARY", False], ["c", "INTEGER", True]]
    assert before["allow_update"] and before["reserved"] == [0, 0] and before["decreased_s"] == 0
    changed = ours("update_table", "ours", max_versions=2, allow_update=False, reserved=[3, 4])
    assert changed["increased_s"] >= before["increased_s"]
    expected = {"ttl": 86400, "max_versions": 2, "offset": 1000, "allow_update": False,
                "reserved": [3, 4], "decreased_s": 0}
    assert {name: changed[name] for name in expected} == expected
    described = sdk.describe_table("ours")
    assert described.table_options.max_version == 2
    assert described.reserved_throughput_details.capacity_unit.write == 4
    changed = ours("update_table", "ours", reserved=[3, 1])
    assert changed["decreased_s"] >= changed["increased_s"]
    answer = ours.ask("write_row", "ours", op="UPDATE", cells=[cell("x", 1)],
                      key=[["a", value("a")], ["b", value(b"b")], ["c", value(1)]])
    assert answer["code"] == "OTSParameterInvalid" and "does not allow updates" in answer["text"]
    assert "ours" in ours("list_tables")["tables"] and "ours" in sdk.list_table()
    error = refused("OTSObjectAlreadyExist", ours, "create_table", "ours", key=[["a", "STRING"]])
    assert error.status == "exists"
    ours("delete_table", "ours")
    assert refused("OTSObjectNotExist", ours, "describe_table", "ours").status == "not-found"
    assert "ours" not in sdk.list_table()


def test_split_points_cut_a_table_into_ranges_that_hold_all_of_it(ours, table):
    for first in range(0, 1000, 200):
        rows = [{"op": "PUT", "key": key(p="s", n=n), "cells": [cell("c", "x" * 1000)]}
                for n in range(first, first + 200)]
        assert all(r["ok"] for r in ours("batch_write", table, rows=rows)["results"])
    ranges = ours("splits", table, size=1, unit_bytes=100 * 1024, count=True)["ranges"]
    assert 9 <= len(ranges) <= 11
    assert ranges[0]["start"] == [["p", ["MIN"]], ["n", ["MIN"]]]
    assert sum(one["rows"] for one in ranges) == 1000
    assert all(90 <= one["rows"] <= 110 for one in ranges[:-1])
    assert len(ours("splits", table, size=1, unit_bytes=100 * 1024, limit=3)["ranges"]) == 4
    assert len(ours("splits", table, size=1)["ranges"]) == 1
    assert refused("OTSObjectNotExist", ours, "splits", "none", size=1).http == 404
    assert ours.ask("splits", table, size=0)["status"] == "usage"


def test_helpers_of_the_sdk_find_no_search_index(sdk, table):
    assert list(sdk.list_search_index(table)) == []


@pytest.mark.parametrize("seed", range(3))
def test_changes_by_turns_leave_what_a_model_says(ours, sdk, table, seed):
    """Both clients change the same rows; both read the same, which is what the model holds."""
    dice = random.Random(seed)
    model = {}
    for step in range(150):
        n, name, content = dice.randrange(5), dice.choice("abc"), dice.choice([1, "x", 2.5, True])
        mine = dice.random() < 0.5
        action = dice.choice(["put", "update", "delete_all", "delete"])
        row = key(p="m", n=n)
        primary = [("p", "m"), ("n", n)]
        if action == "put":
            model[n] = {name: (content, step + 1)}
            if mine:
                put(ours, table, "m", n, cell(name, content, step + 1))
            else:
                sdk.put_row(table, Row(primary, [(name, content, step + 1)]), IGNORE)
        elif action == "update":
            model.setdefault(n, {})[name] = (content, step + 1)
            if mine:
                ours("write_row", table, op="UPDATE", key=row, cells=[cell(name, content, step + 1)])
            else:
                sdk.update_row(table, Row(primary, {"PUT": [(name, content, step + 1)]}), IGNORE)
        elif action == "delete_all":
            model.get(n, {}).pop(name, None)
            if mine:
                ours("write_row", table, op="UPDATE", key=row,
                     cells=[{"name": name, "op": "delete_all"}])
            else:
                sdk.update_row(table, Row(primary, {"DELETE_ALL": [name]}), IGNORE)
        else:
            model.pop(n, None)
            if mine:
                ours("write_row", table, op="DELETE", key=row)
            else:
                sdk.delete_row(table, Row(primary), IGNORE)
    for n in range(5):
        expected = None
        if n in model:
            expected = [(c, *model[n][c]) for c in sorted(model[n])]
        for got in (get(ours, table, "m", n, max_versions=1),
                    sdk_get(sdk, table, "m", n, max_version=1)):
            assert (got is None) == (expected is None)
            if got is not None:
                same(got, expected)


# What is done to the n-th call of that name, and how our client takes it.
CUES = [
    ("GetRow", {"error": "OTSServerBusy"}, "throttled", "OTSServerBusy"),
    ("GetRow", {"error": "OTSTimeout"}, "timeout", "OTSTimeout"),
    ("GetRow", {"error": "OTSInternalServerError"}, "server", "OTSInternalServerError"),
    ("GetRow", {"error": "OTSNoPermissionAccess"}, "denied", "OTSNoPermissionAccess"),
    ("GetRow", {"corrupt_byte": 40}, "corrupt", ""),
    ("GetRow", {"bad_md5": True}, "corrupt", ""),
    ("GetRow", {"bad_signature": True}, "corrupt", ""),
    ("GetRow", {"truncate_body": 30}, "network", ""),
    ("GetRow", {"reset_after_bytes": 100}, "network", ""),
    ("UpdateRow", {"lose_reply": True}, "network", ""),
]


def test_faults_on_cue_are_told_apart_and_never_pass_for_rows(start_service, tmp_path):
    plan = tmp_path / "faults.jsonl"
    lines = [
        {"match": {"op": op, "nth": 1 + sum(o == op for o, *_ in CUES[:i])}, "do": do}
        for i, (op, do, _, _) in enumerate(CUES)
    ]
    for op in ("BatchWriteRow", "BatchGetRow"):
        lines.append({"match": {"op": op, "rows": [1, 3]}, "do": {"error": "OTSServerBusy"}})
    plan.write_text("".join(json.dumps(line) + "\n" for line in lines))
    service = start_service("--fault", str(plan))
    client = OurClient(f"{service.url}/local")
    client("create_table", "t", key=[["p", "STRING"], ["n", "INTEGER"]])
    put(client, "t", "a", 1, cell("c", 1))
    for i, (op, _, status, code) in enumerate(CUES):
        members = {"key": key(p="a", n=1)}
        if op == "GetRow":
            answer = client.ask("get_row", "t", **members, max_versions=1)
        else:
            answer = client.ask("write_row", "t", op="UPDATE", **members, cells=[cell("c", 2)])
        assert (answer["ok"], answer["status"], answer["code"]) == (False, status, code), (i, answer)
    assert get(client, "t", "a", max_versions=1)[0][1] == 2  # its reply was lost, not the write
    for call in ("batch_change", "batch_write"):
        rows = [{"op": "PUT", "key": key(p=call, n=n), "cells": [cell("c", n)]} for n in range(5)]
        results = client(call, "t", rows=rows)["results"]
        assert [r["ok"] for r in results] == [True, False, True, False, True]
        assert all(r["ok"] or (r["status"], r["code"]) == ("throttled", "OTSServerBusy")
                   for r in results)
    keys = [key(p="batch_write", n=n) for n in range(5)]
    found = client("batch_get", "t", keys=keys, max_versions=1)["results"]
    assert [r["ok"] for r in found] == [True, False, True, False, True]
    assert [cells_of(r["row"])[0][1] for r in found if r["ok"]] == [0, 2, 4]
    assert client.close() == 0
