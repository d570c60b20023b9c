"""Tables, batches and ranges through every official SDK."""

import pytest

from drivers import MAX, MIN, key_of, write
from sdk_cases import CONDITION, INVALID, KEY, OLD_ENOUGH_S, named, refused

ROWS = 10_200
LEAST, MOST = key_of(p=MIN, n=MIN), key_of(p=MAX, n=MAX)


def test_table_is_made_described_listed_and_dropped(sdk):
    key = [("a", "STRING"), ("b", "INTEGER"), ("c", "BINARY"), ("d", "STRING")]
    sdk.create_table("life", key, throughput=(0, 0), versions=7, deviation=OLD_ENOUGH_S, ttl=86400)
    assert "life" in sdk.list_tables()
    told = sdk.describe_table("life")
    assert told["table"] == "life"
    assert [(k["name"], k["type"], k["auto"]) for k in told["key"]] == [(*k, False) for k in key]
    assert (told["options"]["ttl"], told["options"]["versions"], told["options"]["deviation"]) == (
        86400, 7, OLD_ENOUGH_S)
    assert told["throughput"] == [0, 0]
    error = refused("OTSObjectAlreadyExist", "Requested table already exists.",
                    sdk.create_table, "life", key)
    assert error.status == 409
    sdk.delete_table("life")
    assert "life" not in sdk.list_tables()
    for call in (sdk.describe_table, sdk.delete_table):
        error = refused("OTSObjectNotExist", "Requested table does not exist.", call, "life")
        assert error.status == 404


def test_tables_that_cannot_be(sdk):
    one = [("p", "STRING")]
    refused(INVALID, "Invalid table name: '1t'.", sdk.create_table, "1t", one)
    refused(INVALID, "Duplicated primary key name: 'p'.", sdk.create_table, "twice", one * 2)
    five = [(f"k{n}", "STRING") for n in range(5)]
    refused(INVALID, "must be in range: [1, 4].", sdk.create_table, "five", five)
    # What an SDK refuses by itself is left out.
    if sdk.language != "java":
        refused(INVALID, "max versions", sdk.create_table, "versions", one, versions=-1)
    if sdk.language != "go":
        refused(INVALID, "Invalid table name", sdk.create_table, "x" * 256, one)
    if sdk.language not in ("go", "java"):
        refused(INVALID, "must be in range: [1, 4].", sdk.create_table, "none", [])
    refused(INVALID, "Time to live", sdk.create_table, "ttl", one, ttl=86399)


def test_update_table(sdk, make_table):
    name = make_table(KEY)
    sdk.put_row(name, named("v"), [("a", n, n) for n in (10, 20, 30)])
    # Go and Node send every option; what the others leave out stays.
    whole = {"ttl": -1, "versions": 2, "deviation": OLD_ENOUGH_S}
    told = sdk.update_table(name, options=whole)
    assert (told["options"]["versions"], told["options"]["ttl"]) == (2, -1)
    assert sdk.get_row(name, named("v"), 9).cells == [("a", 30, 30), ("a", 20, 20)]
    sdk.update_table(name, options=whole, throughput=[3, 4])
    assert sdk.describe_table(name)["throughput"] == [3, 4]
    sdk.update_table(name, options={**whole, "allow_update": False})
    refused(INVALID, "", sdk.update_row, name, named("v"), [("a", 1)])
    sdk.update_table(name, options={**whole, "allow_update": True})
    sdk.update_row(name, named("v"), [("a", 1)])
    refused(INVALID, "", sdk.update_table, name, options={**whole, "ttl": 5})
    refused("OTSObjectNotExist", "", sdk.update_table, "not_there", options=whole)


