"""Damaged Parquet files, one for each class 1 to 47 of the format's list of damages: a clean error that
says where, whole rows of what stands before it, nothing wrong printed, and bounded memory."""

import json
import resource
import struct as packing
import subprocess
import sys
import zlib

import pytest

from conftest import OTSFS
from parquet_file import *

MEMORY = 64 << 20


def cat(path, *options, form="rows", limit=None):
    def bound():
        if limit:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    return subprocess.run([OTSFS, "cat", "--as", form, *options, str(path)], capture_output=True,
                          timeout=60, preexec_fn=bound)


def ints(name="a", values=(1, 2, 3), **more):
    return Chunk(INT32_T, [name], [data_page(int32s(*values), len(values), **more)], len(values))


A = [root(1), leaf("a", INT32_T)]
GOOD = "".join('{"a":%d}\n' % n for n in (1, 2, 3))


def second(chunk, count=3, schema=A):
    """A sound row group, then one with the damage."""
    return parquet(schema, [([ints()], 3), ([chunk], count)])


def paged(*pages, count=3, kind=INT32_T, **more):
    return Chunk(kind, ["a"], list(pages), count, **more)


def optional(page_bytes, count=3, **more):
    """One optional int32 column whose only group has the given page."""
    return parquet([root(1), leaf("a", INT32_T, OPTIONAL)], [([paged(page_bytes, count=count, **more)], count)])


def texts(*pages, count=2, kind=BYTES_T, **more):
    schema = [root(1), leaf("a", kind, **({"converted": 0} if kind == BYTES_T else {"length": 4}))]
    return parquet(schema, [([paged(*pages, count=count, kind=kind, **more)], count)])


def nested(reps, defs, values, count, rows=2):
    """`repeated int32 a`."""
    body = data_page(int32s(*values), count, levels=v1_levels(reps) + v1_levels(defs))
    return parquet([root(1), leaf("a", INT32_T, REPEATED)], [([paged(body, count=count)], rows)])


BASE = parquet(A, [([ints()], 3)])
DEEP = b"\x1c" * 40
PAGE = data_page(int32s(1, 2, 3), 3)
DELTAS = bytes([0x80, 0x01, 0x04, 0x03, 0x02, 0x02, 0, 0, 0, 0])  # 1 2 3


def header_of(fields):
    return struct_bytes(fields) + int32s(1, 2, 3)


V1 = struct({1: i32(3), 2: i32(0), 3: i32(3), 4: i32(3)})
BIG = 2**31 - 1

