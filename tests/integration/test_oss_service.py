"""The local OSS on the wire, to a client of our own making: what official SDKs do not show, and each
member of a fault file."""

import base64
import email.utils
import hashlib
import hmac
import http.client
import json
import socket
import struct
import subprocess
import time
import urllib.parse
import xml.etree.ElementTree as ET

import pytest

from conftest import OTSFS, end_process, wait_for

ID, SECRET = "otsfs-local", "otsfs-local-secret"
EMPTY_MD5 = "1B2M2Y8AsgTpgAmY7PhCfg=="
BODY = bytes(range(256)) * 40


class Served:
    def __init__(self, folder, *options):
        self.file = folder / "faults.jsonl"
        self.file.write_text("")
        self.ready = folder / "serve.json"
        self.process = subprocess.Popen(
            [OTSFS, "serve", "--fault", str(self.file), "--ready", str(self.ready), *map(str, options)],
            stdout=subprocess.DEVNULL)
        wait_for("the service", self.answers)
        self.told = json.loads(self.ready.read_text())
        split = urllib.parse.urlsplit(self.told["oss"])
        self.address = (split.hostname, split.port)

    def answers(self):
        assert self.process.poll() is None
        return self.ready.exists()

    def cue(self, *lines):
        """Take effect at the next request: the file is read when it has changed."""
        new = self.file.with_suffix(".new")
        new.write_text("".join(json.dumps(line) + "\n" for line in lines))
        new.rename(self.file)

    def used(self):
        connection = http.client.HTTPConnection(*self.address, timeout=20)
        connection.request("GET", "/-otsfs/faults")
        return [line["used"] for line in json.load(connection.getresponse())]


@pytest.fixture(name="served")
def a_service(tmp_path):
    one = Served(tmp_path, "--memory")
    yield one
    end_process(one.process)
    assert one.process.returncode == 0


def signed(method, key="", bucket="backup", query="", headers=None, now=None):
    """Headers with a signature of version 1. @param query  already in order, signed as it stands"""
    out = {"Date": email.utils.formatdate(now, usegmt=True), **(headers or {})}
    lower = {name.lower(): value for name, value in out.items()}
    ours = "".join(f"{name}:{lower[name]}\n" for name in sorted(lower) if name.startswith("x-oss-"))
    resource = f"/{bucket}/{key}" if bucket else "/"
    text = (f"{method}\n{lower.get('content-md5', '')}\n{lower.get('content-type', '')}\n{out['Date']}\n"
            f"{ours}{resource}{'?' + query if query else ''}")
    mac = hmac.new(SECRET.encode(), text.encode(), hashlib.sha1).digest()
    out["Authorization"] = f"OSS {ID}:{base64.b64encode(mac).decode()}"
    return out


class Answer:
    def __init__(self, response):
        self.status, self.headers = response.status, response.headers
        self.body = response.read()

    @property
    def code(self):
        return ET.fromstring(self.body).findtext("Code")


def ask(served, method, key="", query="", body=None, unsigned="", connection=None, **how):
    """@param query  that is signed; @param unsigned  that is not"""
    whole = "&".join(part for part in (query, unsigned) if part)
    target = f"/backup/{urllib.parse.quote(key)}" + ("?" + whole if whole else "")
    own = connection or http.client.HTTPConnection(*served.address, timeout=20)
    own.request(method, target, body, signed(method, key, query=query, **how))
    return Answer(own.getresponse())


