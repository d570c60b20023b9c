"""Faults on cue: each member of a fault file as it shows on the wire, to a client of our own making and to
the official SDK."""

import calendar
import collections
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.parse

import pytest
import tablestore
import urllib3
from tablestore import OTSClient, OTSServiceError

import fault_proxy as fp
from conftest import DEADLINE_S, OTSFS, end_process, wait_for

TABLE = "a_table_with_a_name_that_makes_replies_longer_than_a_hundred_bytes_so_that_there_is_room_for_damage"
IGNORE = tablestore.Condition(tablestore.RowExistenceExpectation.IGNORE)
INSTANCE = "local"


class NoRetry:
    """Failures are what these tests look at."""

    def should_retry(self, *_):
        return False

    def get_retry_delay(self, *_):
        return 0


class Served:
    """A service that follows a fault file."""

    def __init__(self, folder, *options):
        self.file = folder / "faults.jsonl"
        self.errors = folder / "serve.stderr"
        self.ready = folder / "serve.json"
        self.options = list(map(str, options)) or ["--memory"]
        self.process = None
        self.url = None

    def start(self, *lines):
        self.cue(*lines)
        with open(self.errors, "wb") as stream:
            self.process = subprocess.Popen(
                [OTSFS, "serve", *self.options, "--fault", str(self.file), "--ready", str(self.ready)],
                stdout=subprocess.DEVNULL,
                stderr=stream,
            )

        def answers():
            assert self.process.poll() is None, f"serve ended: {self.errors.read_text()}"
            return self.ready.exists()

        wait_for("the local service", answers)
        self.url = json.loads(self.ready.read_text())["ots"]
        return self

    def cue(self, *lines):
        """Another fault file in the place of the one before."""
        new = self.file.with_suffix(".new")
        new.write_text("".join(json.dumps(line) + "\n" for line in lines))
        os.replace(new, self.file)

    @property
    def target(self):
        return f"{self.url}/{INSTANCE}"

    def host(self):
        place = urllib.parse.urlsplit(self.url)
        return place.hostname, place.port

    def used(self):
        """{line: times used}, by the unsigned report."""
        connection = http.client.HTTPConnection(*self.host(), timeout=DEADLINE_S)
        connection.request("GET", "/-otsfs/faults")
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 200 and answer.getheader("Content-Type") == "application/json"
        return {entry["line"]: entry["used"] for entry in json.loads(body)}

    def sdk(self):
        return OTSClient(self.url, fp.KEY_ID, fp.SECRET, INSTANCE, retry_policy=NoRetry())

    def table(self, name=TABLE):
        self.sdk().create_table(
            tablestore.TableMeta(name, [("k", "STRING"), ("n", "INTEGER")]),
            tablestore.TableOptions(),
            tablestore.ReservedThroughput(tablestore.CapacityUnit(0, 0)),
        )
        return self


@pytest.fixture
def served(tmp_path):
    """A service with one table; its file is empty at first."""
    service = Served(tmp_path).start().table()
    yield service
    end_process(service.process)
    assert service.process.returncode == 0, service.errors.read_text()


def put_item(key, number=0, columns=None):
    row = tablestore.Row([("k", key), ("n", number)], columns or [("v", number)])
    return tablestore.PutRowItem(row, IGNORE)


def write(client, items, table=TABLE):
    """BatchWriteRow: the error code of each row, None where it was written."""
    request = tablestore.BatchWriteRowRequest()
    request.add(tablestore.TableInBatchWriteRowItem(table, items))
    result = client.batch_write_row(request)
    done, failed = result.get_put()
    codes = {item.index: None for item in done}
    codes.update({item.index: item.error_code for item in failed})
    return [codes[index] for index in sorted(codes)]


def rows_of(client, table=TABLE):
    low, high = ([(c, end) for c in ("k", "n")] for end in (tablestore.INF_MIN, tablestore.INF_MAX))
    keys = []
    while low:
        _, low, part, _ = client.get_range(table, "FORWARD", low, high, max_version=1)
        keys += [row.primary_key[0][1] for row in part]
    return keys


# --- a client that sees bytes


def signed_head(action, body=b""):
    headers = {
        "x-ots-date": fp.date_text(),
        "x-ots-apiversion": "2015-12-31",
        "x-ots-accesskeyid": fp.KEY_ID,
        "x-ots-instancename": INSTANCE,
        "x-ots-contentmd5": fp.md5_of(body),
    }
    headers["x-ots-signature"] = fp.request_signature(f"/{action}", headers)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /{action} HTTP/1.1\r\nHost: x\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode()