# name: (bytes, rows printed before the error, what the error says)
DAMAGE = {
    "01-too-short": (b"PAR1PAR1", "", "not Parquet: 8 bytes"),
    "01-wrong-magic-at-end": (BASE[:-4] + b"PARX", "", "not Parquet: no footer"),
    "01-truncated": (BASE[:-20], "", "not Parquet: no footer"),
    "02-footer-length-0": (parquet(A, [([ints()], 3)], footer_length=0), "", "bad footer: a length of 0"),
    "02-footer-length-past-file": (parquet(A, [([ints()], 3)], footer_length=100000), "", "bad footer"),
    "02-footer-length-ffffffff": (parquet(A, [([ints()], 3)], footer_length=0xFFFFFFFF), "", "bad footer"),
    "03-varint-too-long": (parquet(A, [([ints()], 3)], footer={3: (I64, b"\xff" * 11)}), "", "bad metadata"),
    "03-cut-short": (parquet(A, [([ints()], 3)], footer_length=20), "", "bad metadata"),
    "03-unknown-wire-type": (parquet(A, [([ints()], 3)], footer={20: (14, b"")}), "", "unknown type"),
    "04-list-above-remaining": (parquet(A, [([ints()], 3)], footer={4: listed(STRUCT, [], 10**6)}), "", "list of a bad size"),
    "04-string-above-remaining": (parquet(A, [([ints()], 3)], footer={6: (BINARY, varint(10**8))}), "", "string past the end"),
    "05-deep-nesting": (parquet(A, [([ints()], 3)], footer={20: (STRUCT, DEEP)}), "", "nested too deep"),
    "06-rows-missing": (parquet(A, [([ints()], 3)], footer={3: None}), "", "required field is missing"),
    "06-name-missing": (parquet([root(1), struct_bytes({1: i32(1), 3: i32(0)})], [([ints()], 3)]), "", "required field is missing"),
    "07-rows-as-text": (parquet(A, [([ints()], 3)], footer={3: text("3")}), "", "required field is missing"),
    "08-children-overrun": (parquet([root(5), leaf("a", INT32_T)], [([ints()], 3)]), "", "more children than"),
    "08-negative-children": (parquet([root(1), group("a", -1)], [([ints()], 3)]), "", "negative count of children"),
    "08-left-over": (parquet([root(1), leaf("a", INT32_T), leaf("b", INT32_T)], [([ints()], 3)]), "", "left over"),
    "08-too-deep": (parquet([root(1)] + [group("g", 1)] * 120 + [leaf("a", INT32_T)], [([ints()], 3)]), "", "deeper than 100"),
    "08-fixed-without-length": (parquet([root(1), leaf("a", FIXED_T)], [([ints()], 3)]), "", "without a length"),
    "08-no-root": (parquet([], [([ints()], 3)]), "", "no root"),
    "09-fewer-chunks": (parquet([root(2), leaf("a", INT32_T), leaf("b", INT32_T)], [([ints(), ints("b")], 3), ([ints()], 3)]),
                        "".join('{"a":%d,"b":%d}\n' % (n, n) for n in (1, 2, 3)), "1 chunks for 2 columns"),
    "09-more-chunks": (parquet(A, [([ints()], 3), ([ints(), ints()], 3)]), GOOD, "2 chunks for 1 columns"),
    "10-type-differs": (second(Chunk(INT64_T, ["a"], [PAGE], 3)), GOOD, "another type"),
    "10-path-differs": (second(Chunk(INT32_T, ["b"], [PAGE], 3)), GOOD, "another column"),
    "11-unknown-type": (parquet([root(1), leaf("a", 9)], [([ints()], 3)]), "", "unknown physical type"),
    "11-unknown-codec": (second(paged(PAGE, codec=77)), GOOD, "codec unknown (77)"),
    "11-unknown-encoding": (second(paged(data_page(int32s(1, 2, 3), 3, encoding=30))), GOOD, "encoding unknown (30)"),
    "11-unknown-repetition": (parquet([root(1), leaf("a", INT32_T, 7)], [([ints()], 3)]), "", "unknown type or repetition"),
    "12-negative-rows": (parquet(A, [([ints()], 3)], rows=-3), "", "negative count of rows"),
    "12-negative-group-rows": (parquet(A, [([ints()], -3)], rows=3), "", "negative count of rows"),
    "12-negative-values": (second(paged(PAGE, count=-3)), GOOD, "negative count"),
    "12-negative-offset": (second(paged(PAGE, says={9: i64(-5)})), GOOD, "negative count, size or offset"),
    "12-negative-size": (second(paged(PAGE, says={7: i64(-5)})), GOOD, "negative count, size or offset"),
    "14-values-not-rows": (second(paged(PAGE, count=4)), GOOD, "4 values of 3 rows"),
    "15-rows-differ": (nested(run(0, 2, 1), run(1, 2, 1), (1, 2), 2, rows=1), "", "more rows than the others"),
    "15-rows-missing": (nested(run(0, 2, 1), run(1, 2, 1), (1, 2), 2, rows=5), "", "end inside a row"),
    "16-chunk-before-magic": (second(paged(PAGE, says={9: i64(1)})), GOOD, "reach out of the file at byte 1"),
    "16-chunk-past-end": (second(paged(PAGE, says={9: i64(10**6)})), GOOD, "reach out of the file"),
    "16-size-overflow": (second(paged(PAGE, says={7: i64(2**63 - 1)})), GOOD, "reach out of the file"),
    "17-header-unparseable": (second(paged(b"\xff" * 40)), GOOD, "bad page header"),
    "17-header-cut": (second(paged(PAGE[:6])), GOOD, "bad page header: cut short"),
    "18-negative-size": (second(paged(data_page(int32s(1, 2, 3), 3, size=-1))), GOOD, "negative size"),
    "18-negative-compressed": (second(paged(data_page(int32s(1, 2, 3), 3, compressed=-1))), GOOD, "negative size"),
    "19-payload-past-chunk": (second(paged(data_page(int32s(1, 2, 3), 3, size=5000, compressed=5000))), GOOD, "truncated page"),
    "20-bomb": (second(paged(data_page(b"", 3, stored=b"\0" * 30, size=BIG), codec=ZSTD)), GOOD, "2147483647 bytes of memory"),
    "21-bad-snappy": (second(paged(data_page(b"x" * 12, 3, stored=b"\xff" * 9), codec=SNAPPY)), GOOD, "snappy"),
    "21-other-length": (second(paged(data_page(b"x" * 13, 3, stored=bytes([12, 44]) + int32s(1, 2, 3)), codec=SNAPPY)), GOOD, "a length of 12, expected 13"),
    "21-bad-gzip": (second(paged(data_page(b"x" * 12, 3, stored=b"\x1f\x8b" + b"\0" * 30), codec=GZIP)), GOOD, "gzip"),
    "21-bad-brotli": (second(paged(data_page(b"x" * 12, 3, stored=b"\xff" * 30), codec=BROTLI)), GOOD, "brotli"),
    "21-bad-zstd": (second(paged(data_page(b"x" * 12, 3, stored=b"\xff" * 30), codec=ZSTD)), GOOD, "zstd"),
    "21-bad-lz4-raw": (second(paged(data_page(b"x" * 12, 3, stored=b"\xff" * 30), codec=LZ4_RAW)), GOOD, "lz4_raw"),
    "21-bad-lz4": (second(paged(data_page(b"x" * 12, 3, stored=b"\xff" * 30), codec=LZ4)), GOOD, "lz4"),
    "21-nothing-where-bytes-are-expected": (second(paged(data_page(b"x" * 12, 3, stored=b""), codec=SNAPPY)), GOOD, "nothing, where bytes"),
    "22-uncompressed-sizes-differ": (second(paged(data_page(int32s(1, 2, 3), 3, size=13))), GOOD, "two different sizes"),
    "23-no-sub-header": (second(paged(header_of({1: i32(0), 2: i32(12), 3: i32(12)}))), GOOD, "without the header of its type"),
    "23-other-sub-header": (second(paged(header_of({1: i32(3), 2: i32(12), 3: i32(12), 5: V1}))), GOOD, "without the header of its type"),
    "24-negative-values-in-page": (second(paged(data_page(int32s(1, 2, 3), -3))), GOOD, "negative count of values"),
    "24-above-chunk": (second(paged(data_page(int32s(1, 2, 3, 4), 4))), GOOD, "4 values, 3 are left"),
    "24-below-chunk": (second(paged(data_page(int32s(1, 2), 2))), GOOD, "truncated chunk: 1 values are missing"),
    "25-negative-levels": (second(paged(data_page_v2(int32s(1, 2, 3), 3, def_bytes=-1))), GOOD, "levels longer than"),
    "25-levels-above-page": (second(paged(data_page_v2(int32s(1, 2, 3), 3, def_bytes=100))), GOOD, "levels longer than"),
    "25-levels-sum-overflow": (second(paged(data_page_v2(int32s(1, 2, 3), 3, def_bytes=BIG, rep_bytes=BIG))), GOOD, "levels longer than"),
    "26-level-prefix-missing": (optional(data_page(b"", 3, levels=b"\x02\0")), "", "levels past its end"),
    "26-level-prefix-too-long": (optional(data_page(int32s(1, 2, 3), 3, levels=packing.pack("<I", 1000))), "", "levels past its end"),
    "27-levels-end-early": (optional(data_page(int32s(1, 2, 3), 3, levels=v1_levels(run(1, 2, 1)))), "", "definition levels are damaged"),
    "28-level-above-max": (parquet([root(1), group("a", 1, OPTIONAL), leaf("b", INT32_T, OPTIONAL)],
                                   [([Chunk(INT32_T, ["a", "b"], [data_page(int32s(1, 2, 3), 3, levels=v1_levels(run(3, 3, 2)))], 3)], 3)]),
                           "", "definition levels are damaged"),
    "29-begins-inside-a-row": (nested(run(1, 2, 1), run(1, 2, 1), (1, 2), 2), "", "begins inside a row"),
    "30-nulls-in-required": (second(paged(data_page_v2(int32s(1, 2), 3, nulls=1))), GOOD, "fewer values"),
    "30-nulls-told-wrong": (optional(data_page_v2(int32s(1, 2, 3), 3, nulls=1, defs=run(1, 3, 1))), "", "another number of nulls"),
    "31-run-of-zero": (optional(data_page(int32s(1, 2, 3), 3, levels=v1_levels(b"\0\1" * 3))), "", "definition levels are damaged"),
    "31-packed-past-end": (optional(data_page(int32s(1, 2, 3), 3, levels=v1_levels(b"\x09\x07"))), "", "definition levels are damaged"),
    "31-width-above-32": (texts(dictionary_page(byte_arrays(b"x"), 1), data_page(b"\x28\x04\0", 2, encoding=DICT), dictionary=True), "", "wider than 32 bits"),
    "33-index-past-entries": (texts(dictionary_page(byte_arrays(b"x"), 1), data_page(b"\x02" + run(2, 2, 2), 2, encoding=DICT), dictionary=True), "", "behind the dictionary's end"),
    "33-no-dictionary": (texts(data_page(b"\x01" + run(0, 2, 1), 2, encoding=DICT)), "", "dictionary that the chunk does not have"),
    "33-two-dictionaries": (texts(dictionary_page(byte_arrays(b"x"), 1), dictionary_page(byte_arrays(b"y"), 1), data_page(b"\x01" + run(0, 2, 1), 2, encoding=DICT), dictionary=True), "", "a second one"),
    "34-negative-entries": (texts(dictionary_page(byte_arrays(b"x"), -1), data_page(b"\x01" + run(0, 2, 1), 2, encoding=DICT), dictionary=True), "", "negative count"),
    "34-entries-above-bytes": (texts(dictionary_page(byte_arrays(b"x"), 10**6), data_page(b"\x01" + run(0, 2, 1), 2, encoding=DICT), dictionary=True), "", "more entries than its bytes"),
    "35-length-past-page": (texts(data_page(packing.pack("<I", 100) + b"xy", 2)), "", "past the page's end"),
    "35-length-negative": (texts(data_page(packing.pack("<i", -1) + b"xy", 2)), "", "past the page's end"),
    "36-fixed-body-short": (second(paged(data_page(int32s(1, 2), 3))), GOOD, "fewer values"),
    "36-flba-body-short": (texts(data_page(b"abcdab", 2), kind=FIXED_T), "", "fewer values"),
    "37-delta-block-0": (second(paged(data_page(b"\0\4\3\2", 3, encoding=DELTA))), GOOD, "bad header of deltas"),
    "37-delta-block-not-128": (second(paged(data_page(b"\x81\1\4\3\2", 3, encoding=DELTA))), GOOD, "bad header of deltas"),
    "37-delta-block-huge": (second(paged(data_page(varint(1 << 30) + b"\4\3\2", 3, encoding=DELTA))), GOOD, "bad header of deltas"),
    "37-delta-width-65": (second(paged(data_page(b"\x80\1\4\3\2\2\x41\0\0\0" + b"\0" * 300, 3, encoding=DELTA))), GOOD, "deltas are damaged"),
    "37-delta-count-lies": (second(paged(data_page(b"\x80\1\4\2\2\2\0\0\0\0", 3, encoding=DELTA))), GOOD, "deltas are damaged or too few"),
    "38-delta-length-negative": (texts(data_page(b"\x80\1\4\2\1\0\0\0\0\0xy", 2, encoding=DELTA_LENGTH)), "", "past the page's end"),
    "38-prefix-above-previous": (texts(data_page(b"\x80\1\4\2\0\x12\0\0\0\0" + b"\x80\1\4\2\2\0\0\0\0\0" + b"xy", 2, encoding=DELTA_BYTES)), "", "prefix longer"),
    "39-split-not-a-multiple": (second(paged(data_page(b"\0" * 13, 3, encoding=SPLIT))), GOOD, "unequal length"),
    "39-split-more-than-declared": (second(paged(data_page(b"\0" * 16, 3, encoding=SPLIT))), GOOD, "more split values"),
    "41-crc": (second(paged(data_page(int32s(1, 2, 3), 3, crc=zlib.crc32(int32s(1, 2, 4))))), GOOD, "page CRC mismatch"),
    "44-file-path": (second(paged(PAGE, outer={1: text("other.parquet")})), GOOD, "another file"),
    "44-encrypted-column": (second(paged(PAGE, outer={8: struct({1: struct({})})})), GOOD, "encrypted"),
    "44-encrypted-file": (parquet(A, [([ints()], 3)], footer={8: struct({1: struct({})})}), "", "encrypted"),
    "44-encrypted-footer": (parquet(A, [([ints()], 3)], footer={1: struct({1: struct({})}), 2: None, 3: None, 4: None, 6: None}, magic=b"PARE"), "", "encrypted Parquet footer (AES_GCM_V1)"),
    "44-lzo": (second(paged(PAGE, codec=LZO)), GOOD, "codec lzo (3) is not supported"),
    "44-alp": (parquet([root(1), leaf("a", DOUBLE_T)], [([paged(data_page(b"\0" * 24, 3, encoding=10), kind=DOUBLE_T)], 3)]), "", "encoding ALP (10)"),
}


