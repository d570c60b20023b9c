"""Rows through every official SDK: types, versions, updates, conditions, errors."""

import struct
import time

import pytest

from drivers import AUTO, MAX, MIN, filtered, key_of, write
from sdk_cases import (BYTES, CONDITION, INVALID, KEY, MISSING_ROW, NO_NON_ASCII_NAMES, TEXTS, named,
                       refused)


def test_every_type_comes_back_as_it_was(sdk, table):
    cells = [
        ("b_false", False),
        ("b_true", True),
        ("d_big", 1.7976931348623157e308),
        ("d_minus_zero", -0.0),
        ("d_tenth", 0.1),
        ("d_tiny", 5e-324),
        ("i_max", 2**63 - 1),
        ("i_min", -(2**63)),
        ("i_zero", 0),
        ("s_empty", ""),
        ("s_wide", TEXTS),
        ("z_bytes", BYTES),
        ("z_empty", b""),
    ]
    sdk.put_row(table, named("types"), cells)
    row = sdk.get_row(table, named("types"))
    assert row.key == named("types")
    assert [(n, v, type(v)) for n, v in row.values] == [(n, v, type(v)) for n, v in cells]
    assert str(row.values[3][1]) == "-0.0"
    now = time.time() * 1000
    assert all(abs(cell[2] - now) < 120_000 for cell in row.cells)
    assert len({cell[2] for cell in row.cells}) == 1


def test_doubles_that_are_no_numbers(sdk, table):
    cells = [("inf", float("inf")), ("minus", float("-inf")), ("nan", float("nan"))]
    sdk.put_row(table, named("nan"), cells)
    read = sdk.get_row(table, named("nan")).values
    assert read[:2] == cells[:2]
    assert struct.pack(">d", read[2][1]) == struct.pack(">d", float("nan"))


def test_values_of_two_mebibytes_and_one_byte_more(sdk, table):
    for kind, value in (("text", "x" * 2097152), ("bytes", b"\xa5" * 2097152)):
        sdk.put_row(table, named(kind), [("a", value)])
        assert sdk.get_row(table, named(kind)).values == [("a", value)]
        refused(INVALID, "The length of attribute column: 'a' exceeds the MaxLength:2097152 with "
                "CurrentLength:2097153.", sdk.put_row, table, named(kind), [("a", value + value[:1])])


def test_keys_of_every_type_and_their_order(sdk, make_table):
    name = make_table([("i", "INTEGER"), ("s", "STRING"), ("b", "BINARY"), ("z", "INTEGER")])
    assert [(k["name"], k["type"]) for k in sdk.describe_table(name)["key"]] == [
        ("i", "INTEGER"), ("s", "STRING"), ("b", "BINARY"), ("z", "INTEGER")]
    keys = [
        key_of(i=i, s=s, b=b, z=7)
        for i in (-(2**63), -1, 0, 2**63 - 1)
        for s in ("", "a", "é", "\U0001f600")
        for b in (b"", b"\x00", bytes(range(256)), b"\xff")
    ]
    for n in range(0, len(keys), 50):
        results = sdk.batch_write_row(*(
            write("put", name, k, [("n", n + i)]) for i, k in reversed(list(
                enumerate(keys[n:n + 50])))))
        assert all(r.ok for r in results)
    rows, _ = sdk.read_range(name, key_of(i=MIN, s=MIN, b=MIN, z=MIN),
                             key_of(i=MAX, s=MAX, b=MAX, z=MAX))
    assert [row[0] for row in rows] == keys
    assert sdk.get_row(name, keys[37]).values == [("n", 37)]


def test_key_values_of_1024_bytes_and_one_more(sdk, table):
    sdk.put_row(table, named("k" * 1024), [("a", 1)])
    assert sdk.get_row(table, named("k" * 1024)).values == [("a", 1)]
    refused(INVALID, "The length of primary key column: 'p' exceeds the MaxLength:1024 with "
            "CurrentLength:1025.", sdk.put_row, table, named("k" * 1025), [("a", 1)])


def test_several_versions(sdk, table):
    sdk.put_row(table, named("v"), [("c", n, n) for n in (1000, 4000, 2000, 3000)])
    assert sdk.get_row(table, named("v"), 10).cells == [("c", n, n) for n in (4000, 3000, 2000)]
    assert sdk.get_row(table, named("v")).cells == [("c", 4000, 4000)]
    assert sdk.get_row(table, named("v"), 10, times=[2000, 4000]).cells == [
        ("c", 3000, 3000), ("c", 2000, 2000)]
    assert sdk.get_row(table, named("v"), 10, times=[3000]).cells == [("c", 3000, 3000)]
    assert not sdk.get_row(table, named("v"), 10, times=[10, 20]).cells


