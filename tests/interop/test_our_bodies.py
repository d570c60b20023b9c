"""What our client sends, decoded by the official Python SDK's protobuf messages and PlainBuffer.

The SDK's decoder cannot read cell operations, INF bounds and placeholders; of those bodies the
protobuf part is read here, the rest by the Java SDK's decoder.
"""

import pytest
from tablestore.plainbuffer.plain_buffer_coded_stream import PlainBufferCodedInputStream
from tablestore.plainbuffer.plain_buffer_stream import PlainBufferInputStream
from tablestore.protobuf import table_store_filter_pb2 as filters
from tablestore.protobuf import table_store_pb2 as wire

from our_bodies import CALLS, FILTER, record
from our_client import python

REQUESTS = {
    "/PutRow": wire.PutRowRequest,
    "/UpdateRow": wire.UpdateRowRequest,
    "/DeleteRow": wire.DeleteRowRequest,
    "/BatchWriteRow": wire.BatchWriteRowRequest,
    "/GetRow": wire.GetRowRequest,
    "/BatchGetRow": wire.BatchGetRowRequest,
    "/GetRange": wire.GetRangeRequest,
}
SINGLE = {"PUT": ("/PutRow", "row"), "UPDATE": ("/UpdateRow", "row_change"),
          "DELETE": ("/DeleteRow", "primary_key")}
EXISTENCE = {"ANY": wire.IGNORE, "MUST_EXIST": wire.EXPECT_EXIST,
             "MUST_NOT_EXIST": wire.EXPECT_NOT_EXIST}
RETURN = {"NOTHING": wire.RT_NONE, "KEY": wire.RT_PK, "MODIFIED": wire.RT_AFTER_MODIFY}
OPERATION = {"PUT": wire.PUT, "UPDATE": wire.UPDATE, "DELETE": wire.DELETE}


@pytest.fixture(scope="module")
def bodies():
    return record()


def message_of(path, body):
    """The message; whoever packs it anew gets the same bytes, so nothing in it is left unread."""
    message = REQUESTS[path]()
    message.ParseFromString(body)
    assert message.IsInitialized()
    assert message.SerializeToString() == body
    return message


def read_row(bytes_):
    stream = PlainBufferCodedInputStream(PlainBufferInputStream(bytes_))
    return stream.read_row()


def python_key(key):
    return [(name, python(one)) for name, one in key]


def readable(row):
    """Whether the SDK's decoder knows all that is in a row."""
    return all(one[0] != "AUTO" for _, one in row["key"]) and all(
        cell.get("op", "put") == "put" for cell in row.get("cells", [])
    )


def check_row(bytes_, row):
    if not readable(row):
        return False
    key, columns = read_row(bytes_)
    assert key == python_key(row["key"])
    expected = [
        (cell["name"], python(cell["value"]), int(cell["version"]) if "version" in cell else None)
        for cell in row.get("cells", [])
    ]
    got = [(c[0], c[1], c[2] if len(c) > 2 else None) for c in columns]
    assert [(n, v, type(v)) for n, v, _ in got] == [(n, v, type(v)) for n, v, _ in expected]
    for (_, _, version), (_, _, told) in zip(got, expected):
        assert told is None or version == told
    return True


COMPARATORS = {"EQUAL": filters.CT_EQUAL, "LESS": filters.CT_LESS_THAN,
               "GREATER_OR_EQUAL": filters.CT_GREATER_EQUAL}


def check_filter(bytes_, expected):
    whole = filters.Filter()
    whole.ParseFromString(bytes_)
    assert whole.SerializeToString() == bytes_
    if "page" in expected:
        page = filters.ColumnPaginationFilter()
        page.ParseFromString(whole.filter)
        assert whole.type == filters.FT_COLUMN_PAGINATION
        assert [page.offset, page.limit] == expected["page"]
        return
    if "compare" in expected:
        single = filters.SingleColumnValueFilter()
        single.ParseFromString(whole.filter)
        assert whole.type == filters.FT_SINGLE_COLUMN_VALUE
        assert single.comparator == COMPARATORS[expected["compare"]]
        assert single.column_name == expected["column"]
        assert single.filter_if_missing is not expected.get("pass_if_missing", False)
        assert single.latest_version_only is not expected.get("any_version", False)
        kinds = {"INTEGER": 0, "DOUBLE": 1, "STRING": 3}
        assert single.column_value[0] == kinds[expected["value"][0]]
        return
    composite = filters.CompositeColumnValueFilter()
    composite.ParseFromString(whole.filter)
    assert whole.type == filters.FT_COMPOSITE_COLUMN_VALUE
    combinators = {"not": filters.LO_NOT, "and": filters.LO_AND, "or": filters.LO_OR}
    (word, parts), = expected.items()
    assert composite.combinator == combinators[word]
    assert len(composite.sub_filters) == len(parts)
    for sub, part in zip(composite.sub_filters, parts):
        check_filter(sub.SerializeToString(), part)


