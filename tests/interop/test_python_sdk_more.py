"""The official Python SDK: single updates and deletes, BatchGetRow, UpdateTable, filters."""

import itertools

import pytest
from tablestore import (
    INF_MAX,
    INF_MIN,
    BatchGetRowRequest,
    CapacityUnit,
    ComparatorType,
    CompositeColumnCondition,
    Condition,
    Direction,
    LogicalOperator,
    OTSClient,
    OTSServiceError,
    ReservedThroughput,
    Row,
    RowExistenceExpectation,
    SingleColumnCondition,
    TableInBatchGetRowItem,
    TableMeta,
    TableOptions,
)

from conftest import KEY_ID, KEY_SECRET

IGNORE = Condition(RowExistenceExpectation.IGNORE)
NUMBERS = itertools.count(1)
OLD_ENOUGH_S = 100 * 365 * 86400


class NoRetry:
    """Failures are what these tests look at."""

    def should_retry(self, *_):
        return False

    def get_retry_delay(self, *_):
        return 0


def client_of(service):
    return OTSClient(service.url, KEY_ID, KEY_SECRET, "local", retry_policy=NoRetry())


@pytest.fixture
def client(service):
    return client_of(service)


def make_table(client, **options):
    name = f"m{next(NUMBERS)}"
    options = {"max_version": 3, "max_time_deviation": OLD_ENOUGH_S, **options}
    client.create_table(
        TableMeta(name, [("p", "STRING"), ("n", "INTEGER")]),
        TableOptions(**options),
        ReservedThroughput(CapacityUnit(0, 0)),
    )
    return name


@pytest.fixture
def table(client):
    name = make_table(client)
    yield name
    client.delete_table(name)


def key(p, n=1):
    return [("p", p), ("n", n)]


def get(client, table, p, n=1, **keywords):
    keywords = {"max_version": 10, **keywords}
    _, row, _ = client.get_row(table, key(p, n), **keywords)
    return None if row is None else row.attribute_columns


def values(columns):
    return None if columns is None else {column[0]: column[1] for column in columns}


def refused(code, text, call, *arguments, **keywords):
    with pytest.raises(OTSServiceError) as caught:
        call(*arguments, **keywords)
    assert caught.value.get_error_code() == code
    assert text in caught.value.get_error_message()
    return caught.value


def single(name, value, comparator=ComparatorType.EQUAL, **keywords):
    return SingleColumnCondition(name, value, comparator, **keywords)


def composite(operator, *conditions):
    whole = CompositeColumnCondition(operator)
    for condition in conditions:
        whole.add_sub_condition(condition)
    return whole


def test_get_row_with_a_filter(client, table):
    client.put_row(table, Row(key("g"), [("a", 1, 10), ("a", 2, 20), ("b", "x", 10)]), IGNORE)
    assert values(get(client, table, "g", column_filter=single("b", "x"))) is not None
    assert get(client, table, "g", column_filter=single("b", "y")) is None
    assert get(client, table, "g", column_filter=single("a", 1)) is None
    assert get(client, table, "g", column_filter=single("a", 1, latest_version_only=False))
    # The filter sees the columns that the read selects.
    seen = single("b", "x", pass_if_missing=False)
    assert get(client, table, "g", columns_to_get=["a"], column_filter=seen) is None
    assert get(client, table, "g", columns_to_get=["a", "b"], column_filter=seen)


def test_limits_of_filters(client, table):
    many = [single(f"c{n}", n) for n in range(32)]
    error = refused(
        "OTSParameterInvalid", "The count of filter exceeds the max: 32.",
        get, client, table, "g", column_filter=composite(LogicalOperator.AND, *many),
    )
    assert error.get_http_status() == 400
    assert get(client, table, "g", column_filter=composite(LogicalOperator.AND, *many[:31])) is None
    refused(
        "OTSParameterInvalid", "Invalid NOT operator: the number of sub-filters must be 1.",
        get, client, table, "g", column_filter=composite(LogicalOperator.NOT, *many[:2]),
    )
    refused(
        "OTSParameterInvalid",
        "Invalid AND/OR operator: the number of sub-filters must be more than 1.",
        get, client, table, "g", column_filter=composite(LogicalOperator.OR, many[0]),
    )


def test_get_range_with_a_filter(client, table):
    for n in range(20):
        client.put_row(table, Row(key("r", n), [("n2", n % 4), ("even", n % 2 == 0)]), IGNORE)
    wanted = composite(
        LogicalOperator.OR, single("n2", 3), single("even", True)
    )
    for direction, start, end in (
        (Direction.FORWARD, INF_MIN, INF_MAX),
        (Direction.BACKWARD, INF_MAX, INF_MIN),
    ):
        found, next_key = [], key(start, start)
        while next_key is not None:
            _, next_key, rows, _ = client.get_range(
                table, direction, next_key, key(end, end), limit=4, column_filter=wanted,
                max_version=1,
            )
            assert len(rows) <= 4
            found += [row.primary_key[1][1] for row in rows]
        expected = [n for n in range(20) if n % 4 == 3 or n % 2 == 0]
        assert found == (expected if direction == Direction.FORWARD else expected[::-1])


