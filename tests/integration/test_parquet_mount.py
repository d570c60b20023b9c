"""Parquet objects through a real mount: the text is what `otsfs cat` prints, at any offset."""

import json
import os
import random
import subprocess
import urllib.request

import pytest

from conftest import OTSFS
from parquet_file import *

ROWS, GROUPS = 3000, 5
SCHEMA = [root(3), leaf("id", INT64_T), leaf("name", BYTES_T, OPTIONAL, converted=0), leaf("list", INT32_T, REPEATED)]


def chunk(kind, name, pages, count):
    return Chunk(kind, [name], pages, count)


def rows_of(first):
    """A row group: ids in small pages, names with nulls, lists of 0 to 2."""
    pages = [data_page(packing.pack("<100q", *range(first + i, first + i + 100)), 100) for i in range(0, ROWS, 100)]
    present = [i % 3 != 0 for i in range(ROWS)]
    bits = b"".join(bytes([sum(present[i + k] << k for k in range(8))]) for i in range(0, ROWS, 8))
    names = byte_arrays(*[f'n"{first + i},é'.encode() for i in range(ROWS) if present[i]])
    name = data_page(names, ROWS, levels=v1_levels(varint(ROWS // 8 << 1 | 1) + bits))
    reps, defs, values = [], [], []
    for i in range(ROWS):
        items = i % 3
        reps += [0] if items == 0 else [0] + [1] * (items - 1)
        defs += [0] if items == 0 else [1] * items
        values += [i] * items
    stream = lambda levels: v1_levels(b"".join(run(level, 1, 1) for level in levels))
    lists = data_page(int32s(*values), len(reps), levels=stream(reps) + stream(defs))
    return ([chunk(INT64_T, "id", pages, ROWS), chunk(BYTES_T, "name", [name], ROWS), chunk(INT32_T, "list", [lists], len(reps))], ROWS)


@pytest.fixture
def parquet_source(tmp_path):
    folder = tmp_path / "backup" / "orders" / "2023" / "11" / "14" / "22"
    folder.mkdir(parents=True)
    content = parquet(SCHEMA, [rows_of(g * ROWS) for g in range(GROUPS)])
    (folder / "t.parquet").write_bytes(content)
    return tmp_path / "backup", folder / "t.parquet"


def printed(path, form="rows"):
    done = subprocess.run([OTSFS, "cat", "--as", form, str(path)], capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("memory", ["16M", "512M"])
def test_the_mount_reads_what_cat_prints(mount_at, parquet_source, memory):
    source, path = parquet_source
    want = printed(path)
    assert want.count(b"\n") == ROWS * GROUPS
    mount = mount_at(source, "--memory", memory)
    text = mount.path / "tables/orders/2023/11/14/22/t.parquet.jsonl"
    with open(text, "rb") as stream:
        assert os.fstat(stream.fileno()).st_size == len(want)
    assert text.read_bytes() == want
    rng = random.Random(7)
    with open(text, "rb", buffering=0) as stream:
        for _ in range(60):
            offset, length = rng.randrange(len(want)), rng.randrange(1, 9000)
            stream.seek(offset)
            assert stream.read(length) == want[offset : offset + length]


def test_of_a_damaged_object_the_good_groups_can_be_read(mount_at, parquet_source):
    source, path = parquet_source
    whole = printed(path)
    content = bytearray(path.read_bytes())
    at = content.rindex(packing.pack("<I", len('n"12001,é'.encode())) + 'n"12001,é'.encode())
    content[at : at + 4] = b"\xff\xff\xff\x7f"
    path.write_bytes(content)
    good = b"".join(whole.splitlines(True)[: ROWS * (GROUPS - 1)])
    done = subprocess.run([OTSFS, "cat", "--as", "rows", str(path)], capture_output=True)
    assert done.returncode == 1 and done.stdout == good and b"past the page's end" in done.stderr
    mount = mount_at(source)
    text = mount.path / "tables/orders/2023/11/14/22/t.parquet.jsonl"
    got = b""
    with open(text, "rb", buffering=0) as stream, pytest.raises(OSError):
        while piece := stream.read(65536):
            got += piece
    assert got == good
    assert "row group 4" in mount.log()


def test_restore_refuses_rows_that_are_no_records(mount_at, parquet_source, service):
    source, path = parquet_source
    done = subprocess.run([OTSFS, "restore", str(path), "--to", service], capture_output=True)
    assert done.returncode != 0 and b"parquet" in done.stderr


def test_a_bucket_is_asked_a_row_group_at_a_time(bucket, parquet_source):
    _, path = parquet_source
    bucket.put("t.parquet", path.read_bytes())
    bucket.cue({"match": {"op": "GetObject"}, "do": {"latency_ms": 1}})
    done = bucket.run("cat", "--as", "csv", "oss://backup/t.parquet", text=False)
    assert done.stdout == printed(path, "csv")
    with urllib.request.urlopen(f"{bucket.endpoint}/-otsfs/faults") as answer:
        used = json.load(answer)[0]["used"]
    assert 2 <= used <= 4 + 2 * GROUPS, used