def check_terms(message, change):
    assert message.HasField("condition")
    assert message.condition.row_existence == EXISTENCE[change.get("existence", "ANY")]
    assert message.condition.HasField("column_condition") == ("condition" in change)
    if "condition" in change:
        check_filter(message.condition.column_condition, change["condition"])
    assert message.HasField("return_content") == ("returns" in change)
    if "returns" in change:
        assert message.return_content.return_type == RETURN[change["returns"]]
        names = list(message.return_content.return_column_names)
        assert names == change.get("return_columns", [])


def of(bodies, *calls):
    found = [(call, path, body) for call, path, body in bodies if call["call"] in calls]
    assert found
    return found


def test_single_writes(bodies):
    read = 0
    for call, path, body in of(bodies, "write_row"):
        expected_path, field = SINGLE[call["op"]]
        assert path == expected_path
        message = message_of(path, body)
        assert message.table_name == "t1"
        check_terms(message, call)
        read += check_row(getattr(message, field), call)
    assert read == 6


def test_batches_of_writes(bodies):
    read = 0
    for call, path, body in of(bodies, "batch_write", "batch_change"):
        message = message_of(path, body)
        (table,) = message.tables
        assert table.table_name == "t1"
        assert len(table.rows) == len(call["rows"])
        for row, change in zip(table.rows, call["rows"]):
            assert row.type == OPERATION[change["op"]]
            check_terms(row, change)
            read += check_row(row.row_change, change)
    assert read == 5


def check_selection(message, call):
    assert list(message.columns_to_get) == call.get("columns", [])
    assert message.HasField("max_versions") == ("max_versions" in call)
    assert message.max_versions == call.get("max_versions", 0)
    assert message.HasField("time_range") == ("times" in call)
    if "times" in call:
        assert [message.time_range.start_time, message.time_range.end_time] == call["times"]
    assert message.HasField("filter") == ("filter" in call)
    if "filter" in call:
        check_filter(message.filter, call["filter"])
    assert message.start_column == call.get("start_column", "")
    assert message.end_column == call.get("end_column", "")


def test_reads_of_rows(bodies):
    for call, path, body in of(bodies, "get_row"):
        message = message_of(path, body)
        check_selection(message, call)
        assert check_row(message.primary_key, {"key": call["key"]})
    for call, path, body in of(bodies, "batch_get"):
        (table,) = message_of(path, body).tables
        check_selection(table, call)
        for bytes_, key in zip(table.primary_key, call["keys"], strict=True):
            assert check_row(bytes_, {"key": key})


def test_ranges(bodies):
    for call, path, body in of(bodies, "get_range"):
        message = message_of(path, body)
        check_selection(message, call)
        backward = call.get("backward", False)
        assert message.direction == (wire.BACKWARD if backward else wire.FORWARD)
        assert message.HasField("limit") == ("limit" in call)
        assert message.limit == call.get("limit", 0)
        if "start" in call:
            assert check_row(message.inclusive_start_primary_key, {"key": call["start"]["prefix"]})
        else:
            # Each column is `name`, one byte of value and its checksum: INF_MIN or INF_MAX.
            kind = b"\x05\x01\x00\x00\x00" + (b"\x0a" if backward else b"\x09")
            assert message.inclusive_start_primary_key.count(kind) == 3
        with pytest.raises(Exception):  # so that it is noticed when the SDK learns to
            read_row(message.exclusive_end_primary_key)


def test_the_filter_of_these_tests_has_every_part():
    assert set(FILTER) == {"and"} and len(CALLS) >= 16
