"""Small Parquet files written byte by byte, so that each byte can be wrong.

Values of Thrift's compact protocol are pairs (wire type, bytes); a struct is a dict by field number.
A file is a schema (leaves and groups), row groups of chunks, and a footer; every part takes what it
says of itself as an argument, and says the truth where nothing else was asked for.
"""

import struct as packing

I8, I16, I32, I64, DOUBLE, BINARY, LIST, STRUCT = 3, 4, 5, 6, 7, 8, 9, 12
BOOLEAN_T, INT32_T, INT64_T, INT96_T, FLOAT_T, DOUBLE_T, BYTES_T, FIXED_T = range(8)
REQUIRED, OPTIONAL, REPEATED = range(3)
PLAIN, DICT_OLD, RLE, BIT_PACKED, DELTA, DELTA_LENGTH, DELTA_BYTES, DICT, SPLIT = 0, 2, 3, 4, 5, 6, 7, 8, 9
NONE, SNAPPY, GZIP, LZO, BROTLI, LZ4, ZSTD, LZ4_RAW = range(8)
DATA, INDEX, DICTIONARY, DATA_V2 = range(4)


def varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out) + bytes([n])


def zigzag(n):
    return varint((n << 1) ^ (n >> 63) if n >= 0 else ((-n) << 1) - 1)


def i32(n):
    return (I32, zigzag(n))


def i64(n):
    return (I64, zigzag(n))


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return (BINARY, varint(len(value)) + value)


def boolean(value):
    return (1 if value else 2, b"")


def listed(element, items, count=None):
    count = len(items) if count is None else count
    head = bytes([count << 4 | element]) if count < 15 else bytes([0xF0 | element]) + varint(count)
    return (LIST, head + b"".join(items))


def struct_bytes(fields):
    out, last = bytearray(), 0
    for number, value in fields.items():
        if value is None:
            continue
        kind, body = value
        step = number - last
        if 0 < step < 16:
            out.append(step << 4 | kind)
        else:
            out.append(kind)
            out += zigzag(number)
        out += body
        last = number
    return bytes(out) + b"\0"


def struct(fields):
    return (STRUCT, struct_bytes(fields))


def leaf(name, kind, repetition=REQUIRED, length=None, converted=None, logical=None, scale=None,
         precision=None, children=None):
    number = lambda n: None if n is None else i32(n)
    return struct_bytes({1: number(kind), 2: number(length), 3: number(repetition), 4: text(name),
                         5: number(children), 6: number(converted), 7: number(scale),
                         8: number(precision), 10: logical})


def group(name, children, repetition=REQUIRED, converted=None, logical=None):
    return leaf(name, None, repetition, children=children, converted=converted, logical=logical)


def root(children):
    return struct_bytes({4: text("schema"), 5: i32(children)})


def page(kind, body, header=None, stored=None, size=None, compressed=None, crc=None):
    """A page: its header, then `stored` (what a codec made of `body`; else body itself)."""
    stored = body if stored is None else stored
    fields = {1: i32(kind), 2: i32(len(body) if size is None else size),
              3: i32(len(stored) if compressed is None else compressed),
              4: None if crc is None else i32(crc - (1 << 32) if crc >= 1 << 31 else crc)}
    if header is not None:
        fields[{DATA: 5, DICTIONARY: 7, DATA_V2: 8}[kind]] = struct(header)
    return struct_bytes(fields) + stored


def data_page(values, count, encoding=PLAIN, levels=b"", levels_encoding=RLE, **more):
    header = {1: i32(count), 2: i32(encoding), 3: i32(levels_encoding), 4: i32(levels_encoding)}
    return page(DATA, levels + values, header, **more)


def data_page_v2(values, count, nulls=0, rows=None, encoding=PLAIN, reps=b"", defs=b"",
                 def_bytes=None, rep_bytes=None, is_compressed=False, **more):
    header = {1: i32(count), 2: i32(nulls), 3: i32(count if rows is None else rows), 4: i32(encoding),
              5: i32(len(defs) if def_bytes is None else def_bytes),
              6: i32(len(reps) if rep_bytes is None else rep_bytes), 7: boolean(is_compressed)}
    return page(DATA_V2, reps + defs + values, header, **more)


def dictionary_page(values, count, encoding=PLAIN, **more):
    return page(DICTIONARY, values, {1: i32(count), 2: i32(encoding)}, **more)


def run(value, count, width):
    return varint(count << 1) + value.to_bytes((width + 7) // 8, "little")


def v1_levels(stream):
    return packing.pack("<I", len(stream)) + stream


def int32s(*values):
    return b"".join(packing.pack("<i", value) for value in values)


def byte_arrays(*values):
    return b"".join(packing.pack("<I", len(value)) + value for value in values)


class Chunk:
    """A column chunk; `says` are fields of its metadata, by number, in place of the truth."""

    def __init__(self, kind, path, pages, count, codec=NONE, dictionary=False, says=None, outer=None):
        self.kind, self.path, self.pages, self.count, self.codec = kind, path, pages, count, codec
        self.dictionary, self.says, self.outer = dictionary, says or {}, outer or {}

    def metadata(self, offset, size, first_page_bytes):
        fields = {1: i32(self.kind), 2: listed(I32, [zigzag(PLAIN)]),
                  3: listed(BINARY, [text(part)[1] for part in self.path]), 4: i32(self.codec),
                  5: i64(self.count), 6: i64(size), 7: i64(size),
                  9: i64(offset + (first_page_bytes if self.dictionary else 0)),
                  11: i64(offset) if self.dictionary else None}
        fields.update(self.says)
        fields = dict(sorted(fields.items()))
        outer = {2: i64(offset), 3: struct(fields)}
        outer.update(self.outer)
        return struct_bytes(dict(sorted(outer.items())))


def parquet(schema, groups, rows=None, footer=None, footer_length=None, magic=b"PAR1", tail=b""):
    """groups: lists of (chunks, row count); footer: fields in place of the truth."""
    out = bytearray(b"PAR1")
    written = []
    total = 0
    for chunks, row_count in groups:
        metadata = []
        for chunk in chunks:
            offset, body = len(out), b"".join(chunk.pages)
            metadata.append(chunk.metadata(offset, len(body), len(chunk.pages[0]) if chunk.pages else 0))
            out += body
        written.append(struct_bytes({1: listed(STRUCT, metadata), 2: i64(0), 3: i64(row_count)}))
        total += row_count
    fields = {1: i32(1), 2: listed(STRUCT, schema), 3: i64(total if rows is None else rows),
              4: listed(STRUCT, written), 6: text("otsfs tests")}
    fields.update(footer or {})
    metadata = struct_bytes(dict(sorted(fields.items()))) + tail
    length = len(metadata) if footer_length is None else footer_length
    return bytes(out) + metadata + packing.pack("<I", length & 0xFFFFFFFF) + magic
