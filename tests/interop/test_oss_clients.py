"""Buckets of the local service through every official SDK."""

import http.client
import os
import random
import socket
import urllib.parse

import oss2
import pytest

from conftest import KEY_ID, KEY_SECRET, Service
from drivers import Refused
from oss_drivers import SDKS, OssDriver

HARD_KEYS = [
    "plain.txt", "a b.txt", "plus+plus", "percent%25 done", "question?mark&and=equals#hash",
    "日本/中文/é-😀.csv", "quotes'\"<>&", "tilde~(1)*!", "double//slash", "dots.../..x",
    "trailing/", "colon:semi;comma,", "tab\tkey", "back\\slash",
]


@pytest.fixture(scope="module", params=["memory", "folder"])
def buckets(request, tmp_path_factory):
    """A service with buckets in memory, or in a folder."""
    folder = tmp_path_factory.mktemp("buckets")
    where = ["--memory"] if request.param == "memory" else ["--dir", str(folder / "data")]
    one = Service(folder, *where)
    one.dir = None if request.param == "memory" else folder / "data"
    yield one
    assert one.stop() == 0


@pytest.fixture(scope="module", params=SDKS, ids=lambda p: "-".join(p))
def oss(request, buckets):
    language, sdk, sign = request.param
    driver = OssDriver(language)
    driver.connect(sdk, sign, buckets.ready, KEY_ID, KEY_SECRET)
    driver.folder = f"{sdk}-{sign}/"
    yield driver
    assert driver.close() == 0


def address_of(buckets):
    split = urllib.parse.urlsplit(buckets.ready["oss"])
    return split.hostname, split.port


def refused(code, status, call, *arguments, **named):
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    assert caught.value.code == code
    assert caught.value.status == status
    return caught.value


def test_what_is_put_is_read_back_whole_and_in_ranges(oss):
    body = random.Random(1).randbytes(300_000)
    key = oss.folder + "object"
    put = oss.put(key, body, x_oss_meta_who="me")
    assert oss.get(key) == body
    assert oss.get(key, 0, 0) == body[:1]
    assert oss.get(key, 1000, 1999) == body[1000:2000]
    assert oss.get(key, 299_990, 400_000) == body[299_990:]
    head = oss.head(key)
    assert (head["size"], head["type"], head["class"]) == (300_000, "Normal", "Standard")
    assert head["etag"].strip('"') == put["etag"].strip('"')
    assert head["meta"] == {"who": "me"}
    refused("InvalidRange", 416, oss.get, key, 300_000, 300_001)


def test_an_empty_object(oss):
    oss.put(oss.folder + "empty", b"")
    assert oss.get(oss.folder + "empty") == b""
    assert oss.head(oss.folder + "empty")["size"] == 0


def test_keys_of_every_kind(oss):
    keys = [oss.folder + "keys/" + key for key in HARD_KEYS]
    longest = oss.folder + "keys/" + "k" * (1023 - len(oss.folder) - 5)
    for number, key in enumerate([*keys, longest]):
        oss.put(key, str(number).encode())
    for number, key in enumerate([*keys, longest]):
        assert oss.get(key) == str(number).encode(), key
        assert oss.head(key)["size"] == len(str(number))
    for form in (1, 2):
        listed, prefixes = oss.list(form, oss.folder + "keys/", page=5)
        assert listed == sorted([*keys, longest], key=str.encode)
        assert prefixes == []
    # What XML cannot say in a document goes alone, as the SDKs' own documentation has it.
    assert sorted(oss.delete_many(keys)) == sorted(keys)
    oss.delete(longest)
    assert oss.list(2, oss.folder + "keys/") == ([], [])


def test_names_that_no_object_has(oss):
    for key in ("/leading", "\\leading", "k" * 1024):
        if oss.language == "node" and key.startswith("/"):
            continue  # it takes the slash away by itself
        error = refused("InvalidObjectName", 400, oss.put, key, b"x")
        assert len(error.request_id) == 24


@pytest.fixture(scope="module")
def many(buckets):
    """2500 keys, put by hand over one connection: the bucket is open to anybody meanwhile."""
    auth = oss2.Auth(KEY_ID, KEY_SECRET)
    bucket = oss2.Bucket(auth, buckets.ready["oss"], "backup")
    bucket.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ_WRITE)
    names = [f"many/{n % 7}/{n:05d}" for n in range(2500)]
    connection = http.client.HTTPConnection(*address_of(buckets), timeout=20)
    for name in names:
        connection.request("PUT", "/backup/" + name, b"")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
    connection.close()
    bucket.put_bucket_acl(oss2.BUCKET_ACL_PRIVATE)
    return sorted(names)


def test_2500_keys_in_pages_and_folded(oss, many):
    for form in (1, 2):
        assert oss.list(form, "many/", page=1000) == (many, [])
        assert oss.list(form, "many/", page=833) == (many, [])
        keys, prefixes = oss.list(form, "many/", "/", page=3)
        assert (keys, prefixes) == ([], [f"many/{n}/" for n in range(7)])


def test_an_upload_in_parts(oss):
    parts = [random.Random(n).randbytes(size) for n, size in enumerate((204_800, 102_400, 17))]
    key = oss.folder + "in parts"
    done = oss.multipart(key, parts)
    assert done["parts"] == [1, 2, 3]
    assert oss.get(key) == b"".join(parts)
    head = oss.head(key)
    assert (head["type"], head["etag"].strip('"')) == ("Multipart", done["etag"].strip('"'))
    refused("EntityTooSmall", 400, oss.multipart, key, [b"x", b"y"])