class Wire:
    """What comes back: every byte, and how it ended."""

    def __init__(self, data, end):
        self.data, self.end = data, end  # end: "kept", "closed", "reset"
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if len(lines[0].split()) > 1 else None
        self.headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)

    @property
    def told(self):
        return int(self.headers["Content-Length"])

    def code(self):
        return fp.first(self.body, 1).decode()

    def message(self):
        return fp.first(self.body, 2).decode()

    def md5_right(self):
        return self.headers["x-ots-contentmd5"] == fp.md5_of(self.body)

    def signature_right(self, action):
        return self.headers["Authorization"] == f"OTS {fp.KEY_ID}:{fp.reply_signature(f'/{action}', self.headers)}"


def exchange(served, action="ListTable", body=b""):
    """One request on a connection of its own."""
    with socket.create_connection(served.host(), timeout=DEADLINE_S) as peer:
        peer.sendall(signed_head(action, body) + body)
        data = b""
        while True:
            head, found, rest = data.partition(b"\r\n\r\n")
            if found:
                length = next(l for l in head.split(b"\r\n") if l.lower().startswith(b"content-length"))
                if len(rest) == int(length.split(b":")[1]):
                    peer.settimeout(0.2)  # a reply that is whole may be followed by a reset
            try:
                more = peer.recv(65536)
            except ConnectionResetError:
                return Wire(data, "reset")
            except TimeoutError:
                return Wire(data, "kept")
            if not more:
                return Wire(data, "closed")
            data += more


def cued(served, do, **match):
    served.cue({"match": match, "do": do})


def test_a_request_that_no_line_takes_is_left_alone(served):
    cued(served, {"error": "OTSServerBusy"}, op="GetRow")
    reply = exchange(served)
    assert (reply.status, reply.end) == (200, "kept")
    assert reply.md5_right() and reply.signature_right("ListTable")
    assert fp.first(reply.body, 1).decode() == TABLE
    assert served.used() == {1: 0}


# --- errors

CODES = {
    "OTSParameterInvalid": (400, None),
    "OTSAuthFailed": (403, "Signature mismatch."),
    "OTSConditionCheckFail": (403, "Condition check failed."),
    "OTSNotEnoughCapacityUnit": (403, "Remaining capacity unit is not enough."),
    "OTSQuotaExhausted": (403, "Too frequent table operations."),
    "OTSTooFrequentReservedThroughputAdjustment": (403, None),
    "OTSObjectNotExist": (404, "Requested table does not exist."),
    "OTSTableNotReady": (404, None),
    "OTSRequestTimeout": (408, "Request timeout."),
    "OTSObjectAlreadyExist": (409, "Requested table already exists."),
    "OTSRowOperationConflict": (409, "Data is being modified by the other request."),
    "OTSRequestBodyTooLarge": (413, "The size of POST data is too large."),
    "OTSInternalServerError": (500, None),
    "OTSPartitionUnavailable": (503, "The partition is not available."),
    "OTSServerUnavailable": (503, "Server is not available."),
    "OTSServerBusy": (503, "Server is busy."),
    "OTSTimeout": (503, "Operation timeout."),
    "OTSNewlyInvented": (500, None),
}


@pytest.mark.parametrize("code", CODES)
def test_an_error_comes_with_its_status_and_text(served, code):
    status, text = CODES[code]
    cued(served, {"error": code})
    reply = exchange(served)
    assert (reply.status, reply.code()) == (status, code)
    assert text is None or reply.message() == text
    assert reply.md5_right() and reply.signature_right("ListTable")
    cued(served, {"error": code, "status": 418, "message": "as told, ü"})
    reply = exchange(served)
    assert (reply.status, reply.code(), reply.message()) == (418, code, "as told, ü")


def test_an_error_leaves_the_table_as_it_was(served):
    client = served.sdk()
    cued(served, {"error": "OTSTimeout"}, op="BatchWriteRow")
    with pytest.raises(OTSServiceError) as caught:
        write(client, [put_item("a")])
    assert (caught.value.get_error_code(), caught.value.get_http_status()) == ("OTSTimeout", 503)
    assert rows_of(client) == []


