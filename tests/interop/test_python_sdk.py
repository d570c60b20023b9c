"""The official Python SDK against the local service: it checks MD5, date and signature of replies."""

import concurrent.futures
import itertools
import json
import os
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from tablestore import (
    INF_MAX,
    INF_MIN,
    PK_AUTO_INCR,
    BatchWriteRowRequest,
    CapacityUnit,
    Condition,
    DeleteRowItem,
    Direction,
    OTSClient,
    OTSServiceError,
    PutRowItem,
    ReservedThroughput,
    ReturnType,
    Row,
    RowExistenceExpectation,
    TableInBatchWriteRowItem,
    TableMeta,
    TableOptions,
    UpdateRowItem,
)

from conftest import KEY_ID, KEY_SECRET, OTSFS

IGNORE = Condition(RowExistenceExpectation.IGNORE)
NUMBERS = itertools.count(1)
OLD_ENOUGH_S = 100 * 365 * 86400


class NoRetry:
    """Failures are what these tests look at."""

    def should_retry(self, *_):
        return False

    def get_retry_delay(self, *_):
        return 0


def client_of(service, key_id=KEY_ID, secret=KEY_SECRET, instance="local"):
    return OTSClient(service.url, key_id, secret, instance, retry_policy=NoRetry())


@pytest.fixture
def client(service):
    return client_of(service)


def make_table(client, key, **options):
    name = f"t{next(NUMBERS)}"
    options = {"max_version": 3, "max_time_deviation": OLD_ENOUGH_S, **options}
    client.create_table(
        TableMeta(name, key), TableOptions(**options), ReservedThroughput(CapacityUnit(0, 0))
    )
    return name


@pytest.fixture
def table(client):
    name = make_table(client, [("p", "STRING"), ("n", "INTEGER")])
    yield name
    client.delete_table(name)


def refused(code, text, call, *arguments, **keywords):
    with pytest.raises(OTSServiceError) as caught:
        call(*arguments, **keywords)
    assert caught.value.get_error_code() == code
    assert text in caught.value.get_error_message()
    return caught.value


def key(p, n=1):
    return [("p", p), ("n", n)]


def get(client, table, p, n=1, **keywords):
    _, row, _ = client.get_row(table, key(p, n), max_version=10, **keywords)
    return None if row is None else row.attribute_columns


def batch(client, table, *items):
    request = BatchWriteRowRequest()
    request.add(TableInBatchWriteRowItem(table, list(items)))
    response = client.batch_write_row(request)
    rows = (
        response.get_put_by_table(table)
        + response.get_update_by_table(table)
        + response.get_delete_by_table(table)
    )
    return sorted(rows, key=lambda row: row.index)


def read_range(client, table, start, end, direction=Direction.FORWARD, limit=None):
    keys, pages, next_key = [], 0, start
    while next_key is not None:
        _, next_key, rows, _ = client.get_range(
            table, direction, next_key, end, limit=limit, max_version=1
        )
        keys += [tuple(value for _, value in row.primary_key) for row in rows]
        pages += 1
    return keys, pages


def test_table_is_made_listed_described_and_dropped(client):
    name = make_table(
        client, [("a", "STRING"), ("b", "INTEGER"), ("c", "BINARY")], max_version=7
    )
    assert name in client.list_table()
    described = client.describe_table(name)
    assert described.table_meta.schema_of_primary_key == [
        ("a", "STRING"),
        ("b", "INTEGER"),
        ("c", "BINARY"),
    ]
    assert described.table_options.max_version == 7
    assert described.table_options.time_to_live == -1
    assert described.table_options.max_time_deviation == OLD_ENOUGH_S
    client.delete_table(name)
    assert name not in client.list_table()
    error = refused("OTSObjectNotExist", "does not exist", client.describe_table, name)
    assert error.get_http_status() == 404
    assert error.get_request_id()