def test_appending(oss):
    key = oss.folder + "log"
    oss.delete(key)
    assert oss.append(key, 0, b"one ") == 4
    assert oss.append(key, 4, b"two " * 10_000) == 40_004
    assert oss.append(key, 40_004, b"three") == 40_009
    assert oss.get(key) == b"one " + b"two " * 10_000 + b"three"
    assert oss.head(key)["type"] == "Appendable"
    refused("PositionNotEqualToLength", 409, oss.append, key, 4, b"x")
    oss.put(oss.folder + "normal", b"x")
    refused("ObjectNotAppendable", 409, oss.append, oss.folder + "normal", 1, b"x")


def test_what_is_not_there(oss):
    for call in (oss.get, oss.head):
        error = refused("NoSuchKey", 404, call, oss.folder + "missing")
        assert len(error.request_id) == 24
    oss.delete(oss.folder + "missing")


def test_overwriting_can_be_forbidden(oss):
    key = oss.folder + "once"
    oss.delete(key)
    oss.put(key, b"first", x_oss_forbid_overwrite="true")
    refused("FileAlreadyExists", 409, oss.put, key, b"second", x_oss_forbid_overwrite="true")
    assert oss.get(key) == b"first"


def test_links_and_copies(oss):
    oss.put(oss.folder + "target of it", b"the target")
    told = oss.symlink(oss.folder + "link", oss.folder + "target of it")
    assert urllib.parse.unquote(told) == oss.folder + "target of it"
    assert oss.get(oss.folder + "link") == b"the target"
    oss.copy(oss.folder + "target of it", oss.folder + "copy of it")
    assert oss.get(oss.folder + "copy of it") == b"the target"
    oss.delete(oss.folder + "target of it")
    refused("SymlinkTargetNotExist", 404, oss.get, oss.folder + "link")


def test_archived_objects_are_read_when_restored(oss):
    key = oss.folder + "cold"
    oss.put(key, b"ice", x_oss_storage_class="Archive")
    assert oss.head(key)["class"] == "Archive"
    refused("InvalidObjectState", 403, oss.get, key)
    assert oss.restore(key) == 202
    assert oss.get(key) == b"ice"
    oss.put(oss.folder + "warm", b"x")
    refused("OperationNotSupported", 400, oss.restore, oss.folder + "warm")


def test_buckets_are_told(oss):
    told = oss.buckets()
    assert told["names"] == ["backup"]
    assert (told["info"], told["location"]) == ("backup", "oss-cn-hangzhou")


def fetch(url, address):
    """GET by hand, at the service's own address whatever name the URL has."""
    split = urllib.parse.urlsplit(url)
    with socket.create_connection(address, timeout=20) as connection:
        target = split.path + ("?" + split.query if split.query else "")
        connection.sendall(
            f"GET {target} HTTP/1.1\r\nHost: {split.netloc}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def test_signed_urls(oss, buckets):
    key = oss.folder + "signed/ä b+c%.txt"
    oss.put(key, b"for you")
    url = oss.presign(key)
    assert fetch(url, address_of(buckets)) == (200, b"for you")
    status, body = fetch(url.replace("signed", "Signed"), address_of(buckets))
    assert status == 403 and b"SignatureDoesNotMatch" in body


def test_wrong_keys_are_told_apart(oss, buckets):
    other = OssDriver(oss.language)
    try:
        other.connect(oss.sdk, oss.sign, buckets.ready, KEY_ID, "not the secret")
        refused("SignatureDoesNotMatch", 403, other.get, "x")
        other.connect(oss.sdk, oss.sign, buckets.ready, "nobody", KEY_SECRET)
        refused("InvalidAccessKeyId", 403, other.get, "x")
        other.connect(oss.sdk, oss.sign, buckets.ready, KEY_ID, KEY_SECRET, bucket="no-such")
        refused("NoSuchBucket", 404, other.get, "x")
        if oss.sign == "v4":
            other.connect(oss.sdk, oss.sign, {**buckets.ready, "region": "cn-beijing"}, KEY_ID,
                          KEY_SECRET)
            error = refused("InvalidArgument", 400, other.get, "x")
            assert "Invalid signing region" in error.message
    finally:
        assert other.close() == 0


def test_files_of_a_folder_are_objects_and_the_reverse(oss, buckets):
    if buckets.dir is None:
        return
    root = buckets.dir / "oss" / "backup"
    oss.put(oss.folder + "seen/as a file", b"content")
    assert (root / oss.folder / "seen" / "as a file").read_bytes() == b"content"
    os.makedirs(root / oss.folder / "hand")
    (root / oss.folder / "hand" / "made").write_bytes(b"by hand" * 1000)
    assert oss.list(2, oss.folder + "hand/") == ([oss.folder + "hand/made"], [])
    assert oss.get(oss.folder + "hand/made") == b"by hand" * 1000
    (root / oss.folder / "hand" / "made").write_bytes(b"changed")
    assert oss.get(oss.folder + "hand/made") == b"changed"
    oss.put(oss.folder + "hand", b"beside its folder")
    assert oss.get(oss.folder + "hand") == b"beside its folder"
    assert oss.list(2, oss.folder + "hand")[0] == [oss.folder + "hand", oss.folder + "hand/made"]


def test_a_temporary_key_needs_its_token(oss, start_service):
    service = start_service("--memory", token="the-token")
    with_token = OssDriver(oss.language)
    try:
        with_token.connect(oss.sdk, oss.sign, service.ready, KEY_ID, KEY_SECRET, token="the-token")
        with_token.put("k", b"v")
        assert with_token.get("k") == b"v"
        with_token.connect(oss.sdk, oss.sign, service.ready, KEY_ID, KEY_SECRET, token="another")
        refused("InvalidSecurityToken", 403, with_token.get, "k")
    finally:
        assert with_token.close() == 0
