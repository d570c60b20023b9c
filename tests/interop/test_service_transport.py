"""How requests travel: signature version 4, compressed bodies, TLS, and the sink that keeps nothing."""

import base64
import datetime
import hashlib
import hmac
import http.client
import itertools
import urllib.parse
import zlib

import pytest
from tablestore import (
    CapacityUnit,
    Condition,
    OTSClient,
    OTSServiceError,
    ReservedThroughput,
    Row,
    RowExistenceExpectation,
    TableMeta,
    TableOptions,
)

from conftest import KEY_ID, KEY_SECRET

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