def test_table_that_exists_is_a_conflict(client, table):
    error = refused(
        "OTSObjectAlreadyExist",
        "Requested table already exists.",
        client.create_table,
        TableMeta(table, [("p", "STRING")]),
        TableOptions(),
        ReservedThroughput(CapacityUnit(0, 0)),
    )
    assert error.get_http_status() == 409


def test_bad_tables_are_refused(client):
    def create(name, schema, **options):
        client.create_table(
            TableMeta(name, schema),
            TableOptions(**options),
            ReservedThroughput(CapacityUnit(0, 0)),
        )

    one = [("p", "STRING")]
    refused("OTSParameterInvalid", "Invalid table name: '1t'.", create, "1t", one)
    refused("OTSParameterInvalid", "Invalid table name", create, "x" * 256, one)
    refused("OTSParameterInvalid", "in range: [1, 4].", create, "five",
            [(f"k{i}", "STRING") for i in range(5)])
    refused("OTSParameterInvalid", "in range: [1, 4].", create, "none", [])
    refused("OTSParameterInvalid", "Duplicated primary key name: 'p'.", create, "twice", one * 2)
    refused("OTSParameterInvalid", "max versions", create, "v", one, max_version=0)
    refused("OTSParameterInvalid", "Time to live", create, "ttl", one, time_to_live=86399)


def test_every_type_comes_back_as_it_was(client, table):
    values = [
        ("bool_f", False),
        ("bool_t", True),
        ("bytes", bytearray(b"\x00\xff" * 10)),
        ("double", 0.1),
        ("empty", ""),
        ("int_max", 2**63 - 1),
        ("int_min", -(2**63)),
        ("text", "Größe, 中文, \U0001f600"),
    ]
    client.put_row(table, Row(key("types"), values), IGNORE)
    read = get(client, table, "types")
    assert [(name, value) for name, value, _ in read] == values
    assert all(type(a[1]) is type(b[1]) for a, b in zip(read, values))
    assert all(abs(version - time.time() * 1000) < 60_000 for _, _, version in read)


def test_binary_keys_and_all_bytes(client):
    name = make_table(client, [("b", "BINARY")])
    whole = bytearray(range(256))
    client.put_row(name, Row([("b", whole)], [("c", 1)]), IGNORE)
    _, row, _ = client.get_row(name, [("b", whole)], max_version=1)
    assert row.primary_key == [("b", whole)]
    client.delete_table(name)


def test_versions_newest_first_up_to_the_tables_own_number(client, table):
    client.put_row(
        table,
        Row(key("v"), [("c", 1, 1000), ("c", 4, 4000), ("c", 2, 2000), ("c", 3, 3000)]),
        IGNORE,
    )
    assert get(client, table, "v") == [("c", 4, 4000), ("c", 3, 3000), ("c", 2, 2000)]
    _, row, _ = client.get_row(table, key("v"), max_version=1)
    assert row.attribute_columns == [("c", 4, 4000)]
    _, row, _ = client.get_row(table, key("v"), time_range=(2000, 4000), max_version=9)
    assert row.attribute_columns == [("c", 3, 3000), ("c", 2, 2000)]
    _, row, _ = client.get_row(table, key("v"), time_range=3000)
    assert row.attribute_columns == [("c", 3, 3000)]


def test_put_replaces_the_row_and_columns_can_be_chosen(client, table):
    client.put_row(table, Row(key("r"), [("old", 1)]), IGNORE)
    client.put_row(table, Row(key("r"), [("a", 1), ("b", 2), ("c", 3)]), IGNORE)
    assert [c[0] for c in get(client, table, "r")] == ["a", "b", "c"]
    assert [c[0] for c in get(client, table, "r", columns_to_get=["c", "a", "x"])] == ["a", "c"]
    assert get(client, table, "r", columns_to_get=["x"]) is None
    assert [c[0] for c in get(client, table, "r", start_column="b", end_column="c")] == ["b"]
    assert get(client, table, "missing") is None


def test_put_without_cells_makes_a_key_only_row(client, table):
    client.put_row(table, Row(key("only"), []), IGNORE)
    assert get(client, table, "only") == []