@pytest.mark.parametrize("name", list(DAMAGE))
def test_damage_is_refused_with_its_place(name, tmp_path):
    content, before, says = DAMAGE[name]
    path = tmp_path / f"{name}.parquet"
    path.write_bytes(content)
    done = cat(path, "--memory", str(MEMORY))
    assert done.returncode == 1, done.stderr
    assert done.stdout.decode() == before
    message = done.stderr.decode()
    assert says in message, message
    assert path.name in message


@pytest.mark.parametrize(
    "name", [n for n in DAMAGE if n[:2] in ("03", "16", "17", "18", "19", "21", "22", "23", "25", "26", "27", "33", "35", "37", "41")]
)
def test_damage_names_its_byte(name, tmp_path):
    path = tmp_path / f"{name}.parquet"
    path.write_bytes(DAMAGE[name][0])
    message = cat(path).stderr.decode()
    assert " at byte " in message, message
    assert int(message.rsplit(" at byte ", 1)[1].split()[0]) < max(len(DAMAGE[name][0]), 10**6 + 1)


def fine(content, rows, tmp_path, *options, form="rows", limit=None):
    path = tmp_path / "t.parquet"
    path.write_bytes(content)
    done = cat(path, *options, form=form, limit=limit)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode("utf-8", "surrogateescape") == rows


