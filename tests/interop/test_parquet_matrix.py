"""Parquet files of every type, encoding, codec, page version and kind of null, written by pyarrow and
DuckDB: the rows that `otsfs cat --as rows` prints are those that the writer itself reads back."""

import base64
import datetime
import decimal
import itertools
import json
import math
import os
import random
import subprocess
import uuid

import duckdb
import fastparquet
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

OTSFS = os.environ.get("OTSFS", "build/otsfs")
ROWS = 300
CODECS = ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]
FILES = set()


def cat(path, form="rows", *options):
    done = subprocess.run(
        [OTSFS, "cat", "--as", form, *options, str(path)], capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape")


class Number(str):
    """A number of JSON as it is written."""


def rows_of(path, *options):
    return [
        json.loads(line, parse_float=Number, parse_int=Number)
        for line in cat(path, "rows", *options).split("\n")[:-1]
    ]


# --- what the text of a value must be, worked out apart from otsfs


def fraction(units, digits):
    per_second = 10**digits
    seconds, rest = divmod(units, per_second)
    return seconds, f".{rest:0{digits}d}"


def clock(units, digits):
    seconds, rest = fraction(units, digits)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{rest}"


def day_text(days):
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=days)).isoformat()


DIGITS = {"s": 3, "ms": 3, "us": 6, "ns": 9}  # seconds are stored as milliseconds


def moment(units, unit, zone):
    digits = DIGITS[unit]
    units = units * 1000 if unit == "s" else units
    days, rest = divmod(units, 86400 * 10**digits)
    return f"{day_text(days)}T{clock(rest, digits)}{'Z' if zone else ''}"


def text_key(kind, scalar):
    value = expected(kind, scalar)
    return value if isinstance(value, str) else str(value)


def expected_time(kind, scalar):
    if pa.types.is_date(kind):
        return day_text(scalar.value)
    if pa.types.is_time(kind):
        factor = 1000 if kind.unit == "s" else 1
        return clock(scalar.value * factor, DIGITS[kind.unit])
    return moment(scalar.value, kind.unit, kind.tz)


def expected(kind, scalar):
    """The JSON of an Arrow scalar: numbers as Number, all else as it is."""
    if not scalar.is_valid or pa.types.is_null(kind):
        return None
    if pa.types.is_dictionary(kind):
        return expected(kind.value_type, scalar.as_py() and pa.scalar(scalar.as_py()))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [expected(kind.value_type, item) for item in scalar.values]
    if pa.types.is_struct(kind):
        return {field.name: expected(field.type, scalar[field.name]) for field in kind}
    if pa.types.is_map(kind):
        pairs = [(pair[0], pair[1]) for pair in map(lambda s: list(s.values()), scalar.values or [])]
        return {text_key(kind.key_type, k): expected(kind.item_type, v) for k, v in pairs}
    if pa.types.is_date(kind) or pa.types.is_time(kind) or pa.types.is_timestamp(kind):
        return expected_time(kind, scalar)
    value = scalar.as_py()
    if pa.types.is_boolean(kind):
        return value
    if pa.types.is_floating(kind):
        return float_text(kind, value)
    if pa.types.is_decimal(kind):
        return Number(format(value, "f"))
    if pa.types.is_integer(kind):
        return Number(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, uuid.UUID):
        return str(value)
    return value