def test_columns_are_chosen_by_name_and_by_range(sdk, table):
    sdk.put_row(table, named("c"), [(n, n) for n in "dbca"])
    assert [n for n, _ in sdk.get_row(table, named("c")).values] == list("abcd")
    assert sdk.get_row(table, named("c"), columns=["c", "a", "none"]).values == [
        ("a", "a"), ("c", "c")]
    assert sdk.get_row(table, named("c"), columns=["none"]).key is None
    assert sdk.get_row(table, named("c"), start_column="b", end_column="d").values == [
        ("b", "b"), ("c", "c")]


def test_put_replaces_the_whole_row(sdk, table):
    sdk.put_row(table, named("r"), [("old", 1), ("same", 1)])
    sdk.put_row(table, named("r"), [("same", 2)])
    assert sdk.get_row(table, named("r"), 10).values == [("same", 2)]


def test_a_row_that_is_only_a_key(sdk, table):
    sdk.put_row(table, named("only"))
    row = sdk.get_row(table, named("only"))
    assert (row.key, row.cells) == (named("only"), [])


def test_names_of_columns_beyond_ascii(sdk, table):
    if sdk.language in NO_NON_ASCII_NAMES:
        # The encoder writes the name's length in characters: the service must notice.
        with pytest.raises(Exception):
            sdk.put_row(table, named("names"), [("größe", 1)])
        assert sdk.get_row(table, named("names")).key is None
        return
    cells = [("a b", 1), ("größe", 2), ("列", 3)]
    sdk.put_row(table, named("names"), cells)
    assert sdk.get_row(table, named("names")).values == cells
    assert sdk.get_row(table, named("names"), columns=["列"]).values == [("列", 3)]


def test_update_puts_deletes_and_increments(sdk, table):
    sdk.put_row(table, named("u"), [("a", 1, 10), ("a", 2, 20), ("b", "x", 10), ("c", 5, 10)])
    result = sdk.update_row(table, named("u"), [
        ("d", b"\x00\xff", 10),
        ("e", 1.5, 10),
        ("a", None, 20, "delete"),
        ("b", None, None, "delete_all"),
        ("c", 37, None, "increment"),
    ], expect="exist")
    assert result.consumed == [1, 1]
    assert sdk.get_row(table, named("u")).values == [
        ("a", 1), ("c", 42), ("d", b"\x00\xff"), ("e", 1.5)]
    sdk.update_row(table, named("u"), [(n, None, None, "delete_all") for n in "acde"])
    row = sdk.get_row(table, named("u"))
    assert (row.key, row.cells) == (named("u"), [])


def test_increments_add_up_and_give_the_sum(sdk, table):
    for n in range(1, 4):
        result = sdk.update_row(table, named("i"), [("hits", 2, None, "increment")],
                                **({} if sdk.language == "python" else
                                   {"give": "after", "names": ["hits"]}))
        if sdk.language != "python":
            assert result.values == [("hits", 2 * n)]
    sdk.put_row(table, named("i"), [("hits", "text")])
    refused(INVALID, "", sdk.update_row, table, named("i"), [("hits", 1, None, "increment")])


def test_update_that_only_deletes_makes_no_row(sdk, table):
    sdk.update_row(table, named("none"), [("a", None, None, "delete_all")])
    assert sdk.get_row(table, named("none")).key is None
    refused(*CONDITION, sdk.update_row, table, named("none"), [("a", 1)], expect="exist")
    sdk.update_row(table, named("none"), [("a", 1)])
    assert sdk.get_row(table, named("none")).values == [("a", 1)]


def test_row_existence(sdk, table):
    error = refused(*CONDITION, sdk.put_row, table, named("e"), [("a", 1)], expect="exist")
    assert error.status == 403
    assert error.request_id
    sdk.put_row(table, named("e"), [("a", 1)], expect="not_exist")
    refused(*CONDITION, sdk.put_row, table, named("e"), [("a", 2)], expect="not_exist")
    sdk.put_row(table, named("e"), [("a", 3)], expect="exist")
    refused(*CONDITION, sdk.delete_row, table, named("absent"), expect="exist")
    sdk.delete_row(table, named("absent"))
    sdk.delete_row(table, named("e"), expect="exist")
    assert sdk.get_row(table, named("e")).key is None


