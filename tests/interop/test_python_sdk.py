"""The service as a whole, through the official Python SDK: limits, storage, many clients, usage."""

import concurrent.futures
import itertools
import json
import os
import subprocess
import urllib.error
import urllib.request

import pytest
from tablestore import (
    INF_MAX,
    INF_MIN,
    BatchWriteRowRequest,
    CapacityUnit,
    Condition,
    Direction,
    OTSClient,
    OTSServiceError,
    PutRowItem,
    ReservedThroughput,
    Row,
    RowExistenceExpectation,
    TableInBatchWriteRowItem,
    TableMeta,
    TableOptions,
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


def client_of(service):
    return OTSClient(service.url, KEY_ID, KEY_SECRET, "local", retry_policy=NoRetry())


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


def test_a_page_ends_at_its_limit_at_5000_rows_and_at_4_mb(client):
    name = make_table(client, [("n", "INTEGER")])
    refused("OTSParameterInvalid", "The limit must be greater than 0.",
            client.get_range, name, Direction.FORWARD, [("n", INF_MIN)], [("n", INF_MAX)], limit=0,
            max_version=1)
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
    assert "tablestore.sqlite is locked, as another process uses it" in second.stderr


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