def float_text(kind, value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return (kind, value)


def same(want, got):
    if isinstance(want, tuple):  # a float: the text must read back to the same bits
        kind, value = want
        if not isinstance(got, Number) or not (set(got) & set(".e")):
            return False
        back = pa.scalar(float(got), kind if kind != pa.float16() else pa.float32()).as_py()
        return back == value and math.copysign(1, back) == math.copysign(1, value)
    if isinstance(want, dict):
        return (
            isinstance(got, dict)
            and list(want) == list(got)
            and all(same(want[name], got[name]) for name in want)
        )
    if isinstance(want, list):
        return isinstance(got, list) and len(want) == len(got) and all(map(same, want, got))
    return type(want) is type(got) and want == got


def check(path, table):
    FILES.add(str(path))
    rows = rows_of(path)
    assert len(rows) == table.num_rows
    for name in table.column_names:
        column = table.column(name)
        for index, scalar in enumerate(column):
            want = expected(column.type, scalar)
            assert same(want, rows[index][name]), (name, index, want, rows[index][name])
    return rows


# --- values


def dice(name):
    return random.Random(f"otsfs {name}")


def some(values, how, rng):
    """With nulls, all nulls, or as they are."""
    if how == "nulls":
        return [None if rng.random() < 0.3 else value for value in values]
    if how == "runs":
        return [None if i // 70 % 2 else value for i, value in enumerate(values)]
    return [None] * len(values) if how == "empty" else values


def words(rng):
    return rng.choice(["", "a", "x,y", 'q"q', "li\nne", "é中🙂", "tab\t\\", "common" * 9]) + str(
        rng.randrange(50)
    )


def integers(bits, signed):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)

    def make(rng):
        return rng.choice([low, high, 0, rng.randint(low, high), rng.randint(0, 100)])

    return make


def floats(kind):
    def make(rng):
        value = rng.choice(
            [0.0, -0.0, 1.5, math.nan, math.inf, -math.inf, rng.random(), rng.randrange(10**6) / 100, 5e-7]
        )
        return pa.scalar(value, kind).as_py()

    return make


def days(rng):
    return datetime.date(1970, 1, 1) + datetime.timedelta(days=rng.randint(-200000, 300000))


def units(limit):
    return lambda rng: rng.choice([0, limit - 1, rng.randrange(limit)])


def decimals(precision, scale):
    return lambda rng: decimal.Decimal(
        rng.randint(-(10 ** rng.randint(1, precision)) + 1, 10**precision - 1)
    ).scaleb(-scale, decimal.Context(prec=90))


INT = "DELTA_BINARY_PACKED"
SPLIT = "BYTE_STREAM_SPLIT"
TEXT = ["DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]
stamp = integers(64, True)
small_stamp = lambda rng: rng.randint(-(10**12), 10**13)

FLAT = {
    "bool": (pa.bool_(), lambda rng: rng.random() < 0.5, ["RLE"]),
    **{
        f"{'' if signed else 'u'}int{bits}": (
            getattr(pa, f"{'' if signed else 'u'}int{bits}")(),
            integers(bits, signed),
            [INT, SPLIT],
        )
        for bits, signed in itertools.product([8, 16, 32, 64], [True, False])
    },
    "float16": (pa.float16(), floats(pa.float16()), [SPLIT]),
    "float32": (pa.float32(), floats(pa.float32()), [SPLIT]),
    "float64": (pa.float64(), floats(pa.float64()), [SPLIT]),
    "string": (pa.string(), words, TEXT),
    "large_string": (pa.large_string(), words, TEXT),
    "binary": (pa.binary(), lambda rng: rng.randbytes(rng.randrange(20)), TEXT),
    "fixed7": (pa.binary(7), lambda rng: rng.randbytes(7), [SPLIT, "DELTA_BYTE_ARRAY"]),
    "decimal9": (pa.decimal128(9, 2), decimals(9, 2), [SPLIT]),
    "decimal18": (pa.decimal128(18, 18), decimals(18, 18), [SPLIT]),
    "decimal38": (pa.decimal128(38, 10), decimals(38, 10), ["DELTA_BYTE_ARRAY"]),
    "decimal76": (pa.decimal256(76, 5), decimals(76, 5), [SPLIT]),
    "date": (pa.date32(), days, [INT]),
    "time_ms": (pa.time32("ms"), units(86400 * 10**3), [INT]),
    "time_us": (pa.time64("us"), units(86400 * 10**6), [INT]),
    "time_ns": (pa.time64("ns"), units(86400 * 10**9), [SPLIT]),
    "stamp_s": (pa.timestamp("s"), lambda rng: rng.randint(-(10**9), 10**10), [INT]),
    "stamp_ms": (pa.timestamp("ms", "UTC"), small_stamp, [INT]),
    "stamp_us": (pa.timestamp("us"), small_stamp, [SPLIT]),
    "stamp_us_utc": (pa.timestamp("us", "UTC"), small_stamp, [INT]),
    "stamp_ns": (pa.timestamp("ns"), stamp, [INT]),
    "null": (pa.null(), lambda rng: None, []),
}
HOWS = ["required", "optional", "nulls", "runs", "empty"]


def write(path, table, codec, version, encoding, page_bytes, **more):
    use = {"use_dictionary": encoding == "dictionary"}
    if encoding not in ("dictionary", "PLAIN"):
        use["column_encoding"] = encoding
    pq.write_table(
        table,
        path,
        compression=codec,
        data_page_version=version,
        data_page_size=page_bytes,
        row_group_size=more.pop("row_group_size", 170),
        write_batch_size=32,
        write_page_checksum=more.pop("write_page_checksum", True),
        **use,
        **more,
    )


def variants(encodings):
    """Every encoding, nullness and page version, with codecs and page sizes in turn."""
    turn = itertools.cycle(itertools.product([200, 1 << 20], CODECS))
    for encoding, how, version in itertools.product(
        ["PLAIN", "dictionary", *encodings], HOWS, ["1.0", "2.0"]
    ):
        page_bytes, codec = next(turn)
        yield encoding, how, version, codec, page_bytes


@pytest.mark.parametrize("name", list(FLAT))
def test_flat(name, tmp_path):
    kind, make, encodings = FLAT[name]
    for encoding, how, version, codec, page_bytes in variants(encodings):
        if name == "null" and how == "required":
            continue
        rng = dice(f"{name} {encoding} {how}")
        values = some([make(rng) for _ in range(ROWS)], how, rng)
        field = pa.field("c", kind, nullable=how != "required")
        table = pa.table([pa.array(values, kind)], schema=pa.schema([field]))
        path = tmp_path / f"{encoding}-{how}-{version}-{codec}-{page_bytes}.parquet"
        try:
            write(path, table, codec, version, encoding, page_bytes)
        except (OSError, pa.ArrowNotImplementedError):
            continue  # this writer does not have that encoding of that type
        stored = pq.read_table(path)
        rows = check(path, stored)
        if how == "nulls":
            check_csv(path, rows)


def check_csv(path, rows):
    """CSV says the same as JSON: each field is the value's text, quoted where it must be."""
    want = ["c\n"]
    for row in rows:
        value = row["c"]
        text = {None: "", True: "true", False: "false"}.get(value) if not isinstance(value, str) else value
        if value is not None and (text == "" or set(text) & set('",\r\n')):
            text = '"' + text.replace('"', '""') + '"'
        want.append(text + "\n")
    assert cat(path, "csv") == "".join(want)


def listed(make, rng, depth=1, most=4):
    if rng.random() < 0.15:
        return None
    if depth == 0:
        return make(rng)
    return [listed(make, rng, depth - 1, most) for _ in range(rng.randrange(most))]


def number(rng):
    return rng.randrange(1000)


def record(rng):
    return {"x": listed(number, rng, 0), "y": listed(words, rng, 0)}


NESTED = {
    "list_int": (pa.list_(pa.int64()), lambda rng: listed(number, rng)),
    "list_text": (pa.list_(pa.string()), lambda rng: listed(words, rng)),
    "large_list": (pa.large_list(pa.float64()), lambda rng: listed(lambda r: r.random(), rng)),
    "list_list": (pa.list_(pa.list_(pa.int32())), lambda rng: listed(number, rng, 2)),
    "list3": (pa.list_(pa.list_(pa.list_(pa.string()))), lambda rng: listed(words, rng, 3)),
    "struct": (pa.struct([("x", pa.int32()), ("y", pa.string())]), lambda rng: listed(record, rng, 0)),
    "list_struct": (
        pa.list_(pa.struct([("x", pa.int32()), ("y", pa.string())])),
        lambda rng: listed(record, rng),
    ),
    "struct_list": (
        pa.struct([("l", pa.list_(pa.int32())), ("k", pa.int8())]),
        lambda rng: None if rng.random() < 0.2 else {"l": listed(number, rng), "k": rng.randrange(9)},
    ),
    "deep": (
        pa.list_(pa.struct([("l", pa.list_(pa.struct([("x", pa.int32()), ("y", pa.string())]))), ("n", pa.bool_())])),
        lambda rng: listed(lambda r: {"l": listed(record, r), "n": r.random() < 0.5}, rng),
    ),
    "map": (
        pa.map_(pa.string(), pa.int32()),
        lambda rng: None
        if rng.random() < 0.2
        else [(f"k{i}", listed(number, rng, 0)) for i in range(rng.randrange(4))],
    ),
    "map_int": (
        pa.map_(pa.int64(), pa.list_(pa.string())),
        lambda rng: [(i, listed(words, rng)) for i in range(rng.randrange(4))],
    ),
    "list_map": (
        pa.list_(pa.map_(pa.string(), pa.string())),
        lambda rng: listed(lambda r: [(f"k{i}", words(r)) for i in range(r.randrange(3))], rng),
    ),
}


@pytest.mark.parametrize("name", list(NESTED))
def test_nested(name, tmp_path):
    kind, make = NESTED[name]
    turn = itertools.cycle(CODECS)
    for encoding, version, page_bytes in itertools.product(
        ["PLAIN", "dictionary"], ["1.0", "2.0"], [64, 1 << 20]
    ):
        rng = dice(f"{name} {encoding}")
        table = pa.table({"c": pa.array([make(rng) for _ in range(ROWS)], kind), "n": list(range(ROWS))})
        path = tmp_path / f"{encoding}-{version}-{page_bytes}.parquet"
        write(path, table, next(turn), version, encoding, page_bytes)
        check(path, pq.read_table(path))


def test_legacy_shapes(tmp_path):
    """Lists of two levels, and INT96, as older writers have them."""
    rng = dice("legacy")
    lists = pa.array([listed(number, rng) for _ in range(ROWS)], pa.list_(pa.int32()))
    stamps = pa.array([rng.randint(-(10**17), 10**18) for _ in range(ROWS)], pa.timestamp("ns"))
    path = tmp_path / "legacy.parquet"
    table = pa.table({"l": lists, "t": stamps})
    pq.write_table(table, path, use_compliant_nested_type=False, use_deprecated_int96_timestamps=True)
    FILES.add(str(path))
    rows = rows_of(path)
    for index, row in enumerate(rows):
        assert same(expected(lists.type, lists[index]), row["l"])
        assert row["t"] == moment(stamps[index].value, "ns", None)


def test_decimals_in_integers(tmp_path):
    rng = dice("decimals")
    for precision, codec in itertools.product([4, 9, 12, 18], CODECS):
        values = [decimals(precision, 2)(rng) for _ in range(ROWS)]
        table = pa.table({"c": pa.array(values, pa.decimal128(precision, 2))})
        path = tmp_path / f"{precision}-{codec}.parquet"
        pq.write_table(table, path, compression=codec, store_decimal_as_integer=True)
        check(path, pq.read_table(path))


DUCKDB = {
    "bool": "i % 3 = 0",
    "tiny": "(i % 200 - 100)::TINYINT",
    "small": "(i * 37 % 60000 - 30000)::SMALLINT",
    "int": "(hash(i) % 4000000000)::BIGINT - 2000000000",
    "big": "(hash(i) // 2)::BIGINT",
    "ubig": "hash(i)::UBIGINT",
    "float": "(i / 7)::FLOAT",
    "double": "(i / 7)::DOUBLE",
    "text": "'row ' || i || CASE WHEN i % 5 = 0 THEN '\"é' ELSE '' END",
    "few": "['new', 'paid', 'done'][i % 3 + 1]",
    "blob": "encode('b' || i)",
    "date": "DATE '1960-01-01' + (i * 13)::INTEGER",
    "time": "TIME '00:00:00' + INTERVAL (i) SECOND",
    "stamp": "TIMESTAMP '1969-12-31 23:00:00' + INTERVAL (i * 61) SECOND",
    "stamptz": "TIMESTAMPTZ '2020-01-01 00:00:00+00' + INTERVAL (i) HOUR",
    "decimal": "(i * 1.01)::DECIMAL(12, 2)",
    "huge_decimal": "(i * 1.01)::DECIMAL(38, 4)",
    "uuid": "md5(i::VARCHAR)::UUID",
    "list": "[i, i + 1, NULL]",
    "struct": "{'a': i, 'b': 'x' || i}",
    "map": "MAP {'k' || i: i}",
}


@pytest.mark.parametrize("name", list(DUCKDB))
def test_duckdb(name, tmp_path):
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    for codec, version in itertools.product(
        ["uncompressed", "snappy", "gzip", "zstd", "lz4_raw"], ["V1", "V2"]
    ):
        path = tmp_path / f"{codec}-{version}.parquet"
        con.execute(
            f"COPY (SELECT CASE WHEN i % 7 = 3 THEN NULL ELSE {DUCKDB[name]} END AS c, i AS n "
            f"FROM range({ROWS * 10}) t(i)) TO '{path}' "
            f"(FORMAT parquet, CODEC {codec}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)"
        )
        table = con.execute(f"SELECT * FROM '{path}'").to_arrow_table()
        FILES.add(str(path))
        rows = rows_of(path)
        assert len(rows) == table.num_rows
        for index, scalar in enumerate(table.column("c")):
            want = expected(table.column("c").type, scalar)
            if name == "uuid" and want is not None:
                want = str(uuid.UUID(scalar.as_py())) if isinstance(scalar.as_py(), str) else want
            assert same(want, rows[index]["c"]), (index, want, rows[index]["c"])


def frame_values(rng):
    """Columns that the other writers take as they are."""
    count = ROWS * 4
    return {
        "i": [None if i % 7 == 3 else rng.randint(-(2**62), 2**62) for i in range(count)],
        "f": [None if i % 11 == 0 else rng.random() for i in range(count)],
        "s": [None if i % 5 == 2 else words(rng) for i in range(count)],
        "few": [["new", "paid", "done"][i % 3] for i in range(count)],
        "b": [rng.random() < 0.5 for _ in range(count)],
    }


@pytest.mark.parametrize("codec", ["uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4"])
def test_polars(codec, tmp_path):
    rng = dice(f"polars {codec}")
    columns = frame_values(rng)
    count = len(columns["i"])
    columns["l"] = [listed(number, rng) for _ in range(count)]
    columns["st"] = [record(rng) for _ in range(count)]
    columns["ll"] = [listed(number, rng, 2) for _ in range(count)]
    columns["d"] = [None if i % 9 == 0 else days(rng) for i in range(count)]
    columns["dt"] = [datetime.datetime(2020, 1, 1) + datetime.timedelta(seconds=i * 61) for i in range(count)]
    frame = polars.DataFrame(columns, strict=False).with_columns(
        polars.col("i").cast(polars.Int32, strict=False).alias("i32"),
        polars.col("few").cast(polars.Categorical).alias("cat"),
        polars.col("s").cast(polars.Binary).alias("bin"),
        polars.col("f").cast(polars.Decimal(20, 6)).alias("dec"),
    )
    for page_bytes, group_rows in itertools.product([200, None], [None, 333]):
        path = tmp_path / f"{codec}-{page_bytes}-{group_rows}.parquet"
        frame.write_parquet(path, compression=codec, data_page_size=page_bytes, row_group_size=group_rows)
        check(path, polars.read_parquet(path).to_arrow())


@pytest.mark.parametrize("codec", ["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4", "BROTLI"])
def test_fastparquet(codec, tmp_path):
    frame = pandas.DataFrame(frame_values(dice(f"fastparquet {codec}")))
    frame["dt"] = pandas.Timestamp("2001-02-03 04:05:06") + pandas.to_timedelta(range(len(frame)), "s")
    for offsets, times in itertools.product([[0], [0, 500, 900]], ["int64", "int96"]):
        path = tmp_path / f"{codec}-{len(offsets)}-{times}.parquet"
        fastparquet.write(path, frame, compression=codec, row_group_offsets=offsets, times=times)
        FILES.add(str(path))
        back = fastparquet.ParquetFile(path).to_pandas()
        rows = rows_of(path)
        assert len(rows) == len(back)
        for index, row in enumerate(rows):
            for name in ["s", "few"]:
                want = back[name][index]
                assert row[name] == (None if want is None or pandas.isna(want) else want), (index, name)
            assert row["b"] == bool(back["b"][index])
            assert row["f"] is None if pandas.isna(back["f"][index]) else float(row["f"]) == back["f"][index]
            assert row["dt"][:19] == back["dt"][index].isoformat()[:19]


def test_the_same_bytes_however_many_work(tmp_path):
    rng = dice("workers")
    table = pa.table({"a": list(range(200000)), "b": [words(rng) for _ in range(200000)]})
    path = tmp_path / "t.parquet"
    pq.write_table(table, path, row_group_size=7000, compression="zstd")
    for form in ["rows", "csv"]:
        one = subprocess.run(
            ["taskset", "-c", "0", OTSFS, "cat", "--as", form, str(path)], capture_output=True
        ).stdout
        assert one == cat(path, form).encode()
        assert one.count(b"\n") >= 200000


def test_there_were_enough_files():
    assert len(FILES) >= 400, len(FILES)