def test_column_conditions(sdk, table):
    sdk.put_row(table, named("w"), [("a", 1, 10), ("a", 2, 20), ("s", "m"), ("d", 0.5), ("b", True)])
    one = filtered("a", "==", 2)
    for wrong in (
        filtered("a", "==", 1),
        filtered("a", "==", "2"),
        filtered("a", "!=", 2),
        filtered("a", ">", 2),
        filtered("a", "<", 2),
        filtered("s", ">=", "n"),
        filtered("s", "<=", "l"),
        filtered("d", "==", 0.25),
        filtered("b", "==", False),
        filtered("none", "==", 1, pass_if_missing=False),
        {"all": [one, filtered("s", "==", "x")]},
        {"any": [filtered("a", "==", 7), filtered("s", "==", "x")]},
        {"not": [one]},
    ):
        error = refused(*CONDITION, sdk.put_row, table, named("w"), [("z", 1)],
                        column_condition=wrong)
        assert error.status == 403, wrong
        refused(*CONDITION, sdk.delete_row, table, named("w"), column_condition=wrong)
        refused(*CONDITION, sdk.update_row, table, named("w"), [("z", 1)], column_condition=wrong)
    for right in (
        one,
        filtered("a", "!=", 1),
        filtered("a", ">", 1),
        filtered("a", "<=", 2),
        filtered("s", "<", "n"),
        filtered("d", ">=", 0.5),
        filtered("b", "==", True),
        filtered("none", "==", 1),
        {"all": [one, filtered("s", "==", "m")]},
        {"any": [filtered("a", "==", 7), {"not": [filtered("s", "==", "x")]}]},
    ):
        sdk.update_row(table, named("w"), [("z", 1)], expect="exist", column_condition=right)
    sdk.put_row(table, named("w"), [("z", 2)], column_condition=one)
    assert sdk.get_row(table, named("w")).values == [("z", 2)]


def test_filters_of_a_read(sdk, table):
    sdk.put_row(table, named("f"), [("a", 1, 10), ("a", 2, 20), ("s", "m", 10)])
    def read(condition, **how):
        return sdk.get_row(table, named("f"), 10, filter=condition, **how).cells
    whole = [("a", 2, 20), ("a", 1, 10), ("s", "m", 10)]
    assert read(filtered("a", "==", 2)) == whole
    assert read(filtered("a", "==", 1)) is None
    assert read(filtered("a", "==", 1, latest_only=False)) == whole
    assert read(filtered("none", "==", 1)) == whole
    assert read(filtered("none", "==", 1, pass_if_missing=False)) is None
    assert read({"all": [filtered("a", ">", 1), {"not": [filtered("s", "==", "x")]}]}) == whole
    many = [filtered(f"c{n}", "==", n) for n in range(32)]
    refused(INVALID, "The count of filter exceeds the max: 32.", read, {"all": many})
    assert read({"all": many[:31]}) == whole


@pytest.mark.only("go", "java", "node")
def test_pages_of_columns(sdk, table):
    sdk.put_row(table, named("p"), [(f"c{n:02}", n) for n in range(20)])
    read = sdk.get_row(table, named("p"), filter={"page": [5, 3]}).values
    assert read == [("c05", 5), ("c06", 6), ("c07", 7)]
    assert len(sdk.get_row(table, named("p"), filter={"page": [18, 3]}).values) == 2


def test_missing_rows_and_tables(sdk, table):
    row = sdk.get_row(table, named("missing"))
    assert (row.key, row.consumed) == (None, [1, 0])
    error = refused("OTSObjectNotExist", "Requested table does not exist.",
                    sdk.get_row, "not_there", named("a"))
    assert error.status == 404
    assert error.request_id
    refused("OTSObjectNotExist", "", sdk.put_row, "not_there", named("a"), [("a", 1)])