def test_batch_of_every_change_in_two_tables(sdk, make_table):
    one, two = make_table(KEY), make_table(KEY)
    sdk.put_row(one, named("u"), [("a", 1, 1000), ("b", 2, 1000), ("c", 3, 1000)])
    sdk.put_row(one, named("d"), [("a", 1)])
    results = sdk.batch_write_row(
        write("put", one, named("p"), [("a", 1, 1000)]),
        write("put", two, named("p"), [("x", "y")]),
        write("update", one, named("u"), [("a", 10, 2000), ("b", None, 1000, "delete"),
                                          ("c", None, None, "delete_all"),
                                          ("i", 5, None, "increment")]),
        write("delete", one, named("d")),
        write("update", two, named("absent"), [("c", None, None, "delete_all")]),
    )
    assert [r.ok for r in results] == [True] * 5
    assert all(r.consumed == [0, 1] for r in results)
    assert sdk.get_row(one, named("p")).cells == [("a", 1, 1000)]
    assert sdk.get_row(one, named("u"), 9).values == [("a", 10), ("a", 1), ("i", 5)]
    assert sdk.get_row(one, named("d")).key is None
    assert sdk.get_row(two, named("p")).values == [("x", "y")]
    assert sdk.get_row(two, named("absent")).key is None


def test_rows_of_a_batch_fail_one_by_one(sdk, make_table):
    name = make_table(KEY, deviation=86400)
    sdk.put_row(name, named("have"), [("a", 1)])
    equal = {"column": "a", "is": "==", "value": {"int": "2"}, "pass_if_missing": True,
             "latest_only": True}
    results = sdk.batch_write_row(
        write("put", name, named("ok"), [("a", 1)]),
        write("put", name, [("p", "x"), ("n", "text")], [("a", 1)]),
        write("put", name, [("p", "x")], [("a", 1)]),
        write("put", name, [("q", "x"), ("n", 1)], [("a", 1)]),
        write("put", name, named("old"), [("a", 1, 1000)]),
        write("put", name, named("need"), [("a", 1)], expect="exist"),
        write("delete", name, named("have"), column_condition=equal),
        write("update", name, named("have", 2), [("a", 1)], expect="exist"),
        write("put", name, named("ok2"), [("a", 1)]),
    )
    invalid = "OTSInvalidPK"
    failed = CONDITION[0]
    assert [r.code for r in results] == [
        None, invalid, invalid, invalid, INVALID, failed, failed, failed, None]
    assert results[1].message == "Validate PK type fail. Input: VT_STRING, Meta: VT_INTEGER."
    assert results[2].message == "Validate PK size fail. Input: 1, Meta: 2."
    assert results[3].message == "Validate PK name fail. Input: q, Meta: p."
    assert results[5].message == CONDITION[1]
    rows, _ = sdk.read_range(name, LEAST, MOST)
    assert [row[0][0][1] for row in rows] == ["have", "ok", "ok2"]


def test_limits_of_a_batch(sdk, table):
    def batch(count):
        return sdk.batch_write_row(*(
            write("put", table, named("b", n), [("a", n)]) for n in range(count)))

    assert all(r.ok for r in batch(200))
    refused(INVALID, "Rows count exceeds the upper limit: 200.", batch, 201)
    text = "x" * 2_000_000
    refused(INVALID, "The total data size of BatchWriteRow request exceeds the limit, limit size: "
            "4194304", sdk.batch_write_row,
            *(write("put", table, named("s", n), [("a", text)]) for n in range(2)),
            write("put", table, named("s", 2), [("a", "x" * 400_000)]))
    assert sdk.get_row(table, named("s", 0)).key is None
    error = refused("OTSRequestBodyTooLarge", "The size of POST data is too large.", sdk.put_row,
                    table, named("huge"), [(f"c{n}", b"\0" * 2_097_152) for n in range(3)])
    assert error.status == 413
    assert sdk.get_row(table, named("b", 7)).values == [("a", 7)]  # the connection goes on


def test_batch_get_row(sdk, make_table):
    one, two = make_table(KEY), make_table(KEY)
    for n in range(4):
        sdk.put_row(one, named("b", n), [("a", n, 10), ("a", n + 100, 20), ("s", "x", 10)])
    sdk.put_row(two, named("o"), [("z", 1)])
    rows = sdk.batch_get_row(
        {"table": one, "keys": [named("b", n) for n in (3, 0, 9)] + [[("p", "b"), ("wrong", 1)]],
         "columns": ["a"], "max_versions": 2},
        {"table": two, "keys": [named("o"), named("none")]},
    )
    assert [r.ok for r in rows] == [True, True, True, False, True, True]
    assert rows[0].cells == [("a", 103, 20), ("a", 3, 10)]
    assert rows[0].key == named("b", 3)
    assert (rows[1].cells, rows[2].key) == ([("a", 100, 20), ("a", 0, 10)], None)
    assert (rows[3].code, rows[3].message) == (
        "OTSInvalidPK", "Validate PK name fail. Input: wrong, Meta: n.")
    assert (rows[4].values, rows[5].key) == ([("z", 1)], None)
    refused(INVALID, "Rows count exceeds the upper limit: 100.", sdk.batch_get_row,
            {"table": one, "keys": [named("l", n) for n in range(101)]})
    refused("OTSObjectNotExist", "", sdk.batch_get_row, {"table": "not_there", "keys": [named("l")]})