def test_rates_of_table_operations_come_on_cue(served):
    cued(served, {"error": "OTSQuotaExhausted"}, op="CreateTable", nth=1)
    with pytest.raises(OTSServiceError) as caught:
        served.table("another")
    assert caught.value.get_error_code() == "OTSQuotaExhausted"
    assert caught.value.get_error_message() == "Too frequent table operations."
    assert TABLE in served.sdk().list_table() and "another" not in served.sdk().list_table()
    served.table("another")


def test_words_in_instance_names_are_refused_on_cue(served):
    text = "The instance name must not contain 'ots'."
    served.cue({"do": {"error": "OTSParameterInvalid", "message": text}})
    with pytest.raises(OTSServiceError) as caught:
        served.sdk().list_table()
    assert (caught.value.get_error_code(), caught.value.get_error_message()) == ("OTSParameterInvalid", text)


# --- rows


def test_chosen_rows_fail_and_the_others_are_written(served):
    client = served.sdk()
    cued(served, {"error": "OTSRowOperationConflict"}, op="BatchWriteRow", table=TABLE, rows=[2, 5])
    codes = write(client, [put_item(f"k{n}", n) for n in range(7)])
    conflict = "OTSRowOperationConflict"
    assert codes == [None, None, conflict, None, None, conflict, None]
    assert rows_of(client) == ["k0", "k1", "k3", "k4", "k6"]
    assert write(client, [put_item("k2"), put_item("k5")]) == [None, None], "fewer rows than that"
    assert served.used() == {1: 1}


def test_rows_are_counted_through_all_tables_and_taken_by_table(served):
    client = served.table("other").sdk()
    cued(served, {"error": "OTSTimeout"}, table="other", rows=[1, 2, 3])
    request = tablestore.BatchWriteRowRequest()
    request.add(tablestore.TableInBatchWriteRowItem(TABLE, [put_item("a"), put_item("b")]))
    request.add(tablestore.TableInBatchWriteRowItem("other", [put_item("a"), put_item("b")]))
    client.batch_write_row(request)
    assert rows_of(client) == ["a", "b"] and rows_of(client, "other") == []


def test_rows_of_a_batch_that_reads_fail_too(served):
    client = served.sdk()
    write(client, [put_item("a"), put_item("b")])
    cued(served, {"error": "OTSServerBusy"}, op="BatchGetRow", rows=[1])
    request = tablestore.BatchGetRowRequest()
    keys = [[("k", "a"), ("n", 0)], [("k", "b"), ("n", 0)]]
    request.add(tablestore.TableInBatchGetRowItem(TABLE, keys, None, None, 1))
    first, second = client.batch_get_row(request).get_result_by_table(TABLE)
    assert first.is_ok and first.row.primary_key[0][1] == "a"
    assert (second.is_ok, second.error_code) == (False, "OTSServerBusy")


def test_the_one_row_of_a_single_call_is_row_0(served):
    client = served.sdk()
    cued(served, {"error": "OTSServerBusy"}, op="PutRow", rows=[0])
    with pytest.raises(OTSServiceError):
        client.put_row(TABLE, put_item("a").row, IGNORE)
    cued(served, {"error": "OTSServerBusy"}, op="PutRow", rows=[1])
    client.put_row(TABLE, put_item("a").row, IGNORE)
    assert served.used() == {1: 0}


def test_a_refused_row_is_refused_by_the_sink_too(tmp_path):
    service = Served(tmp_path, "--discard").start().table()
    try:
        cued(service, {"error": "OTSTimeout"}, rows=[1])
        assert write(service.sdk(), [put_item(f"k{n}") for n in range(3)]) == [None, "OTSTimeout", None]
    finally:
        end_process(service.process)


# --- which requests


def hits(served, count):
    return [n for n in range(1, count + 1) if exchange_once(served).status != 200]