def test_keys_that_do_not_fit(sdk, table):
    for wrong, text in (
        ([("p", "a")], "Validate PK size fail. Input: 1, Meta: 2."),
        ([("p", "a"), ("n", "1")], "Validate PK type fail. Input: VT_STRING, Meta: VT_INTEGER."),
        ([("p", "a"), ("m", 1)], "Validate PK name fail. Input: m, Meta: n."),
        ([("n", 1), ("p", "a")], "Validate PK name fail. Input: n, Meta: p."),
        ([("p", b"a"), ("n", 1)], "Validate PK type fail. Input: VT_BLOB, Meta: VT_STRING."),
    ):
        error = refused("OTSInvalidPK", text, sdk.put_row, table, wrong, [("a", 1)])
        assert error.status == 400
        refused("OTSInvalidPK", text, sdk.get_row, table, wrong)
        refused("OTSInvalidPK", text, sdk.delete_row, table, wrong)


def test_names_and_numbers_of_columns(sdk, table):
    sdk.put_row(table, named("n"), [("a" * 255, 1)])
    refused(INVALID, "Invalid column name", sdk.put_row, table, named("n"), [("a" * 256, 1)])
    refused(INVALID, "Invalid column name: '#a'.", sdk.put_row, table, named("n"), [("#a", 1)])
    sdk.put_row(table, named("n"), [(f"c{n:04}", n) for n in range(1024)])
    assert len(sdk.get_row(table, named("n")).cells) == 1024
    refused(INVALID, "The number of attribute columns exceeds the limit, limit count: 1024, column "
            "count: 1025.", sdk.put_row, table, named("n"), [(f"c{n:04}", n) for n in range(1025)])


def test_times_that_the_table_refuses(sdk, make_table):
    name = make_table(KEY, deviation=86400)
    for when in (1000, int(time.time() * 1000) + 2 * 86400_000):
        refused(INVALID, "", sdk.put_row, name, named("t"), [("a", 1, when)])
    if sdk.language != "java":  # it refuses by itself
        refused(INVALID, "Timestamp must be in range [0, INT64_MAX/1000).", sdk.put_row, name,
                named("t"), [("a", 1, -1)])
    sdk.put_row(name, named("t"), [("a", 1, int(time.time() * 1000) - 3600_000)])


def test_auto_increment(sdk, make_table):
    name = make_table([("p", "STRING"), ("id", "INTEGER", "auto")])
    assert [k["auto"] for k in sdk.describe_table(name)["key"]] == [False, True]
    ids = []
    for n in range(4):
        row = sdk.put_row(name, key_of(p="a", id=AUTO), [("n", n)], give="key")
        assert row.key[0] == ("p", "a")
        ids.append(row.key[1][1])
    results = sdk.batch_write_row(*(
        write("put", name, key_of(p=p, id=AUTO), [("n", 9)], give="key") for p in "ab"))
    assert all(r.ok for r in results)
    ids.append(results[0].key[1][1])
    assert ids == sorted(set(ids))
    assert sdk.get_row(name, key_of(p="a", id=ids[2])).values == [("n", 2)]
    sdk.put_row(name, key_of(p="a", id=ids[2]), [("n", 22)], expect="exist")
    sdk.update_row(name, key_of(p="a", id=ids[2]), [("m", 1)], expect="exist")
    assert sdk.get_row(name, key_of(p="a", id=ids[2])).values == [("m", 1), ("n", 22)]
    refused(*CONDITION, sdk.put_row, name, key_of(p="a", id=10**9), [("n", 1)])
    sdk.delete_row(name, key_of(p="a", id=ids[0]), expect="exist")
    rows, _ = sdk.read_range(name, key_of(p="a", id=MIN), key_of(p="a", id=MAX))
    assert [row[0][1][1] for row in rows] == ids[1:]


# Go writes the auto-increment placeholder instead, Java refuses by itself.
@pytest.mark.only("node", "python")
def test_bounds_are_no_keys_of_a_row(sdk, table):
    for bound in (MIN, MAX):
        error = refused(INVALID, "is an invalid type for the primary key.", sdk.get_row, table,
                        key_of(p="a", n=bound))
        assert error.status == 400


# Node asks for one version when told none, Go refuses by itself.
@pytest.mark.only("java", "python")
def test_a_read_without_versions(sdk, table):
    refused(INVALID, "No version condition is specified", sdk.get_row, table, named("a"), 0)


def test_capacity_is_told(sdk, table):
    assert MISSING_ROW == sdk.get_row(table, named("cap")).consumed
    assert sdk.put_row(table, named("cap"), [("a", 1)]).consumed[1] == 1
    sdk.put_row(table, named("cap"), [("a", b"x" * 10_000)])
    assert sdk.get_row(table, named("cap")).consumed == [3, 0]
