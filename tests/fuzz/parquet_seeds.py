"""Writes the first corpus of the Parquet targets: parquet_seeds.py FOLDER. Damaged files of the
integration tests, sound ones by pyarrow (of the interop tests' environment), and their parts."""

import pathlib
import random
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

import pyarrow as pa
import pyarrow.parquet as pq

import parquet_file as made
from test_parquet_hostile import BASE, DAMAGE

corpus = pathlib.Path(sys.argv[1])


def put(target, name, content):
    folder = corpus / target
    folder.mkdir(parents=True, exist_ok=True)
    if len(content) <= 4096:
        (folder / name).write_bytes(content)


for name, (content, _, _) in DAMAGE.items():
    put("parquet_file", name, content)
put("parquet_file", "sound", BASE)

rng = random.Random(1)
n = 40
table = {
    "i": pa.array([None if i % 5 == 0 else i * i for i in range(n)], pa.int32()),
    "l": pa.array([rng.randrange(10**15) for _ in range(n)], pa.int64()),
    "d": pa.array([rng.random() for _ in range(n)]),
    "s": pa.array([f"row {i // 3}" for i in range(n)]),
    "b": pa.array([i % 3 == 0 for i in range(n)]),
    "x": pa.array([rng.randbytes(5) for _ in range(n)], pa.binary(5)),
    "li": pa.array([[j for j in range(i % 4)] if i % 5 else None for i in range(n)], pa.list_(pa.int16())),
    "ls": pa.array([[{"a": i, "b": [str(i)]}] * (i % 3) for i in range(n)]),
    "m": pa.array([[(str(i), i)] * (i % 2) for i in range(n)], pa.map_(pa.string(), pa.int8())),
    "st": pa.array([None if i % 4 == 0 else {"a": i, "b": None} for i in range(n)], pa.struct([("a", pa.int8()), ("b", pa.string())])),
    "t": pa.array([i * 10**9 for i in range(n)], pa.timestamp("us", "UTC")),
    "h": pa.array([i / 4 for i in range(n)], pa.float16()),
    "de": pa.array([None if i % 2 else i for i in range(n)], pa.int32()).cast(pa.decimal128(12, 2)),
}
encodings = {
    "i": "DELTA_BINARY_PACKED", "l": "BYTE_STREAM_SPLIT", "d": "BYTE_STREAM_SPLIT", "s": "DELTA_BYTE_ARRAY",
    "b": "RLE", "x": "BYTE_STREAM_SPLIT", "t": "DELTA_BINARY_PACKED",
}
codecs = ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]
for index, (name, column) in enumerate(table.items()):
    for version in ["1.0", "2.0"]:
        for coded in [True, False]:
            more = {"use_dictionary": True} if coded else {"use_dictionary": False}
            if not coded and name in encodings:
                more["column_encoding"] = encodings[name]
            path = corpus / "t.parquet"
            pq.write_table(pa.table({"c": column}), path, compression=codecs[(index + coded) % 6], store_schema=False,
                           data_page_version=version, data_page_size=64, write_batch_size=8, **more)
            content = path.read_bytes()
            path.unlink()
            put("parquet_file", f"{name}-{version}-{'dictionary' if coded else 'plain'}", content)
            length = int.from_bytes(content[-8:-4], "little")
            if version == "1.0":
                put("parquet_meta", f"footer-{name}-{coded:d}", b"\0" + content[-8 - length : -8])
                put("parquet_meta", f"page-{name}-{coded:d}", b"\1" + content[4:60])

deltas = b"\x80\1\4\x08\x0e\3\2\0\0\0\xc0\x3f\0\0\0\0\0\0"
bodies = {
    "plain-int32": (1, 0, bytes(range(40)), 10),
    "plain-bytes": (6, 0, made.byte_arrays(b"a", b"", b"long one"), 3),
    "plain-bits": (0, 0, b"\xa5\x5a", 16),
    "rle-bits": (0, 3, made.v1_levels(made.run(1, 9, 1)), 9),
    "indices": (6, 8, b"\3" + b"\3\x88\xc6\xfa", 8),
    "deltas": (1, 5, deltas, 8),
    "deltas-64": (2, 5, deltas, 8),
    "lengths": (6, 6, b"\x80\1\4\4\x0a\0\1\0\0\0\2\0\0\0HelloWorldFoobarABCDEF", 4),
    "front-coded": (6, 7, b"\x80\1\4\4\0\3\3\0\0\0\x44\1" + b"\0" * 10 + b"\x80\1\4\4\x08\3\3\0\0\0\x70\0" + b"\0" * 10 + b"axislebabbleyhood", 4),
    "split": (4, 9, b"\0\0\0\0\0\0\x80\0\0\x3f\x40\xbf", 3),
}
for name, (kind, encoding, body, count) in bodies.items():
    put("parquet_values", name, bytes([kind, encoding, 3, count, 0, 8]) + body)