def test_batch_get_row(client, table):
    other = make_table(client, max_version=1)
    for n in range(4):
        client.put_row(table, Row(key("b", n), [("a", n, 10), ("a", n + 100, 20), ("s", "x", 10)]), IGNORE)
    client.put_row(other, Row(key("o"), [("a", 1)]), IGNORE)
    request = BatchGetRowRequest()
    keys = [key("b", n) for n in (3, 0, 9, 3)] + [[("p", "b"), ("wrong", 1)]]
    request.add(TableInBatchGetRowItem(table, keys, columns_to_get=["a"], max_version=1))
    request.add(TableInBatchGetRowItem(other, [key("o")], max_version=5))
    result = client.batch_get_row(request)
    rows = result.get_result_by_table(table)
    assert [row.is_ok for row in rows] == [True] * 4 + [False]
    assert [row.row and row.row.attribute_columns for row in rows[:4]] == [
        [("a", 103, 20)], [("a", 100, 20)], None, [("a", 103, 20)]
    ]
    assert rows[2].consumed.read == 1
    assert rows[4].error_code == "OTSInvalidPK"
    assert rows[4].error_message == "Validate PK name fail. Input: wrong, Meta: n."
    assert len(result.get_result_by_table(other)) == 1
    client.delete_table(other)


def test_batch_get_row_with_filter_and_times(client, table):
    for n in range(4):
        client.put_row(table, Row(key("f", n), [("a", n, 10), ("a", n + 100, 20)]), IGNORE)
    keys = [key("f", n) for n in range(4)]

    def read(**keywords):
        request = BatchGetRowRequest()
        request.add(TableInBatchGetRowItem(table, keys, **keywords))
        return [
            row.row and [c[1] for c in row.row.attribute_columns]
            for row in client.batch_get_row(request).get_result_by_table(table)
        ]

    above = single("a", 102, ComparatorType.GREATER_EQUAL)
    assert read(max_version=2, column_filter=above) == [None, None, [102, 2], [103, 3]]
    assert read(time_range=(10, 11)) == [[0], [1], [2], [3]]
    refused("OTSParameterInvalid", "No version condition is specified while querying row.", read)


def test_limits_of_batch_get_row(client, table):
    request = BatchGetRowRequest()
    request.add(TableInBatchGetRowItem(table, [key("l", n) for n in range(100)], max_version=1))
    assert len(client.batch_get_row(request).get_result_by_table(table)) == 100
    request = BatchGetRowRequest()
    request.add(TableInBatchGetRowItem(table, [key("l", n) for n in range(101)], max_version=1))
    refused("OTSParameterInvalid", "Rows count exceeds the upper limit: 100.",
            client.batch_get_row, request)
    refused("OTSParameterInvalid", "No row specified in the request of BatchGetRow.",
            client.batch_get_row, BatchGetRowRequest())
    request = BatchGetRowRequest()
    request.add(TableInBatchGetRowItem("not_there", [key("l")], max_version=1))
    refused("OTSObjectNotExist", "Requested table does not exist.", client.batch_get_row, request)


def options(**given):
    """Only what is given goes into the request."""
    nothing = {"time_to_live": None, "max_version": None, "max_time_deviation": None}
    return TableOptions(**{**nothing, **given})


def test_update_table_changes_only_what_is_given(client):
    name = make_table(client)
    client.put_row(name, Row(key("v"), [("a", n, n) for n in (10, 20, 30)]), IGNORE)

    def told():
        o = client.describe_table(name).table_options
        return o.time_to_live, o.max_version, o.max_time_deviation, o.allow_update

    response = client.update_table(name, options(max_version=2))
    assert response.table_options.max_version == 2
    assert response.table_options.time_to_live == -1
    assert response.reserved_throughput_details.capacity_unit.read == 0
    assert told() == (-1, 2, OLD_ENOUGH_S, True)
    assert [c[2] for c in get(client, name, "v")] == [30, 20]
    client.update_table(name, options(time_to_live=86400))
    assert told() == (86400, 2, OLD_ENOUGH_S, True)
    assert get(client, name, "v") is None
    client.update_table(name, options(time_to_live=-1, max_time_deviation=86400))
    assert told() == (-1, 2, 86400, True)
    refused("OTSParameterInvalid", "deviation",
            client.put_row, name, Row(key("v"), [("a", 1, 1)]), IGNORE)
    client.update_table(name, reserved_throughput=ReservedThroughput(CapacityUnit(3, 4)))
    unit = client.describe_table(name).reserved_throughput_details.capacity_unit
    assert (unit.read, unit.write) == (3, 4)
    assert told() == (-1, 2, 86400, True)
    for wrong in ({"time_to_live": 86399}, {"max_version": 0}, {"max_time_deviation": 0}):
        refused("OTSParameterInvalid", "", client.update_table, name, options(**wrong))
    assert told() == (-1, 2, 86400, True)
    client.delete_table(name)
    refused("OTSObjectNotExist", "Requested table does not exist.",
            client.update_table, name, options(max_version=1))


def test_table_that_allows_no_updates(client):
    name = make_table(client)
    client.put_row(name, Row(key("u"), [("a", 1)]), IGNORE)
    client.update_table(name, options(allow_update=False))
    refused("OTSParameterInvalid", "does not allow updates",
            client.update_row, name, Row(key("u"), {"PUT": [("a", 2)]}), IGNORE)
    client.put_row(name, Row(key("u"), [("a", 3)]), IGNORE)
    client.update_table(name, options(allow_update=True))
    client.update_row(name, Row(key("u"), {"PUT": [("a", 4)]}), IGNORE)
    assert values(get(client, name, "u", max_version=1)) == {"a": 4}
    client.delete_table(name)


def test_updated_options_survive_a_killed_process(start_service, tmp_path):
    one = start_service("--dir", str(tmp_path / "rows"))
    name = make_table(client_of(one))
    client_of(one).update_table(
        name, options(max_version=7, allow_update=False), ReservedThroughput(CapacityUnit(1, 2))
    )
    one.kill()
    described = client_of(start_service("--dir", str(tmp_path / "rows"))).describe_table(name)
    assert described.table_options.max_version == 7
    assert described.table_options.allow_update is False
    assert described.reserved_throughput_details.capacity_unit.write == 2