def test_13_rows_of_the_whole_are_not_believed(tmp_path):
    fine(parquet(A, [([ints()], 3)], rows=999), GOOD, tmp_path)


def test_16_a_chunk_without_values_is_never_read(tmp_path):
    fine(parquet(A, [([Chunk(INT32_T, ["a"], [], 0, says={9: i64(10**9)})], 0), ([ints()], 3)]), GOOD, tmp_path)


def test_11_pages_of_unknown_type_are_passed_over(tmp_path):
    unknown = struct_bytes({1: i32(9), 2: i32(5), 3: i32(5)}) + b"xxxxx"
    fine(second(paged(unknown, PAGE)), GOOD * 2, tmp_path)


def test_31_a_run_longer_than_needed_is_cut(tmp_path):
    fine(optional(data_page(int32s(1, 2, 3), 3, levels=v1_levels(run(1, 500, 1)))), GOOD, tmp_path)


def test_32_a_dictionary_of_one_entry_needs_no_bits(tmp_path):
    body = texts(dictionary_page(byte_arrays(b"x"), 1), data_page(b"\0", 2, encoding=DICT), dictionary=True)
    fine(body, '{"a":"x"}\n' * 2, tmp_path)


def test_37_deltas_wider_than_the_type_wrap(tmp_path):
    packed = b"\x80\1\4\2" + zigzag(-2**31) + zigzag(0) + b"\x21\0\0\0" + (2**32 - 1).to_bytes(5, "little") + b"\0" * 127
    fine(parquet(A, [([paged(data_page(packed, 2, encoding=DELTA), count=2)], 2)]),
         '{"a":-2147483648}\n{"a":2147483647}\n', tmp_path)