def test_batch_of_put_update_delete(client, table):
    client.put_row(table, Row(key("u"), [("a", 1, 1000), ("b", 2, 1000), ("c", 3, 1000)]), IGNORE)
    client.put_row(table, Row(key("d"), [("a", 1)]), IGNORE)
    changes = {
        "PUT": [("a", 10, 2000), ("new", "x", 5000)],
        "DELETE": [("b", None, 1000)],
        "DELETE_ALL": ["c"],
    }
    results = batch(
        client,
        table,
        PutRowItem(Row(key("p"), [("a", 1, 1000)]), IGNORE),
        UpdateRowItem(Row(key("u"), changes), IGNORE),
        DeleteRowItem(Row(key("d")), IGNORE),
        UpdateRowItem(Row(key("absent"), {"DELETE_ALL": ["c"]}), IGNORE),
    )
    assert [r.is_ok for r in results] == [True] * 4
    assert all(r.consumed.write == 1 and r.consumed.read == 0 for r in results)
    assert get(client, table, "p") == [("a", 1, 1000)]
    assert get(client, table, "u") == [("a", 10, 2000), ("a", 1, 1000), ("new", "x", 5000)]
    assert get(client, table, "d") is None
    assert get(client, table, "absent") is None


def test_increments_add_to_the_newest_version(client, table):
    up = UpdateRowItem(Row(key("i"), {"INCREMENT": [("count", 5)]}), IGNORE)
    for _ in range(3):
        results = batch(client, table, up)
        assert results[0].is_ok
    assert get(client, table, "i")[0][1] == 15
    client.put_row(table, Row(key("s"), [("count", "text")]), IGNORE)
    results = batch(client, table, UpdateRowItem(Row(key("s"), {"INCREMENT": [("count", 1)]}), IGNORE))
    assert (results[0].is_ok, results[0].error_code) == (False, "OTSParameterInvalid")


def test_rows_of_a_batch_fail_one_by_one(client, table):
    narrow = make_table(client, [("p", "STRING"), ("n", "INTEGER")], max_time_deviation=86400)
    results = batch(
        client,
        narrow,
        PutRowItem(Row(key("ok"), [("a", 1)]), IGNORE),
        PutRowItem(Row([("p", "x"), ("n", "text")], [("a", 1)]), IGNORE),
        PutRowItem(Row([("p", "x")], [("a", 1)]), IGNORE),
        PutRowItem(Row([("q", "x"), ("n", 1)], [("a", 1)]), IGNORE),
        PutRowItem(Row(key("old"), [("a", 1, 1000)]), IGNORE),
        PutRowItem(Row(key("bad"), [("a", 1, -1)]), IGNORE),
        PutRowItem(Row(key("need"), [("a", 1)]), Condition(RowExistenceExpectation.EXPECT_EXIST)),
        PutRowItem(Row(key("ok2"), [("a", 1)]), IGNORE),
    )
    assert [r.error_code for r in results] == [
        None,
        "OTSInvalidPK",
        "OTSInvalidPK",
        "OTSInvalidPK",
        "OTSParameterInvalid",
        "OTSParameterInvalid",
        "OTSConditionCheckFail",
        None,
    ]
    assert results[1].error_message == (
        "Validate PK type fail. Input: VT_STRING, Meta: VT_INTEGER."
    )
    assert results[2].error_message == "Validate PK size fail. Input: 1, Meta: 2."
    assert results[3].error_message == "Validate PK name fail. Input: q, Meta: p."
    assert results[5].error_message == "Timestamp must be in range [0, INT64_MAX/1000)."
    assert results[6].error_message == "Condition check failed."
    keys, _ = read_range(client, narrow, key(INF_MIN, INF_MIN), key(INF_MAX, INF_MAX))
    assert keys == [("ok", 1), ("ok2", 1)]
    client.delete_table(narrow)


