"""What one SDK or our own client writes every other one reads, to the last bit."""

import struct

import pytest

import drivers
from conftest import KEY_ID, KEY_SECRET
from drivers import MAX, MIN, key_of, to_json, write
from our_client import OurClient, cell, cells_of, key, python
from sdk_cases import BYTES, OLD_ENOUGH_S, TEXTS

KEY = [("s", "STRING"), ("i", "INTEGER"), ("b", "BINARY")]
LEAST, MOST = key_of(s=MIN, i=MIN, b=MIN), key_of(s=MAX, i=MAX, b=MAX)
NUMBERS = [0, 1, -1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]
DOUBLES = [0.0, -0.0, 0.1, 1.0, 5e-324, 1.7976931348623157e308, float("inf"), float("-inf"),
           struct.unpack(">d", bytes.fromhex("7ff8000000000000"))[0]]
NAMES = ["A", "_", "a", "a b", "a0", "z" * 255]


def rows_of_all_kinds():
    """(key, cells) in key order; cells by name, newest version first."""
    values = NUMBERS + DOUBLES + [True, False, "", TEXTS, "x" * 70_000, b"", BYTES]
    for place, value in enumerate(values):
        yield (key_of(s=f"k{place:02}", i=NUMBERS[place % len(NUMBERS)], b=BYTES[:place]),
               [(name, value, 1_700_000_000_000 - n) for n, name in enumerate(NAMES)])
    yield (key_of(s="v", i=0, b=b""),
           [("c", n, 1000 * n) for n in range(20, 10, -1)] + [("d", "other type", 7)])


def exactly(rows):
    """A form in which NaN equals itself, 0.0 is not -0.0 and 1 is not 1.0 nor True."""
    return [([(n, to_json(v)) for n, v in row_key], [(n, to_json(v), t) for n, v, t in cells])
            for row_key, cells in rows]


@pytest.fixture(scope="module", name="ours")
def _ours(service):
    client = OurClient(f"{service.url}/local")
    yield client
    assert client.close() == 0


def write_ours(ours, table):
    ours("create_table", table, key=KEY, max_versions=10, offset=OLD_ENOUGH_S)
    for n, (row_key, cells) in enumerate(rows_of_all_kinds()):
        row = {"key": key(**dict(row_key)), "cells": [cell(*c) for c in cells]}
        if n % 2 == 0:
            ours("batch_write", table, rows=[{"op": "PUT", **row}])
        else:
            ours("write_row", table, op="UPDATE", **row)


@pytest.fixture(scope="module", name="written")
def _written(service, driver_commands, ours):
    """A table by our client and by each SDK that is not left out."""
    tables = {"ours": "by_ours"}
    write_ours(ours, "by_ours")
    for language in sorted(set(drivers.LANGUAGES) - drivers.left_out()):
        writer = drivers.Driver(language, driver_commands(language))
        writer.connect(service.url, KEY_ID, KEY_SECRET)
        tables[language] = f"by_{language}"
        writer.create_table(tables[language], KEY, versions=10, deviation=OLD_ENOUGH_S)
        rows = list(rows_of_all_kinds())
        for n, (row_key, cells) in enumerate(rows):  # one by one, in a batch, by an update
            if n % 3 == 0:
                writer.put_row(tables[language], row_key, cells)
            elif n % 3 == 1:
                writer.update_row(tables[language], row_key, cells)
            else:
                result, = writer.batch_write_row(write("put", tables[language], row_key, cells))
                assert result.ok
        assert writer.close() == 0
    return tables


def test_reads_what_each_wrote(sdk, written):
    expected = exactly(rows_of_all_kinds())
    for writer, table in written.items():
        rows, _ = sdk.read_range(table, LEAST, MOST, max_versions=10, limit=7)
        assert exactly(rows) == expected, f"{sdk.language} reads what {writer} wrote"
        backward, _ = sdk.read_range(table, MOST, LEAST, "backward", max_versions=10)
        assert exactly(backward) == expected[::-1]
        keys = [row_key for row_key, _ in rows_of_all_kinds()]
        one_by_one = [sdk.get_row(table, row_key, 10) for row_key in keys]
        assert exactly((row.key, row.cells) for row in one_by_one) == expected
        together = sdk.batch_get_row({"table": table, "keys": keys, "max_versions": 10})
        assert exactly((row.key, row.cells) for row in together) == expected


def test_our_client_reads_what_each_wrote(ours, written):
    expected = exactly(rows_of_all_kinds())

    def plain(row):
        return [(name, python(value)) for name, value in row["key"]], cells_of(row)

    for writer, table in written.items():
        answer = ours("get_range", table, key_names=[name for name, _ in KEY], all=True, limit=7,
                      max_versions=10)
        rows = [row for page in answer["pages"] for row in page]
        assert exactly(map(plain, rows)) == expected, f"our client reads what {writer} wrote"
        one_by_one = [ours("get_row", table, key=key(**dict(row_key)), max_versions=10)["row"]
                      for row_key, _ in rows_of_all_kinds()]
        assert exactly(map(plain, one_by_one)) == expected