# The peak of a process counts what it was forked from, and this one is large by now: something small
# stands between.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


def measured(tmp_path, *words):
    """Run otsfs with its output counted -> (bytes, lines, peak in KiB)."""
    peak = tmp_path / "peak"
    command = [sys.executable, "-S", "-c", MEASURE, str(peak), OTSFS, *words]
    done = subprocess.Popen(command, stdout=subprocess.PIPE)
    printed = lines = 0
    while piece := done.stdout.read(1 << 20):
        printed += len(piece)
        lines += piece.count(b"\n")
    assert done.wait() == 0
    return printed, lines, int(peak.read_text())


@pytest.mark.parametrize("form", ["rows", "csv"])
def test_40_expansion_stays_in_memory(form, tmp_path):
    """Millions of nulls in a few bytes, and deltas of no bits."""
    count = 2_000_000
    nulls = data_page(b"", count, levels=v1_levels(run(0, count, 1)))
    deltas = data_page(b"\x80\1\4" + varint(count) + b"\0" + b"\0\0\0\0\0" * (count // 128 + 1), count, encoding=DELTA)
    schema = [root(2), leaf("a", INT32_T, OPTIONAL), leaf("b", INT32_T)]
    content = parquet(schema, [([paged(nulls, count=count), Chunk(INT32_T, ["b"], [deltas], count)], count)])
    path = tmp_path / "t.parquet"
    path.write_bytes(content)
    _, lines, peak_kib = measured(tmp_path, "cat", "--as", form, str(path))
    assert lines == count + (form == "csv")
    assert peak_kib < 100 * 1024


def numbers(values):
    """DELTA_BINARY_PACKED: blocks of four miniblocks of 32 values, 32 bits each; unused ones have no body."""
    out = b"\x80\1\4" + varint(len(values)) + zigzag(values[0])
    steps = [b - a for a, b in zip(values, values[1:])]
    for at in range(0, len(steps), 128):
        block = steps[at : at + 128]
        least = min(block)
        out += zigzag(least) + bytes([32] * 4)
        out += b"".join(packing.pack("<I", step - least) for step in block + [least] * (-len(block) % 32))
    return out


def test_40_front_coded_strings_stay_in_memory(tmp_path):
    """A value of 256 KiB, then each one all of the one before: 1.2 GiB written out."""
    count, size = 5000, 256 << 10
    body = numbers([0] + [size] * (count - 1)) + numbers([size] + [0] * (count - 1)) + b"x" * size
    path = tmp_path / "t.parquet"
    path.write_bytes(texts(data_page(body, count, encoding=DELTA_BYTES), count=count))
    printed, _, peak_kib = measured(tmp_path, "cat", "--memory", str(MEMORY), str(path))
    assert printed == count * (size + len('{"a":""}\n'))
    assert peak_kib < (MEMORY >> 10) + (64 << 10)


def test_42_a_page_index_that_lies_is_not_asked(tmp_path):
    fine(parquet(A, [([Chunk(INT32_T, ["a"], [PAGE], 3, outer={4: i64(10**12), 5: i32(-7), 6: i64(1), 7: i32(BIG)})], 3)]), GOOD, tmp_path)


def test_43_a_bloom_filter_that_lies_is_not_asked(tmp_path):
    fine(parquet(A, [([paged(PAGE, says={14: i64(-1), 15: i32(33)})], 3)]), GOOD, tmp_path)


def test_45_names_that_repeat_or_are_empty_or_no_text(tmp_path):
    schema = [root(5)] + [leaf(n, INT32_T) for n in (b"a", b"a", b"", b"\xff", b"a_1")]
    chunks = [Chunk(INT32_T, [n], [data_page(int32s(i), 1)], 1) for i, n in enumerate((b"a", b"a", b"", b"\xff", b"a_1"))]
    fine(parquet(schema, [(chunks, 1)]), '{"a":0,"a_2":1,"":2,"\ufffd":3,"a_1":4}\n', tmp_path)
    fine(parquet(schema, [(chunks, 1)]), 'a,a_2,"",\ufffd,a_1\n0,1,2,3,4\n', tmp_path, form="csv")


def test_46_text_that_is_not_utf8(tmp_path):
    body = texts(data_page(byte_arrays(b"\xff\xfe", b"a\0b"), 2))
    fine(body, '{"a":{"$str":"//4="}}\n{"a":"a\\u0000b"}\n', tmp_path)
    fine(body, "a\n\udcff\udcfe\na\0b\n", tmp_path, form="csv")


@pytest.mark.parametrize("more", [{"converted": 5, "scale": 9, "precision": 2}, {"converted": 5, "scale": -1, "precision": 2}, {"converted": 21}])
def test_47_annotations_that_cannot_be_are_dropped(more, tmp_path):
    schema = [root(1), leaf("a", FIXED_T, length=4, **more)]
    fine(parquet(schema, [([paged(data_page(b"abcdefgh", 2), count=2, kind=FIXED_T)], 2)]),
         '{"a":"YWJjZA=="}\n{"a":"ZWZnaA=="}\n', tmp_path)


def test_every_cut_of_a_file_is_refused(tmp_path):
    for length in range(12, len(BASE)):
        path = tmp_path / "t.parquet"
        path.write_bytes(BASE[:length])
        done = cat(path)
        assert done.returncode == 1 and done.stdout == b"", length


def test_each_flipped_byte_is_an_error_or_the_same_rows_or_other_values(tmp_path):
    """With a CRC, damage to a page's body never prints."""
    body = int32s(1, 2, 3)
    content = bytearray(parquet(A, [([paged(data_page(body, 3, crc=zlib.crc32(body)))], 3)]))
    at = bytes(content).index(body)
    path = tmp_path / "t.parquet"
    for i in range(at, at + len(body)):
        content[i] ^= 0x10
        path.write_bytes(content)
        done = cat(path)
        assert done.returncode == 1 and done.stdout == b"" and b"CRC" in done.stderr
        content[i] ^= 0x10


def test_columns_named_and_unknown(tmp_path):
    schema = [root(2), leaf("a", INT32_T), leaf("b", INT32_T)]
    content = parquet(schema, [([ints(), ints("b", (4, 5, 6))], 3)])
    fine(content, "".join('{"b":%d}\n' % n for n in (4, 5, 6)), tmp_path, "--columns", "b")
    fine(content, "a,b\n1,4\n2,5\n3,6\n", tmp_path, "--columns", "b,a", form="csv")
    done = cat(tmp_path / "t.parquet", "--columns", "c")
    assert done.returncode == 2 and b"no column 'c'" in done.stderr


def test_schema_tells_of_groups_and_chunks(tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(second(paged(PAGE)))
    told = json.loads(cat(path, form="schema").stdout)
    assert told["rows"] == 6 and told["created_by"] == "otsfs tests"
    assert [c["name"] for c in told["columns"]] == ["a"]
    assert [g["rows"] for g in told["row_groups"]] == [3, 3]
    chunk = told["row_groups"][0]["columns"][0]
    assert chunk["codec"] == "uncompressed" and chunk["encodings"] == ["PLAIN"]
    assert chunk["sizes"]["compressed"] == len(PAGE)


def test_a_file_without_columns(tmp_path):
    content = parquet([root(0)], [([], 2)])
    fine(content, "{}\n{}\n", tmp_path)
    path = tmp_path / "t.parquet"
    done = cat(path, form="csv")
    assert done.returncode == 1 and b"without columns" in done.stderr


def test_a_file_without_rows(tmp_path):
    fine(parquet(A, []), "", tmp_path)
    fine(parquet(A, []), "a\n", tmp_path, form="csv")
