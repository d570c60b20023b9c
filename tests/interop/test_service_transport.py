"""How requests travel: signature version 4, compressed bodies, TLS, and the sink that keeps nothing."""

import base64
import datetime
import hashlib
import hmac
import http.client
import itertools
import os
import random
import socket
import ssl
import subprocess
import urllib.parse
import warnings
import zlib

import pytest
from tablestore import (
    INF_MAX,
    INF_MIN,
    BatchWriteRowRequest,
    CapacityUnit,
    Condition,
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
BODY_LIMIT = 5 * 1024 * 1024
NUMBERS = itertools.count(1)


class NoRetry:
    """Failures are what these tests look at."""

    def should_retry(self, *_):
        return False

    def get_retry_delay(self, *_):
        return 0


def make_table(client):
    name = f"w{next(NUMBERS)}"
    client.create_table(
        TableMeta(name, [("pk", "STRING")]), TableOptions(), ReservedThroughput(CapacityUnit(0, 0))
    )
    return name


def put(client, table, key, columns):
    client.put_row(table, Row([("pk", key)], columns), IGNORE)


def sign(lines, secret=KEY_SECRET):
    mac = hmac.new(secret.encode(), lines.encode(), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()


def ots_lines(headers):
    own = {name.lower(): value for name, value in headers if name.lower().startswith("x-ots-")}
    return "".join(f"{name}:{own[name]}\n" for name in sorted(own) if name != "x-ots-signature")


def call(url, action, body, more=(), context=None):
    """One signed request written by hand: (status, headers, body) of the reply."""
    place = urllib.parse.urlsplit(url)
    now = datetime.datetime.now(datetime.timezone.utc)
    headers = [
        ("x-ots-accesskeyid", KEY_ID),
        ("x-ots-apiversion", "2015-12-31"),
        ("x-ots-contentmd5", base64.b64encode(hashlib.md5(body).digest()).decode()),
        ("x-ots-date", now.strftime("%Y-%m-%dT%H:%M:%S.000Z")),
        ("x-ots-instancename", "local"),
        *more,
    ]
    headers.append(("x-ots-signature", sign(f"/{action}\nPOST\n\n" + ots_lines(headers))))
    if place.scheme == "https":
        line = http.client.HTTPSConnection(place.netloc, timeout=60, context=context)
    else:
        line = http.client.HTTPConnection(place.netloc, timeout=60)
    try:
        line.request("POST", f"/{action}", body, dict(headers))
        reply = line.getresponse()
        return reply.status, dict(reply.getheaders()), reply.read()
    finally:
        line.close()


def is_signed(action, headers):
    told = headers["Authorization"]
    return told == f"OTS {KEY_ID}:{sign(ots_lines(headers.items()) + '/' + action)}"


def packed(body):
    return zlib.compress(body), [
        ("x-ots-request-compress-type", "deflate"),
        ("x-ots-request-compress-size", str(len(body))),
    ]


DESCRIBE = b"\x0a\x07missing"  # DescribeTableRequest {1 table_name}


def test_version_4_with_the_official_sdk(service):
    client = OTSClient(
        service.url, KEY_ID, KEY_SECRET, "local", region="cn-hangzhou", retry_policy=NoRetry()
    )
    table = make_table(client)
    put(client, table, "a", [("c", 1)])
    _, row, _ = client.get_row(table, [("pk", "a")], max_version=1)
    assert [cell[:2] for cell in row.attribute_columns] == [("c", 1)]
    with pytest.raises(OTSServiceError) as caught:
        client.describe_table("missing")
    assert caught.value.get_error_code() == "OTSObjectNotExist"


def test_version_4_with_another_secret_is_refused(service):
    client = OTSClient(
        service.url, KEY_ID, "another", "local", region="cn-hangzhou", retry_policy=NoRetry()
    )
    with pytest.raises(OTSServiceError) as caught:
        client.list_table()
    assert caught.value.get_http_status() == 403
    assert "Signature mismatch." in str(caught.value)


def test_a_compressed_request_is_read(service):
    body, headers = packed(DESCRIBE)
    status, replied, error = call(service.url, "DescribeTable", body, headers)
    assert status == 404 and b"OTSObjectNotExist" in error
    assert is_signed("DescribeTable", replied)


@pytest.mark.parametrize(
    "kind, size, body, status, text",
    [
        ("gzip", "9", zlib.compress(DESCRIBE), 400, "Unsupported compress type: gzip."),
        ("deflate", None, zlib.compress(DESCRIBE), 400, "x-ots-request-compress-size is missing"),
        ("deflate", "0", zlib.compress(DESCRIBE), 400, "no number above 0"),
        ("deflate", "8", zlib.compress(DESCRIBE), 400, "is no zlib stream of 8 bytes"),
        ("deflate", "10", zlib.compress(DESCRIBE), 400, "is no zlib stream of 10 bytes"),
        ("deflate", "9", DESCRIBE, 400, "is no zlib stream of 9 bytes"),
        ("deflate", "5000000", zlib.compress(DESCRIBE), 400, "cannot hold the 5000000 bytes"),
        ("deflate", str(BODY_LIMIT + 1), zlib.compress(b"\0" * (BODY_LIMIT + 1)), 413, "too large"),
    ],
)
def test_a_compressed_request_that_lies_is_refused(service, kind, size, body, status, text):
    headers = [("x-ots-request-compress-type", kind)]
    if size is not None:
        headers.append(("x-ots-request-compress-size", size))
    got, _, error = call(service.url, "DescribeTable", body, headers)
    assert got == status
    assert text in error.decode()


def test_a_compressed_request_may_hold_all_that_a_plain_one_may(service):
    body, headers = packed(b"\0" * BODY_LIMIT)
    status, _, error = call(service.url, "DescribeTable", body, headers)
    assert status == 400 and b"no valid message" in error


def test_a_long_reply_is_compressed_for_who_asks(service):
    client = OTSClient(service.url, KEY_ID, KEY_SECRET, "local", retry_policy=NoRetry())
    wish = [("x-ots-response-compress-type", "deflate")]
    names = [make_table(client) for _ in range(3)]
    status, headers, small = call(service.url, "ListTable", b"", wish)
    assert status == 200 and "x-ots-response-compress-type" not in headers
    table = names[0]
    put(client, table, "long", [("c", "x" * 5000)])
    request = b"\x0a" + bytes([len(table)]) + table.encode() + b"\x12" + get_key("long") + b"\x28\x01"
    status, headers, plain = call(service.url, "GetRow", request)
    assert status == 200 and "x-ots-response-compress-type" not in headers
    status, headers, stream = call(service.url, "GetRow", request, wish)
    assert status == 200 and headers["x-ots-response-compress-type"] == "deflate"
    assert int(headers["x-ots-response-compress-size"]) == len(plain)
    assert zlib.decompress(stream) == plain and len(stream) < len(plain)
    assert headers["x-ots-contentmd5"] == base64.b64encode(hashlib.md5(plain).digest()).decode()
    assert is_signed("GetRow", headers)


def get_key(value):
    """PlainBuffer of the key pk=value, with its length in front, by the SDK's encoder."""
    from tablestore.plainbuffer.plain_buffer_builder import PlainBufferBuilder

    key = PlainBufferBuilder.serialize_primary_key([("pk", value)])
    return bytes([len(key)]) + bytes(key)


def trusting(service):
    return ssl.create_default_context(cafile=service.ready["ca"])


def test_tls_with_its_own_certificate(start_service, tmp_path):
    service = start_service("--tls", "--dir", str(tmp_path / "rows"))
    assert service.url.startswith("https://127.0.0.1:")
    assert service.ready["ca"] == str(tmp_path / "rows" / "ca.pem")
    assert "PRIVATE" not in open(service.ready["ca"], encoding="utf-8").read()
    context = trusting(service)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    port = urllib.parse.urlsplit(service.url).port
    for name in ("127.0.0.1", "localhost"):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
            with context.wrap_socket(plain, server_hostname=name) as line:
                assert line.version() == "TLSv1.3"
                names = line.getpeercert()["subjectAltName"]
                assert ("DNS", "localhost") in names and ("IP Address", "127.0.0.1") in names
    status, headers, _ = call(service.url, "ListTable", b"", context=context)
    assert status == 200 and is_signed("ListTable", headers)
    assert service.stop() == 0
    assert not os.path.exists(service.ready["ca"])


def test_tls_of_before_1_2_and_strangers_are_refused(start_service):
    service = start_service("--tls")
    with pytest.raises(ssl.SSLCertVerificationError):
        call(service.url, "ListTable", b"", context=ssl.create_default_context())
    with pytest.raises(ssl.SSLCertVerificationError):
        other = start_service("--tls")  # each start has an authority of its own
        call(service.url, "ListTable", b"", context=trusting(other))
    context = trusting(service)
    with pytest.raises(ssl.SSLCertVerificationError):
        port = urllib.parse.urlsplit(service.url).port
        with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
            context.wrap_socket(plain, server_hostname="example.com")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(service.ready["ca"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        call(service.url, "ListTable", b"", context=old)
    status, _, _ = call(service.url, "ListTable", b"", context=context)
    assert status == 200


def test_large_bodies_over_tls(start_service):
    service = start_service("--tls", "--discard")
    for size in (16384, 16385, 1 << 20, BODY_LIMIT):
        status, _, error = call(
            service.url, "DescribeTable", b"\0" * size, context=trusting(service)
        )
        assert status == 400 and b"no valid message" in error
    status, _, error = call(
        service.url, "DescribeTable", b"\0" * (BODY_LIMIT + 1), context=trusting(service)
    )
    assert status == 413


def test_the_certificate_of_a_service_in_memory_lies_among_temporary_files(start_service):
    service = start_service("--tls", "--memory")
    place = os.environ.get("TMPDIR") or "/tmp"
    assert os.path.dirname(service.ready["ca"]) == os.path.realpath(place)
    assert os.path.basename(service.ready["ca"]).startswith("otsfs-ca-")
    assert service.stop() == 0
    assert not os.path.exists(service.ready["ca"])


def test_the_sink_answers_every_row_and_keeps_none(start_service):
    service = start_service("--discard")
    client = OTSClient(service.url, KEY_ID, KEY_SECRET, "local", retry_policy=NoRetry())
    table = make_table(client)
    request = BatchWriteRowRequest()
    request.add(
        TableInBatchWriteRowItem(
            table, [PutRowItem(Row([("pk", f"k{n}")], [("c", n)]), IGNORE) for n in range(200)]
        )
    )
    reply = client.batch_write_row(request)
    puts, failed = reply.get_put()
    assert len(puts) == 200 and failed == []
    assert all((row.consumed.read, row.consumed.write) == (0, 1) for row in puts)
    _, row, _ = client.get_row(table, [("pk", "k1")], max_version=1)
    assert row is None
    low, high = [("pk", INF_MIN)], [("pk", INF_MAX)]
    _, following, rows, _ = client.get_range(table, "FORWARD", low, high, max_version=1)
    assert following is None and rows == []
    assert client.describe_table(table).table_meta.schema_of_primary_key == [("pk", "STRING")]
    assert list(client.list_table()) == [table]
    other = [("x-ots-contentmd5", "AAAAAAAAAAAAAAAAAAAAAA==")]
    status, _, error = call(service.url, "DescribeTable", DESCRIBE, more=other)
    assert status == 403 and b"MD5" in error  # only batches of writes are taken at their word


def test_where_rows_are_kept_is_said_once():
    for words in (["--dir", "x", "--discard"], ["--memory", "--discard"]):
        ended = subprocess.run([OTSFS, "serve", *words], capture_output=True, text=True)
        assert ended.returncode == 2
        assert "--dir, --memory and --discard exclude each other" in ended.stderr


def test_a_killed_service_has_every_row_that_it_acknowledged(start_service, tmp_path):
    folder = str(tmp_path / "rows")
    service = start_service("--dir", folder)
    client = OTSClient(service.url, KEY_ID, KEY_SECRET, "local", retry_policy=NoRetry())
    table = make_table(client)
    numbers = random.Random(7).sample(range(5000), 1000)
    for start in range(0, 1000, 200):
        request = BatchWriteRowRequest()
        request.add(
            TableInBatchWriteRowItem(
                table,
                [
                    PutRowItem(Row([("pk", f"k{n:05}")], [("c", n)]), IGNORE)
                    for n in numbers[start : start + 200]
                ],
            )
        )
        assert client.batch_write_row(request).get_put()[1] == []
    client.delete_row(table, [("pk", f"k{numbers[0]:05}")], IGNORE)
    for _ in range(2):  # from the journal, and after it was read and the process killed again
        service.kill()
        service.start()
        client = OTSClient(service.url, KEY_ID, KEY_SECRET, "local", retry_policy=NoRetry())
        low, found = [("pk", INF_MIN)], []
        while low:
            _, low, rows, _ = client.get_range(
                table, "FORWARD", low, [("pk", INF_MAX)], max_version=1
            )
            found += [row.attribute_columns[0][1] for row in rows]
        assert found == sorted(numbers[1:])
    assert service.stop() == 0


RECORDS = "".join(
    '{"op":"PUT","ts":1700000000000,"pk":{"pk":"r%d"},"cols":{"c":%d}}\n' % (n, n) for n in range(500)
)


def test_a_restore_over_tls_trusts_one_certificate_only(start_service, tmp_path):
    service, stranger = start_service("--tls"), start_service("--tls")
    text = tmp_path / "orders.jsonl"
    text.write_text(RECORDS, encoding="utf-8")
    environment = {
        **os.environ,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET,
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }

    def restore(ca):
        words = ["restore", "--to", f"{service.url}/local", "--ca-file", ca, "--into", "orders"]
        return subprocess.run(
            [OTSFS, *words, str(text)], env=environment, capture_output=True, text=True
        )

    refused = restore(stranger.ready["ca"])
    assert refused.returncode == 1
    assert "the server's certificate is not trusted" in refused.stderr
    done = restore(service.ready["ca"])
    assert done.returncode == 0, done.stderr
    context = trusting(service)
    status, _, body = call(service.url, "DescribeTable", b"\x0a\x06orders", context=context)
    assert status == 200 and b"orders" in body