def test_ranges_both_ways(sdk, make_table):
    name = make_table(KEY)
    texts = ["", "a", "a!", "aa", "b", "é", "中", "\U0001f600"]
    numbers = [-(2**63), -1, 0, 1, 2**63 - 1]
    expected = [(p, n) for p in sorted(texts, key=lambda t: t.encode()) for n in numbers]
    sdk.batch_write_row(*(write("put", name, named(p, n), [("c", n), ("v", p)])
                          for p, n in reversed(expected)))

    def keys(*arguments, **how):
        rows, pages = sdk.read_range(name, *arguments, **how)
        return [(row[0][0][1], row[0][1][1]) for row in rows], pages

    for limit in (1, 7, 40):
        pages = -(-len(expected) // limit)
        assert keys(LEAST, MOST, limit=limit) == (expected, pages)
        assert keys(MOST, LEAST, "backward", limit=limit) == (expected[::-1], pages)
    assert keys(LEAST, MOST) == (expected, 1)
    assert keys(named("a", 0), named("b", MIN))[0] == [
        e for e in expected if ("a", 0) <= e < ("b", -(2**63))]
    assert keys(named("b", 0), named("a", 0), "backward")[0] == [
        e for e in reversed(expected) if ("a", 0) < e <= ("b", 0)]
    rows, _ = sdk.read_range(name, named("a", MIN), named("a", MAX), columns=["c"])
    assert [row[1][0][:2] for row in rows] == [("c", n) for n in numbers]
    rows, _ = sdk.read_range(name, LEAST, MOST, limit=3, filter={
        "column": "c", "is": ">", "value": {"int": "0"}, "pass_if_missing": True,
        "latest_only": True})
    assert len(rows) == 2 * len(texts)
    refused(INVALID, "Begin key must less than end key in FORWARD", sdk.get_range, name, MOST, LEAST)
    refused(INVALID, "Begin key must more than end key in BACKWARD", sdk.get_range, name, LEAST,
            MOST, "backward")


def test_ten_thousand_rows_page_by_page(sdk, make_table):
    name = make_table([("n", "INTEGER")])
    for start in range(0, ROWS, 200):
        results = sdk.batch_write_row(*(
            write("put", name, key_of(n=n), [("c", n)]) for n in range(start, start + 200)))
        assert all(r.ok for r in results)
    rows, pages = sdk.read_range(name, key_of(n=MIN), key_of(n=MAX))
    assert [row[0][0][1] for row in rows] == list(range(ROWS))
    assert all(row[1][0][:2] == ("c", row[0][0][1]) for row in rows)
    assert pages == 3  # of at most 5000 rows
    rows, _ = sdk.read_range(name, key_of(n=MAX), key_of(n=MIN), "backward", limit=999)
    assert [row[0][0][1] for row in rows] == list(range(ROWS - 1, -1, -1))


@pytest.mark.only("go", "java")
def test_split_points(sdk, make_table):
    name = make_table([("n", "INTEGER")])
    assert sdk.compute_splits(name, 1, 1_000_000) == 1  # one range, of no row
    for start in range(0, 1000, 200):
        sdk.batch_write_row(*(
            write("put", name, key_of(n=n), [("c", "x" * 1000)]) for n in range(start, start + 200)))
    assert sdk.compute_splits(name, 1) == 1  # a unit is 100 MB
    assert 9 <= sdk.compute_splits(name, 1, 100_000) <= 12
    refused("OTSObjectNotExist", "", sdk.compute_splits, "not_there", 1)