def exchange_once(served):
    connection = http.client.HTTPConnection(*served.host(), timeout=DEADLINE_S)
    head = signed_head("ListTable").split(b"\r\n")
    headers = dict(line.decode().split(": ", 1) for line in head[1:-2])
    connection.request("POST", "/ListTable", b"", headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_nth_and_every(served):
    busy = {"error": "OTSServerBusy"}
    for match, expected in (
        ({"nth": 3}, [3]),
        ({"every": 3}, [3, 6, 9, 12]),
        ({"nth": 2, "every": 5}, [2, 7, 12]),
        ({"nth": 5, "every": 1}, list(range(5, 13))),
        ({}, list(range(1, 13))),
    ):
        served.cue({"match": match, "do": busy})
        assert hits(served, 12) == expected, match
        assert served.used() == {1: len(expected)}


def test_chance_falls_the_same_for_the_same_seed(served):
    def fall(seed, chance=0.3):
        served.cue({"seed": seed, "match": {"chance": chance}, "do": {"error": "OTSServerBusy"}})
        return hits(served, 60)

    once = fall(1)
    assert 8 <= len(once) <= 30
    assert fall(2) != once and fall(1) == once
    assert fall(1, 0) == [] and fall(1, 1) == list(range(1, 61))
    served.cue({"seed": 1}, {"match": {"chance": 0.3}, "do": {"error": "OTSServerBusy"}})
    two = hits(served, 60)
    served.cue({"seed": 2}, {"match": {"chance": 0.3}, "do": {"error": "OTSServerBusy"}})
    assert two != hits(served, 60), "a line of nothing but a seed holds for those below"


def test_counts_are_exact_however_many_ask(served):
    served.cue(
        {"match": {"op": "ListTable"}, "do": {"latency_ms": 0}},
        {"match": {"op": "ListTable", "nth": 10, "every": 10}, "do": {"error": "OTSServerBusy"}},
    )
    statuses = []

    def ask():
        statuses.extend(exchange_once(served).status for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    assert collections.Counter(statuses) == {200: 360, 503: 40}
    assert served.used() == {1: 400, 2: 40}


def test_lines_add_up_and_the_first_that_says_something_counts(served):
    served.cue(
        {"match": {"nth": 1}, "do": {"error": "OTSServerBusy"}},
        {"do": {"error": "OTSTimeout", "message": "late", "bad_md5": True}},
    )
    first, second = exchange(served), exchange(served)
    assert (first.code(), first.message()) == ("OTSServerBusy", "Server is busy.")
    assert not first.md5_right() and not second.md5_right()
    assert (second.code(), second.message()) == ("OTSTimeout", "late")
    assert served.used() == {1: 1, 2: 2}


def test_members_of_oss_alone_do_nothing_here(served):
    served.cue(
        {"do": {"wrong_crc": True, "stall_ms": 10}},
        {"match": {"key": "a/"}, "do": {"error": "OTSServerBusy"}},
        {"do": {"body": "<html>", "status": 502}},
    )
    assert exchange(served).status == 200
    assert served.used() == {1: 0, 2: 0, 3: 0}


# --- replies that go wrong


def test_a_reset_comes_after_so_many_bytes(served):
    whole = len(exchange(served).data)
    for count in (0, 1, 40, 300, whole - 50, whole - 1):
        cued(served, {"reset_after_bytes": count})
        reply = exchange(served)
        assert (len(reply.data), reply.end) == (count, "reset")
    cued(served, {"reset_after_bytes": whole + 1000})
    reply = exchange(served)
    assert reply.end == "kept" and len(reply.body) == reply.told


def test_a_reset_of_the_head_is_the_head_itself(served):
    cued(served, {"reset_after_bytes": 250})
    head = exchange(served).data
    cued(served, {"reset_after_bytes": 350})
    longer = exchange(served).data

    def names(data):
        return [line.split(b":")[0] for line in data.split(b"\r\n")[:-1]]

    assert head.startswith(b"HTTP/1.1 200 OK\r\nDate: ")
    assert names(longer)[: len(names(head))] == names(head)


def test_a_body_is_cut_short_of_its_length(served):
    for count in (0, 1, 50):
        cued(served, {"truncate_body": count})
        reply = exchange(served)
        assert (reply.status, len(reply.body), reply.end) == (200, count, "closed")
        assert reply.told > count and reply.signature_right("ListTable")
    cued(served, {"truncate_body": 10**6})
    reply = exchange(served)
    assert (len(reply.body), reply.end) == (reply.told, "kept")


def test_one_byte_of_the_body_is_damaged(served):
    right = exchange(served).body
    for place in (0, 30, len(right) - 1, 10**9):
        cued(served, {"corrupt_byte": place})
        reply = exchange(served)
        differs = [n for n in range(len(right)) if right[n] != reply.body[n]]
        assert differs == [min(place, len(right) - 1)] and len(reply.body) == len(right)
        assert not reply.md5_right() and reply.signature_right("ListTable")


def test_digest_and_signature_are_wrong_each_alone(served):
    cued(served, {"bad_md5": True})
    reply = exchange(served)
    assert not reply.md5_right() and reply.signature_right("ListTable")
    cued(served, {"bad_signature": True})
    reply = exchange(served)
    assert reply.md5_right() and not reply.signature_right("ListTable")
    assert len(reply.headers["Authorization"]) == len(f"OTS {fp.KEY_ID}:") + 28
    with pytest.raises(tablestore.OTSClientError):
        served.sdk().list_table()


def seconds_of(reply):
    date = time.strptime(reply.headers["x-ots-date"][:19], "%Y-%m-%dT%H:%M:%S")
    return calendar.timegm(date) - time.time()


def test_the_services_clock_is_off(served):
    for skew in (600, -600):
        cued(served, {"clock_skew_s": skew})
        reply = exchange(served)
        assert reply.status == 200 and abs(seconds_of(reply) - skew) < 30
        assert reply.signature_right("ListTable")
    for skew in (3600, -3600):
        cued(served, {"clock_skew_s": skew})
        reply = exchange(served)
        assert (reply.status, reply.code()) == (403, "OTSAuthFailed")
        assert reply.message().startswith("Mismatch between system time and x-ots-date")
        assert abs(seconds_of(reply) - skew) < 30


def test_a_lost_reply_was_applied(served):
    client = served.sdk()
    cued(served, {"lose_reply": True}, op="PutRow")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        client.put_row(TABLE, put_item("a").row, IGNORE)
    assert rows_of(client) == ["a"] and served.used() == {1: 1}
    cued(served, {"lose_reply": True})
    assert (exchange(served).data, exchange(served).end) == (b"", "closed")


# --- time


def test_latency_holds_up_nobody_else(served):
    """More requests wait at once than the service has threads, by far."""
    served.cue({"match": {"op": "ListTable"}, "do": {"latency_ms": 1000}})
    count, head = 200, signed_head("ListTable")
    peers = [socket.create_connection(served.host(), timeout=DEADLINE_S) for _ in range(count)]
    begin = time.monotonic()
    for peer in peers:
        peer.sendall(head)
    served.sdk().describe_table(TABLE)
    others = time.monotonic() - begin
    waited = []
    for peer in peers:
        assert peer.recv(65536).startswith(b"HTTP/1.1 200")
        waited.append(time.monotonic() - begin)
        peer.close()
    assert min(waited) >= 0.95, "none came early"
    assert others < max(waited) and max(waited) < 15, f"{others} s, {max(waited)} s"
    assert served.used() == {1: count}


def test_a_service_stops_while_requests_wait(served):
    served.cue({"do": {"latency_ms": 3600000}})
    peers = [socket.create_connection(served.host(), timeout=DEADLINE_S) for _ in range(20)]
    for peer in peers:
        peer.sendall(signed_head("ListTable"))
    wait_for("the requests", lambda: served.used() == {1: 20})
    begin = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(DEADLINE_S) == 0 and time.monotonic() - begin < DEADLINE_S


# --- capacity and partitions


def test_capacity_gives_out_so_many_rows_a_second(served):
    client = served.sdk()
    cued(served, {"capacity": [[0, 50]]}, op="BatchWriteRow", table=TABLE)
    begin = time.monotonic()
    written, partly, busy, number = 0, 0, 0, 0
    while time.monotonic() - begin < 2:
        items = [put_item(f"k{number + n:06}") for n in range(20)]
        number += 20
        try:
            codes = write(client, items)
        except OTSServiceError as error:
            assert (error.get_error_code(), error.get_http_status()) == ("OTSServerBusy", 503)
            busy += 1
            continue
        assert set(codes) <= {None, "OTSNotEnoughCapacityUnit"}
        assert codes[0] is None, "in order: what is left is taken by the first rows"
        written += codes.count(None)
        partly += codes.count(None) < len(codes)
    took = time.monotonic() - begin
    assert 50 <= written <= 50 * (took + 1) + 1, f"{written} in {took} s"
    assert busy > 0 and len(rows_of(client)) == written
    assert served.used() == {1: busy + partly}


def test_capacity_follows_its_trace(served):
    """Nothing at first, then plenty: the trace counts from the start of the service."""
    client = served.sdk()
    cued(served, {"capacity": [[0, 0], [4, 100000]]}, op="PutRow")
    with pytest.raises(OTSServiceError) as caught:
        client.put_row(TABLE, put_item("a").row, IGNORE)
    assert caught.value.get_error_code() == "OTSNotEnoughCapacityUnit"

    def passes():
        try:
            client.put_row(TABLE, put_item("a").row, IGNORE)
            return True
        except OTSServiceError:
            return False

    wait_for("the trace to go on", passes)
    write(client, [put_item(f"k{n}") for n in range(100)])
    assert len(rows_of(client)) == 101


def test_a_hot_partition_is_refused_and_the_others_are_not(served):
    client = served.sdk()
    cued(served, {"partitions": 4, "hot": 1}, op="BatchWriteRow", table=TABLE)
    items = [put_item(chr(0x30 + n), 0) for n in range(64)]
    seen = collections.Counter()
    for _ in range(40):
        for n, code in enumerate(write(client, items)):
            seen[n // 16, code] += 1
    hot = {code for part, code in seen if part == 1}
    assert hot == {None, "OTSNotEnoughCapacityUnit"}, seen
    assert all((part, "OTSNotEnoughCapacityUnit") not in seen for part in (0, 2, 3)), seen


def test_a_partition_that_took_many_rows_moves(served):
    client = served.sdk()
    cued(served, {"partitions": 2}, op="BatchWriteRow")
    codes = collections.Counter()
    for start in range(0, 3000, 200):
        for code in write(client, [put_item(f"{n % 10}{start + n:05}") for n in range(200)]):
            codes[code] += 1
    assert set(codes) == {None, "OTSPartitionUnavailable"}, codes
    time_of_move = time.monotonic()
    wait_for("its new place", lambda: write(client, [put_item("00000"), put_item("99999")]) == [None, None])
    assert time.monotonic() - time_of_move < DEADLINE_S


# --- the file


def run_serve(path):
    return subprocess.run(
        [OTSFS, "serve", "--memory", "--fault", str(path)], capture_output=True, text=True, timeout=DEADLINE_S
    )


def test_a_file_that_is_none_stops_the_service_at_start(tmp_path):
    bad = tmp_path / "bad.jsonl"
    for text, why in (
        ('{"do":{"bad_md5":true}}\n{"do":{"bad_md5":1}}\n', "do.bad_md5: expected true or false, found the number 1"),
        ('\n{"do":{"bad_md5":true}}\n{"do":', "at line 3, byte"),
        ('{"match":{"ops":"x"},"do":{"bad_md5":true}}', "match.ops: there is no such member at line 1"),
    ):
        bad.write_text(text)
        done = run_serve(bad)
        assert done.returncode == 2 and why in done.stderr and str(bad) in done.stderr, done.stderr
        assert done.stdout == ""
    done = run_serve(tmp_path / "missing")
    assert done.returncode == 1 and "missing: No such file" in done.stderr


def test_a_file_changes_while_the_service_runs(served):
    served.cue({"do": {"error": "OTSServerBusy"}})
    assert exchange(served).status == 503
    served.file.write_text('{"do":{"error":"OTSTimeout"}}')  # in place, no line feed at its end
    assert exchange(served).code() == "OTSTimeout"
    served.file.write_text('{"do":{"error":"OTSTimeo\n')
    assert exchange(served).code() == "OTSTimeout", "what was good stays"
    assert served.used() == {1: 2}
    assert "the faults from before stay" in served.errors.read_text()
    assert "at line 1, byte" in served.errors.read_text()
    served.file.unlink()
    assert exchange(served).code() == "OTSTimeout"
    served.cue()
    assert exchange(served).status == 200 and served.used() == {}
    for n in range(30):  # of one length, within one tick of the file system's clock
        served.file.write_text('{"do":{"error":"OTS%02d"}}\n' % n)
        wait_for("the file", lambda: exchange_once(served).status == 500 and exchange(served).code() == "OTS%02d" % n)


def test_the_same_text_again_goes_on_counting(served):
    line = {"match": {"nth": 3}, "do": {"error": "OTSServerBusy"}}
    served.cue(line)
    assert hits(served, 2) == []
    served.cue(line)
    assert hits(served, 1) == [1] and served.used() == {1: 1}


def test_without_a_file_there_are_no_faults_to_report(service):
    host = service.split("//")[1].split("/")[0]
    connection = http.client.HTTPConnection(host, timeout=DEADLINE_S)
    connection.request("GET", "/-otsfs/faults")
    assert json.loads(connection.getresponse().read()) == []
    connection.request("GET", "/other")
    assert connection.getresponse().status == 405