def raw(served, request):
    with socket.create_connection(served.address, timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def lines(headers):
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


def test_the_ready_line(tmp_path):
    ready = tmp_path / "ready"
    process = subprocess.Popen([OTSFS, "serve", "--bucket", "one", "--bucket", "two-2", "--ready", str(ready)],
                               stdout=subprocess.PIPE, text=True)
    try:
        told = json.loads(process.stdout.readline())
        assert told == json.loads(ready.read_text())
        assert told["buckets"] == ["one", "two-2"]
        assert told["region"] == "cn-hangzhou"
        assert told["oss"] != told["ots"]
    finally:
        end_process(process)
    assert process.returncode == 0


@pytest.mark.parametrize("name", ["ab", "-abc", "Abc", "a_b"])
def test_a_bucket_that_cannot_be(name):
    done = subprocess.run([OTSFS, "serve", "--bucket", name], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert f"bucket '{name}'" in done.stderr


def test_the_port_behind_tablestores():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    process = subprocess.Popen([OTSFS, "serve", "--listen", f"127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        if line:  # somebody may have taken one of the two meanwhile
            assert json.loads(line)["ots"].endswith(f":{port}")
            assert json.loads(line)["oss"].endswith(f":{port + 1}")
    finally:
        end_process(process)
    done = subprocess.run([OTSFS, "serve", "--listen", "127.0.0.1:65535"], capture_output=True, text=True, timeout=20)
    assert done.returncode in (1, 2)
    assert "65535" in done.stderr


def test_a_folder_outlives_the_service(tmp_path):
    data = tmp_path / "data"
    first = Served(tmp_path, "--dir", data)
    put = ask(first, "PUT", "a/b", body=BODY, headers={"Content-Type": "text/x", "x-oss-meta-m": "1"})
    assert ask(first, "PUT", "a", body=b"beside", headers={"x-oss-storage-class": "IA"}).status == 200
    ask(first, "POST", "log", query="append&position=0", body=b"abc")
    end_process(first.process)
    (data / "oss" / "backup" / "by hand").write_bytes(b"1")
    first.ready.unlink()
    again = Served(tmp_path, "--dir", data)
    try:
        head = ask(again, "HEAD", "a/b")
        assert (head.headers["ETag"], head.headers["Content-Type"]) == (put.headers["ETag"], "text/x")
        assert head.headers["x-oss-meta-m"] == "1"
        assert head.headers["x-oss-hash-crc64ecma"] == put.headers["x-oss-hash-crc64ecma"]
        assert ask(again, "GET", "a").body == b"beside"
        assert ask(again, "HEAD", "a").headers["x-oss-storage-class"] == "IA"
        assert ask(again, "POST", "log", query="append&position=3", body=b"def").status == 200
        assert ask(again, "GET", "log").body == b"abcdef"
        keys = [key.text for key in ET.fromstring(ask(again, "GET").body).iter("Key")]
        assert keys == ["a", "a/b", "by hand", "log"]
    finally:
        end_process(again.process)
    assert again.process.returncode == 0


def test_refusals_of_head_are_in_a_header(served):
    answer = ask(served, "HEAD", "missing")
    assert (answer.status, answer.body, answer.headers["Content-Length"]) == (404, b"", "0")
    error = ET.fromstring(base64.b64decode(answer.headers["x-oss-err"]))
    assert error.findtext("Code") == "NoSuchKey"
    assert error.findtext("RequestId") == answer.headers["x-oss-request-id"]
    assert error.findtext("EC") == answer.headers["x-oss-ec"] == "0026-00000001"


def test_conditions(served):
    etag = ask(served, "PUT", "k", body=BODY).headers["ETag"]
    assert ask(served, "GET", "k", headers={"If-Match": etag}).body == BODY
    assert ask(served, "GET", "k", headers={"If-Match": '"other"'}).status == 412
    same = ask(served, "GET", "k", headers={"If-None-Match": etag})
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", etag)
    assert ask(served, "HEAD", "k", headers={"If-None-Match": etag}).status == 304
    later = email.utils.formatdate(time.time() + 1000, usegmt=True)
    assert ask(served, "GET", "k", headers={"If-Modified-Since": later}).status == 304
    assert ask(served, "PUT", "k", body=b"", headers={"If-None-Match": "*"}).code == "NotImplemented"


def test_ranges_with_and_without_the_standard(served):
    ask(served, "PUT", "k", body=BODY)
    size = len(BODY)
    standard = {"x-oss-range-behavior": "standard"}
    part = ask(served, "GET", "k", headers={"Range": f"bytes=10-{size + 5}", **standard})
    assert (part.status, part.headers["Content-Range"]) == (206, f"bytes 10-{size - 1}/{size}")
    assert part.body == BODY[10:]
    assert ask(served, "GET", "k", headers={"Range": f"bytes=10-{size + 5}"}).status == 200
    beyond = ask(served, "GET", "k", headers={"Range": f"bytes={size}-", **standard})
    assert (beyond.status, beyond.code) == (416, "InvalidRange")
    assert ask(served, "GET", "k", headers={"Range": f"bytes={size}-"}).body == BODY


def test_bodies_of_every_form(served):
    def chunks():
        yield BODY
        yield b"end"

    assert ask(served, "PUT", "chunked", body=chunks()).status == 200
    assert ask(served, "GET", "chunked").body == BODY + b"end"
    head = signed("PUT", "expected", headers={"Expect": "100-continue", "Content-Length": "3", "Host": "127.0.0.1"})
    with socket.create_connection(served.address, timeout=20) as connection:
        connection.sendall(f"PUT /backup/expected HTTP/1.1\r\n{lines(head)}\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"abc")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    head = signed("GET", "expected", headers={"Content-Length": "5", "Host": "127.0.0.1"})
    answer = raw(served, f"GET /backup/expected HTTP/1.1\r\n{lines(head)}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"\r\n\r\nabc")
    wrong = ask(served, "PUT", "md5", body=b"x", headers={"Content-MD5": EMPTY_MD5})
    assert wrong.code == "InvalidDigest"
    assert ask(served, "GET", "md5").status == 404


def test_a_refused_body_is_read_so_that_the_answer_is(served):
    answer = ask(served, "PUT", "k" * 1024, body=b"x" * 8_000_000)
    assert answer.code == "InvalidObjectName"
    many = "<Delete>" + "<Object><Key>k</Key></Object>" * 1001 + "</Delete>"
    md5 = base64.b64encode(hashlib.md5(many.encode()).digest()).decode()
    assert ask(served, "POST", query="delete", body=many, headers={"Content-MD5": md5}).code == "MalformedXML"
    bomb = '<!DOCTYPE d [<!ENTITY a "aaaaaaaa">]><Delete><Object><Key>&a;</Key></Object></Delete>'
    md5 = base64.b64encode(hashlib.md5(bomb.encode()).digest()).decode()
    assert ask(served, "POST", query="delete", body=bomb, headers={"Content-MD5": md5}).code == "MalformedXML"
    assert ask(served, "POST", query="delete", body=bomb).code == "MissingArgument"


def test_who_may_ask(served):
    assert ask(served, "GET", "k", now=time.time() - 1000).code == "RequestTimeTooSkewed"
    anonymous = http.client.HTTPConnection(*served.address, timeout=20)
    anonymous.request("GET", "/backup/k")
    assert Answer(anonymous.getresponse()).code == "AccessDenied"
    anonymous.request("GET", "/backup/k?Signature=x&OSSAccessKeyId=y&Expires=1", headers=signed("GET", "k"))
    assert Answer(anonymous.getresponse()).code == "InvalidArgument"
    ask(served, "PUT", query="acl", headers={"x-oss-acl": "public-read"})
    ask(served, "PUT", "k", body=b"for all")
    anonymous.request("GET", "/backup/k")
    assert Answer(anonymous.getresponse()).body == b"for all"
    anonymous.request("PUT", "/backup/k", b"x")
    assert Answer(anonymous.getresponse()).code == "AccessDenied"
    ask(served, "PUT", "k", body=b"for us", headers={"x-oss-object-acl": "private"})
    anonymous.request("GET", "/backup/k")
    assert Answer(anonymous.getresponse()).code == "AccessDenied"


@pytest.mark.parametrize("host, target", [
    ("127.0.0.1", "/backup/a%2Fb"), ("backup.oss-cn-hangzhou.aliyuncs.com", "/a/b"),
    ("files.example.org", "/a/b"), ("files.example.org", "/backup/a/b"),
    ("nobody", "http://backup.host/a/b"), ("127.0.0.1", "/a/b"),
])
def test_all_ways_to_address_an_object(served, host, target):
    """Virtual host, path, a domain of its own, a proxy's request line: the signature names the bucket."""
    ask(served, "PUT", "a/b", body=b"here")
    head = signed("GET", "a/b", headers={"Host": host, "Connection": "close"})
    answer = raw(served, f"GET {target} HTTP/1.1\r\n{lines(head)}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"here"), answer


def test_versions(served):
    enable = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    assert ask(served, "PUT", query="versioning", body=enable).status == 200
    assert ask(served, "PUT", query="versioning", body=enable.replace("Enabled", "On")).code == "MalformedXML"
    first = ask(served, "PUT", "k", body=b"one").headers["x-oss-version-id"]
    second = ask(served, "PUT", "k", body=b"two").headers["x-oss-version-id"]
    assert ask(served, "GET", "k", query=f"versionId={first}").body == b"one"
    gone = ask(served, "DELETE", "k")
    assert gone.headers["x-oss-delete-marker"] == "true"
    missing = ask(served, "GET", "k")
    assert (missing.code, missing.headers["x-oss-delete-marker"]) == ("NoSuchKey", "true")
    marker = gone.headers["x-oss-version-id"]
    assert ask(served, "GET", "k", query=f"versionId={marker}").code == "MethodNotAllowed"
    listed = ET.fromstring(ask(served, "GET", query="versions").body)
    assert [(v.tag, v.findtext("VersionId"), v.findtext("IsLatest")) for v in listed
            if v.tag in ("Version", "DeleteMarker")] == [
        ("DeleteMarker", marker, "true"), ("Version", second, "false"), ("Version", first, "false")]
    assert ask(served, "DELETE", "k", query=f"versionId={marker}").status == 204
    assert ask(served, "GET", "k").body == b"two"
    assert ask(served, "GET", query="versions", unsigned="max-keys=1001").code == "InvalidArgument"


# --- faults on cue


def on(op, **do):
    return {"match": {"op": op}, "do": do}


def test_errors_by_name_and_their_counts(served):
    ask(served, "PUT", "k", body=BODY)
    served.cue({"match": {"op": "GetObject", "key": "k", "nth": 2}, "do": {"error": "SlowDown", "status": 503}},
               {"match": {"op": "HeadObject", "bucket": "backup"}, "do": {"error": "AccessDenied"}},
               {"match": {"op": "GetObject", "bucket": "other"}, "do": {"error": "InternalError"}})
    assert ask(served, "GET", "k").status == 200
    slow = ask(served, "GET", "k")
    assert (slow.status, slow.code) == (503, "SlowDown")
    assert ask(served, "GET", "k").status == 200
    denied = ask(served, "HEAD", "k")
    assert denied.status == 403
    assert b"AccessDenied" in base64.b64decode(denied.headers["x-oss-err"])
    assert served.used() == [1, 1, 0]


def test_a_head_without_its_error(served):
    served.cue(on("HeadObject", no_x_oss_err=True))
    answer = ask(served, "HEAD", "missing")
    assert answer.status == 404 and "x-oss-err" not in answer.headers


def test_replies_that_end_too_early(served):
    ask(served, "PUT", "k", body=BODY)
    served.cue(on("GetObject", truncate_body=100))
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(served, "GET", "k")
    assert caught.value.partial == BODY[:100]
    served.cue(on("GetObject", reset_after_bytes=1000))
    with pytest.raises(ConnectionResetError):
        ask(served, "GET", "k")
    served.cue(on("PutObject", lose_reply=True))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(served, "PUT", "lost", body=b"stored all the same")
    served.cue()
    assert ask(served, "GET", "lost").body == b"stored all the same"


def test_damage(served):
    ask(served, "PUT", "k", body=BODY)
    served.cue(on("GetObject", corrupt_byte=5000))
    wrong = ask(served, "GET", "k")
    assert len(wrong.body) == len(BODY)
    assert [at for at in range(len(BODY)) if wrong.body[at] != BODY[at]] == [5000]
    served.cue(on("GetObject", change_etag=True, wrong_crc=True, bad_md5=True))
    good = ask(served, "HEAD", "k").headers
    bad = ask(served, "GET", "k").headers
    for name in ("ETag", "x-oss-hash-crc64ecma", "Content-MD5"):
        assert good[name] != bad[name], name


def test_other_bodies_headers_and_ranges(served):
    ask(served, "PUT", "k", body=BODY)
    served.cue(on("GetObject", body="<html>gateway</html>", status=502, headers={"X-Cache": "MISS", "ETag": '"e"'}))
    answer = ask(served, "GET", "k")
    assert (answer.status, answer.body) == (502, b"<html>gateway</html>")
    assert (answer.headers["X-Cache"], answer.headers["ETag"]) == ("MISS", '"e"')
    served.cue(on("GetObject", ignore_range=True))
    whole = ask(served, "GET", "k", headers={"Range": "bytes=0-9", "x-oss-range-behavior": "standard"})
    assert (whole.status, whole.body) == (200, BODY)


def test_time_that_passes(served):
    ask(served, "PUT", "k", body=BODY)
    served.cue(on("GetObject", latency_ms=300))
    began = time.monotonic()
    assert ask(served, "GET", "k").body == BODY
    assert time.monotonic() - began >= 0.3
    served.cue(on("GetObject", stall_ms=300))
    began = time.monotonic()
    assert ask(served, "GET", "k").body == BODY
    assert time.monotonic() - began >= 0.3
    served.cue(on("GetObject", clock_skew_s=1000))
    skewed = ask(served, "GET", "k")
    assert skewed.code == "RequestTimeTooSkewed"
    ahead = email.utils.parsedate_to_datetime(skewed.headers["Date"]).timestamp() - time.time()
    assert 900 < ahead < 1100


def test_pages_that_are_short_or_come_again(served):
    for name in "abcdef":
        ask(served, "PUT", name, body=b"")

    def page(token=None):
        query = f"continuation-token={token}" if token else ""
        found = ET.fromstring(ask(served, "GET", query=query, unsigned="list-type=2").body)
        return [key.text for key in found.iter("Key")], found.findtext("NextContinuationToken")

    served.cue(on("ListObjectsV2", page_keys=4))
    keys, token = page()
    assert keys == list("abcd")
    assert page(token) == (["e", "f"], None)
    served.cue(on("ListObjectsV2", page_keys=0))
    assert page(token) == ([], token)
    served.cue(on("ListObjectsV2", page_keys=1, repeat_token=True))
    assert page(token) == (["e"], token)


def test_a_connection_that_goes_while_it_is_idle(served):
    ask(served, "PUT", "k", body=BODY)
    served.cue(on("GetObject", drop_idle=True))
    connection = http.client.HTTPConnection(*served.address, timeout=20)
    answer = ask(served, "GET", "k", connection=connection)
    assert answer.body == BODY
    assert answer.headers.get("Connection", "keep-alive").lower() != "close"
    connection.auto_open = 0
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError, http.client.NotConnected)):
        ask(served, "GET", "k", connection=connection)


def test_an_object_that_must_be_thawed_first(served):
    ask(served, "PUT", "k", body=BODY)
    served.cue(on("GetObject", object_state="ColdArchive"))
    assert ask(served, "GET", "k").code == "InvalidObjectState"
    served.cue()
    ask(served, "PUT", "cold", body=BODY, headers={"x-oss-storage-class": "Archive"})
    served.cue(on("RestoreObject", restore_ms=400))
    assert ask(served, "POST", "cold", query="restore").status == 202
    assert ask(served, "HEAD", "cold").headers["x-oss-restore"] == 'ongoing-request="true"'
    assert ask(served, "POST", "cold", query="restore").code == "RestoreAlreadyInProgress"
    wait_for("the restore", lambda: ask(served, "GET", "cold").status == 200)
    assert ask(served, "HEAD", "cold").headers["x-oss-restore"].startswith('ongoing-request="false", expiry-date="')
    assert ask(served, "POST", "cold", query="restore").status == 200


def test_hundreds_of_waiting_requests_do_not_stand_in_line(served):
    served.cue(on("ListObjects", latency_ms=1000))
    began = time.monotonic()
    connections = [http.client.HTTPConnection(*served.address, timeout=30) for _ in range(100)]
    for connection in connections:
        connection.request("GET", "/backup/", headers=signed("GET"))
    for connection in connections:
        assert Answer(connection.getresponse()).status == 200
    assert time.monotonic() - began < 20


def test_a_reader_that_goes_away_costs_nothing(served):
    ask(served, "PUT", "k", body=b"x" * 4_000_000)
    for _ in range(20):
        head = signed("GET", "k", headers={"Host": "127.0.0.1"})
        with socket.create_connection(served.address, timeout=20) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(f"GET /backup/k HTTP/1.1\r\n{lines(head)}\r\n".encode())
            connection.recv(1000)
    assert ask(served, "DELETE", "k").status == 204
    assert ask(served, "GET", "k").status == 404