def test_same_key_twice_is_refused_or_applied_in_order(client, table, start_service):
    items = [
        PutRowItem(Row(key("k"), [("a", 1)]), IGNORE),
        PutRowItem(Row(key("other"), [("a", 1)]), IGNORE),
        PutRowItem(Row(key("k"), [("a", 2)]), IGNORE),
    ]
    refused("OTSParameterInvalid", "same primary key", batch, client, table, *items)
    assert get(client, table, "other") is None

    lenient = client_of(start_service("--repeated-keys", "apply"))
    name = make_table(lenient, [("p", "STRING"), ("n", "INTEGER")])
    assert all(r.is_ok for r in batch(lenient, name, *items))
    assert [value for _, value, _ in get(lenient, name, "k")] == [2]


def test_ranges_both_ways_in_key_order(client):
    name = make_table(client, [("p", "STRING"), ("n", "INTEGER")])
    texts = ["", "a", "a!", "aa", "b", "é", "中", "\U0001f600"]
    numbers = [-(2**63), -1, 0, 1, 2**63 - 1]
    expected = [(p, n) for p in sorted(texts, key=lambda t: t.encode()) for n in numbers]
    for p, n in reversed(expected):
        client.put_row(name, Row(key(p, n), [("c", 1)]), IGNORE)
    least, most = key(INF_MIN, INF_MIN), key(INF_MAX, INF_MAX)
    for limit in (1, 7, 40, None):
        keys, pages = read_range(client, name, least, most, limit=limit)
        assert keys == expected
        assert pages == (1 if limit is None else -(-len(expected) // limit))
        keys, _ = read_range(client, name, most, least, Direction.BACKWARD, limit=limit)
        assert keys == expected[::-1]
    keys, _ = read_range(client, name, key("a", 0), key("b", INF_MIN))
    assert keys == [e for e in expected if ("a", 0) <= e < ("b", -(2**63))]
    keys, _ = read_range(client, name, key("b", 0), key("a", 0), Direction.BACKWARD)
    assert keys == [e for e in reversed(expected) if ("a", 0) < e <= ("b", 0)]
    refused("OTSParameterInvalid", "Begin key must less than end key in FORWARD",
            client.get_range, name, Direction.FORWARD, most, least, max_version=1)
    refused("OTSParameterInvalid", "Begin key must more than end key in BACKWARD",
            client.get_range, name, Direction.BACKWARD, least, most, max_version=1)
    refused("OTSParameterInvalid", "The limit must be greater than 0.",
            client.get_range, name, Direction.FORWARD, least, most, limit=0, max_version=1)
    client.delete_table(name)


def test_a_page_ends_at_5000_rows_and_at_4_mb(client):
    name = make_table(client, [("n", "INTEGER")])
    for start in range(0, 5200, 200):
        request = BatchWriteRowRequest()
        request.add(TableInBatchWriteRowItem(name, [
            PutRowItem(Row([("n", n)], [("c", n)]), IGNORE) for n in range(start, start + 200)
        ]))
        assert client.batch_write_row(request).is_all_succeed()
    _, next_key, rows, _ = client.get_range(
        name, Direction.FORWARD, [("n", INF_MIN)], [("n", INF_MAX)], max_version=1)
    assert (len(rows), next_key) == (5000, [("n", 5000)])

    big = bytearray(1024 * 1024)
    for n in range(5):
        client.put_row(name, Row([("n", 10_000 + n)], [("c", big)]), IGNORE)
    _, next_key, rows, _ = client.get_range(
        name, Direction.FORWARD, [("n", 10_000)], [("n", INF_MAX)], max_version=1)
    assert (len(rows), next_key) == (3, [("n", 10_003)])
    client.delete_table(name)


def test_row_existence_conditions(client, table):
    exist = Condition(RowExistenceExpectation.EXPECT_EXIST)
    missing = Condition(RowExistenceExpectation.EXPECT_NOT_EXIST)
    row = Row(key("c"), [("a", 1)])
    error = refused("OTSConditionCheckFail", "Condition check failed.",
                    client.put_row, table, row, exist)
    assert error.get_http_status() == 403
    client.put_row(table, row, missing)
    refused("OTSConditionCheckFail", "Condition check failed.", client.put_row, table, row, missing)
    consumed, _ = client.put_row(table, row, exist)
    assert (consumed.read, consumed.write) == (1, 1)


def test_auto_increment_key_column(client):
    name = make_table(client, [("p", "STRING"), ("id", "INTEGER", PK_AUTO_INCR)])
    ids = []
    for _ in range(3):
        _, row = client.put_row(
            name, Row([("p", "a"), ("id", PK_AUTO_INCR)], [("c", 1)]), IGNORE, ReturnType.RT_PK)
        ids.append(row.primary_key[1][1])
    assert ids == sorted(set(ids))
    _, row, _ = client.get_row(name, [("p", "a"), ("id", ids[1])], max_version=1)
    assert [c[:2] for c in row.attribute_columns] == [("c", 1)]
    refused("OTSConditionCheckFail", "Condition check failed.",
            client.put_row, name, Row([("p", "a"), ("id", 10**9)], [("c", 1)]), IGNORE)
    client.delete_table(name)


def test_wrong_credentials_and_instance(service):
    refused("OTSAuthFailed", "The AccessKeyID does not exist.",
            client_of(service, key_id="nobody").list_table)
    error = refused("OTSAuthFailed", "Signature mismatch.",
                    client_of(service, secret="wrong").list_table)
    assert error.get_http_status() == 403
    refused("OTSAuthFailed", "The instance is not found.",
            client_of(service, instance="another").list_table)


def test_limits_of_names_and_values(client, table):
    def put(p, cells):
        client.put_row(table, Row(key(p), cells), IGNORE)

    put("k" * 1024, [("a", 1)])
    refused("OTSParameterInvalid",
            "The length of primary key column: 'p' exceeds the MaxLength:1024 with "
            "CurrentLength:1025.", put, "k" * 1025, [("a", 1)])
    put("n", [("a" * 255, 1)])
    refused("OTSParameterInvalid", "Invalid column name", put, "n", [("a" * 256, 1)])
    refused("OTSParameterInvalid", "Invalid column name: '#a'.", put, "n", [("#a", 1)])
    put("n", [("a", "x" * 2097152)])
    refused("OTSParameterInvalid",
            "The length of attribute column: 'a' exceeds the MaxLength:2097152 with "
            "CurrentLength:2097153.", put, "n", [("a", "x" * 2097153)])
    put("n", [(f"c{i:04}", i) for i in range(1024)])
    assert len(get(client, table, "n")) == 1024
    refused("OTSParameterInvalid",
            "The number of attribute columns exceeds the limit, limit count: 1024, column count: "
            "1025.", put, "n", [(f"c{i:04}", i) for i in range(1025)])


def test_limits_of_a_batch(client, table):
    def items(count):
        return [PutRowItem(Row(key(f"b{n}"), [("a", n)]), IGNORE) for n in range(count)]

    assert len(batch(client, table, *items(200))) == 200
    refused("OTSParameterInvalid", "Rows count exceeds the upper limit: 200.",
            batch, client, table, *items(201))
    # Two rows: keys 2 * (1 + 1 + 1 + 8), names 2 * 2, the rest is values.
    rest = 4194304 - 2 * 11 - 4 * 1
    halves = (rest // 2, rest - rest // 2)

    def two(more):
        return [
            PutRowItem(Row(key(p), [("a", "x" * (size // 2)),
                                    ("b", "x" * (size - size // 2 + extra))]), IGNORE)
            for p, size, extra in zip("xy", halves, (0, more))
        ]

    assert all(r.is_ok for r in batch(client, table, *two(0)))
    refused("OTSParameterInvalid",
            "The total data size of BatchWriteRow request exceeds the limit, limit size: "
            "4194304, data size: 4194305.", batch, client, table, *two(1))


def test_body_above_5_mb(client, table):
    cells = [(f"c{i}", bytearray(2 * 1024 * 1024)) for i in range(3)]
    error = refused("OTSRequestBodyTooLarge", "The size of POST data is too large.",
                    client.put_row, table, Row(key("huge"), cells), IGNORE)
    assert error.get_http_status() == 413


def test_sixty_four_tables_and_no_more(start_service):
    client = client_of(start_service())
    for _ in range(64):
        make_table(client, [("p", "STRING")])
    error = refused("OTSQuotaExhausted", "Number of tables exceeds the quota:64.",
                    make_table, client, [("p", "STRING")])
    assert error.get_http_status() == 403
    assert len(client.list_table()) == 64


def test_calls_that_are_not_there(client, table):
    refused("OTSParameterInvalid", "Unsupported operation: StartLocalTransaction.",
            client.start_local_transaction, table, [("p", "u")])


def test_plain_http(service):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(service.url + "/ListTable", timeout=10)
    assert caught.value.code == 405
    assert b"OTSMethodNotAllowed" in caught.value.read()
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(service.url + "/ListTable", data=b"", timeout=10)
    assert caught.value.code == 400
    assert b"Missing header: 'x-ots-date'." in caught.value.read()
    assert caught.value.headers["x-ots-requestid"]
    assert caught.value.headers["x-ots-contentmd5"]


def test_rows_survive_a_killed_process(start_service, tmp_path):
    service = start_service("--dir", str(tmp_path / "data"))
    client = client_of(service)
    name = make_table(client, [("p", "STRING"), ("n", "INTEGER")])
    for n in range(20):
        client.put_row(name, Row(key("k", n), [("c", n, 1000)]), IGNORE)
    service.kill()
    service.start()
    client = client_of(service)
    assert list(client.list_table()) == [name]
    keys, _ = read_range(client, name, key(INF_MIN, INF_MIN), key(INF_MAX, INF_MAX))
    assert keys == [("k", n) for n in range(20)]
    assert service.stop() == 0
    with open(service.ready_path, encoding="utf-8") as file:
        assert json.load(file)["instance"] == "local"


def test_many_clients_at_once(service, client):
    name = make_table(client, [("p", "STRING"), ("n", "INTEGER")])

    def work(worker):
        own = client_of(service)
        for start in range(0, 1000, 100):
            rows = batch(own, name, *(
                PutRowItem(Row(key(f"w{worker}", n), [("c", n)]), IGNORE)
                for n in range(start, start + 100)))
            assert all(row.is_ok for row in rows)
            read_range(own, name, key(f"w{worker}", INF_MIN), key(f"w{worker}", INF_MAX))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    keys, _ = read_range(client, name, key(INF_MIN, INF_MIN), key(INF_MAX, INF_MAX))
    assert keys == [(f"w{w}", n) for w in range(8) for n in range(1000)]
    client.delete_table(name)


def test_one_folder_serves_one_process(start_service, tmp_path):
    start_service("--dir", str(tmp_path / "data"))
    second = subprocess.run(
        [OTSFS, "serve", "--dir", str(tmp_path / "data")],
        capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert "locked" in second.stderr


def test_usage():
    def run(*arguments, **environment):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("ALIBABA_CLOUD_")}
        return subprocess.run([OTSFS, "serve", *arguments], env={**clean, **environment},
                              capture_output=True, text=True, timeout=30, check=False)

    for arguments, text in (
        (["--nonsense"], "--nonsense"),
        (["extra"], "extra"),
        (["--listen", "nowhere"], "HOST:PORT"),
        (["--listen", "127.0.0.1:65536"], "HOST:PORT"),
        (["--repeated-keys", "maybe"], "refuse or apply"),
        (["--dir", "/nonexistent", "--memory"], "exclude"),
        (["--instance", "-x-"], "instance name"),
    ):
        result = run(*arguments)
        assert (result.returncode, result.stdout) == (2, ""), arguments
        assert text in result.stderr
    open_to_all = run("--listen", "0.0.0.0:0")
    assert open_to_all.returncode == 1
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in open_to_all.stderr
