"""A proxy between otsfs and the local service that breaks calls on cue, and checks them.

Requests are forwarded whole, unless the script of a test names a fault for one. What otsfs sends is held
to the rules a restore must never break: each request signed anew and right, one table, no key twice in a
batch, no key on its way twice at once. Signing and the few messages needed are written here a second time,
from the description of the protocol, so that a mistake shared by our client and our service shows.
"""

import base64
import collections
import datetime
import hashlib
import hmac
import http.client
import random
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY_ID = "otsfs-local"
SECRET = "otsfs-local-secret"
PUT, UPDATE, DELETE = 1, 2, 3
ROWS_MAX = 200
DATA_MAX = 4 << 20


# --- signing


def md5_of(body):
    return base64.b64encode(hashlib.md5(body).digest()).decode()


def hmac_of(text, secret):
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def signed_lines(headers):
    """The x-ots- headers in the order and form in which both sides sign them."""
    names = {name.lower(): value.strip() for name, value in headers.items()}
    return "".join(
        f"{name}:{names[name]}\n"
        for name in sorted(names)
        if name.startswith("x-ots-") and name != "x-ots-signature"
    )


def request_signature(path, headers, secret=SECRET):
    return hmac_of(f"{path}\nPOST\n\n{signed_lines(headers)}", secret)


def reply_signature(path, headers, secret=SECRET):
    return hmac_of(signed_lines(headers) + path, secret)


def date_text(skew_s=0):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=skew_s)
    return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# --- the messages


def put_varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def get_varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at


def fields(data):
    """(number, value) in order; a value is an int or bytes."""
    at = 0
    while at < len(data):
        key, at = get_varint(data, at)
        if key & 7 == 0:
            value, at = get_varint(data, at)
        elif key & 7 == 2:
            size, at = get_varint(data, at)
            value = data[at : at + size]
            assert len(value) == size, "a message cut short"
            at += size
        else:
            raise AssertionError(f"wire type {key & 7}")
        yield key >> 3, value


def first(data, number, default=None):
    return next((value for n, value in fields(data) if n == number), default)


def put_field(number, value):
    if isinstance(value, int):
        return put_varint(number << 3) + put_varint(value)
    return put_varint(number << 3 | 2) + put_varint(len(value)) + value


def error_message(code, message="made by the proxy"):
    return put_field(1, code.encode()) + put_field(2, message.encode())


def row_failure(code):
    return put_field(1, 0) + put_field(2, error_message(code))


def key_of(plain):
    """The key of a row in PlainBuffer: a tuple of (name, value)."""
    assert plain[:5] == b"\x75\0\0\0\x01", "header and tag of a key"
    at, key = 5, []
    while plain[at] == 0x03:
        assert plain[at + 1] == 0x04
        (size,) = struct.unpack_from("<i", plain, at + 2)
        at += 6
        name = plain[at : at + size].decode()
        at += size
        assert plain[at] == 0x05
        (size,) = struct.unpack_from("<i", plain, at + 1)
        kind, data = plain[at + 5], plain[at + 6 : at + 5 + size]
        at += 5 + size
        value = struct.unpack("<q", data)[0] if kind == 0 else data[4:]
        key.append((name, value.decode() if kind == 3 else value))
        assert plain[at] == 0x0A, "checksum of a cell"
        at += 2
    return tuple(key)


class Row:
    """One row of a BatchWriteRow, or the one of a PutRow."""

    def __init__(self, op, plain, message=None):
        self.op, self.plain, self.message = op, plain, message
        self.key = key_of(plain)


class Call:
    """A request of otsfs."""

    def __init__(self, number, nth, path, headers, body):
        self.number = number  # of all, from 1
        self.nth = nth  # of this action, from 1
        self.path, self.action = path, path[1:]
        self.headers, self.body = headers, body
        self.table, self.rows = None, []
        if self.action == "BatchWriteRow":
            tables = [value for n, value in fields(body) if n == 1]
            assert len(tables) == 1, "one table a request"
            self.table = first(tables[0], 1).decode()
            for n, message in fields(tables[0]):
                if n == 2:
                    self.rows.append(Row(first(message, 1), first(message, 2), message))
        elif self.action == "PutRow":
            self.table = first(body, 1).decode()
            self.rows.append(Row(PUT, first(body, 2)))
        elif self.action == "DescribeTable":
            self.table = first(body, 1).decode()


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def signed(self, path, secret=SECRET, key_id=KEY_ID):
        """MD5 and signature made anew, for what stands in it now."""
        self.headers["x-ots-contentmd5"] = md5_of(self.body)
        self.headers["Authorization"] = f"OTS {key_id}:{reply_signature(path, self.headers, secret)}"
        return self


def made_reply(path, status, body):
    headers = {
        "x-ots-contenttype": "protocol buffer",
        "x-ots-date": date_text(),
        "x-ots-requestid": f"proxy-{random.getrandbits(48):012x}",
    }
    return Reply(status, headers, body).signed(path)


# --- one exchange, and the faults


class Exchange:
    """A call that a fault deals with: it forwards what it wants, and sends what it wants."""

    def __init__(self, proxy, handler, call):
        self.proxy, self.handler, self.call = proxy, handler, call
        self._held = set()

    def forward(self, body=None, secret=SECRET):
        """Let the service act on the call, or on another body in its place."""
        headers = {n: v for n, v in self.call.headers.items() if n.lower() != "content-length"}
        body = self.call.body if body is None else body
        if body is not self.call.body or secret != SECRET:
            headers["x-ots-contentmd5"] = md5_of(body)
            headers["x-ots-signature"] = request_signature(self.call.path, headers, secret)
        answer = self.handler.upstream(self.call.path, body, headers)
        kept = {
            name: value
            for name, value in answer.getheaders()
            if name.lower().startswith("x-ots-") or name.lower() == "authorization"
        }
        return Reply(answer.status, kept, answer.read())

    def settle(self):
        """From here on the client may know that this call is over."""
        self.proxy.release(self._held)

    def raw(self, data):
        self.settle()
        try:
            self.handler.wfile.write(data)
        except OSError:
            self.handler.close_connection = True

    def send(self, reply, length=None, extra=""):
        lines = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        length = len(reply.body) if length is None else length
        head = f"HTTP/1.1 {reply.status} Told\r\n{lines}{extra}Content-Length: {length}\r\n\r\n"
        self.raw(head.encode() + reply.body)

    def close(self, reset=False):
        self.settle()
        self.handler.close_connection = True
        if reset:
            hard = struct.pack("ii", 1, 0)
            self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)


def forwarded(x):
    x.send(x.forward())


def whole(status, code, message="made by the proxy"):
    """The service refuses the whole request."""
    return lambda x: x.send(made_reply(x.call.path, status, error_message(code, message)))


def plain_http(status, body=b"<html>gateway</html>", headers=None):
    """Somebody else answers in the service's place."""
    return lambda x: x.send(Reply(status, dict(headers or {}), body))


def rows_fail(choose):
    """choose(row) -> a code or None: those rows fail and are not applied, the others are."""

    def fault(x):
        codes = [choose(row) for row in x.call.rows]
        if not any(codes):
            return forwarded(x)
        name = first(first(x.call.body, 1), 1)
        kept = [row.message for row, code in zip(x.call.rows, codes) if not code]
        results = iter(())
        reply = made_reply(x.call.path, 200, b"")
        if kept:
            table = put_field(1, name) + b"".join(put_field(2, message) for message in kept)
            reply = x.forward(put_field(1, table))
            if reply.status != 200:
                return x.send(reply)
            results = iter([v for n, v in fields(first(reply.body, 1)) if n == 2])
        told = [row_failure(code) if code else next(results) for code in codes]
        reply.body = put_field(1, put_field(1, name) + b"".join(put_field(2, r) for r in told))
        x.send(reply.signed(x.call.path))

    return fault


def delayed(before_s=0, after_s=0):
    def fault(x):
        time.sleep(before_s)
        reply = x.forward()
        time.sleep(after_s)
        x.send(reply)

    return fault


def too_late(after_s):
    """Applied, but the client has given up before it hears of it."""

    def fault(x):
        reply = x.forward()
        x.settle()
        x.proxy.over.wait(after_s)
        x.send(reply)

    return fault


def unheard(x):
    """Reset before anything was done."""
    x.close(reset=True)


def lost_reply(x):
    """Done, and then the connection is gone without a word."""
    x.forward()
    x.close()


def reset_after(count):
    """Done; the answer's first bytes come, then a reset."""

    def fault(x):
        reply = x.forward()
        lines = "".join(f"{n}: {v}\r\n" for n, v in reply.headers.items())
        head = f"HTTP/1.1 {reply.status} OK\r\n{lines}Content-Length: {len(reply.body)}\r\n\r\n"
        x.raw((head.encode() + reply.body)[:count])
        time.sleep(0.01)  # a reset overtakes what the peer has not read
        x.close(reset=True)

    return fault


def truncated(count, tell=True):
    """The body ends early; with tell its length says so, without it the shorter one looks whole."""

    def fault(x):
        reply = x.forward()
        whole_length = len(reply.body)
        reply.body = reply.body[:count]
        x.send(reply, whole_length if tell else None)
        x.close()

    return fault


def corrupted(at):
    def fault(x):
        reply = x.forward()
        if reply.body:
            body = bytearray(reply.body)
            body[at % len(body)] ^= 0x20
            reply.body = bytes(body)
        else:
            reply.body = b"\x0a"
        x.send(reply)

    return fault


def altered(change):
    """change(reply) works on the service's reply, which is then signed as it should be."""

    def fault(x):
        reply = x.forward()
        change(reply)
        x.send(reply.signed(x.call.path))

    return fault


def with_headers(**headers):
    """The reply with headers of other values (None: without); the signature stays as it was."""

    def fault(x):
        reply = x.forward()
        for name, value in headers.items():
            name = name.replace("_", "-")
            for old in [n for n in reply.headers if n.lower() == name.lower()]:
                del reply.headers[old]
            if value is not None:
                reply.headers[name] = value
        x.send(reply)

    return fault


def signed_by(secret=SECRET, key_id=KEY_ID):
    def fault(x):
        x.send(x.forward().signed(x.call.path, secret, key_id))

    return fault


def skewed(seconds):
    def fault(x):
        reply = x.forward()
        reply.headers = {n: v for n, v in reply.headers.items() if n.lower() != "x-ots-date"}
        reply.headers["x-ots-date"] = date_text(seconds)
        x.send(reply.signed(x.call.path))

    return fault


def dripped(chunk=7, pause_s=0.001):
    def fault(x):
        reply = x.forward()
        lines = "".join(f"{n}: {v}\r\n" for n, v in reply.headers.items())
        head = f"HTTP/1.1 {reply.status} OK\r\n{lines}Content-Length: {len(reply.body)}\r\n\r\n"
        data = head.encode() + reply.body
        for at in range(0, len(data), chunk):
            x.raw(data[at : at + chunk])
            time.sleep(pause_s)

    return fault


def stale(x):
    """A good answer, and then the kept connection is closed without notice."""
    forwarded(x)
    x.close()


def wrong_secret(x):
    """The call reaches the service signed with another secret: the refusal is the service's own."""
    x.send(x.forward(secret="not-the-secret"))


def held(gate):
    """Nothing is done until the gate opens."""

    def fault(x):
        gate.reached.set()
        gate.open.wait()
        if gate.dropped:
            x.close(reset=True)
        else:
            forwarded(x)

    return fault


class Gate:
    def __init__(self):
        self.reached, self.open = threading.Event(), threading.Event()
        self.dropped = False

    def drop(self):
        self.dropped = True
        self.open.set()


# --- the proxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self._service = None

    def finish(self):
        super().finish()
        if self._service is not None:
            self._service.close()

    def log_message(self, *_):
        pass

    def upstream(self, path, body, headers):
        if self._service is None:
            self._service = http.client.HTTPConnection(self.server.proxy.upstream, timeout=30)
        self._service.request("POST", path, body, headers)
        return self._service.getresponse()

    def do_POST(self):
        self.server.proxy.serve(self)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def shutdown_request(self, request):
        self.proxy.gone(request)
        self.close_request(request)  # no shutdown() first: a reset must stay one

    def handle_error(self, request, client_address):
        self.proxy.trouble()


class FaultProxy:
    """FaultProxy(url of a service): .url is what otsfs is given. script(call) -> fault or None."""

    def __init__(self, service):
        base, self.instance = service.rsplit("/", 1)
        self.upstream = base.split("//")[1]
        self.script = lambda call: None
        self.counts = collections.Counter()  # of calls, by action
        self.faults = 0
        self.violations = []
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._number = 0
        self._on_way = set()
        self._connections = set()
        self._gates = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/{self.instance}"

    def gate(self):
        gate = Gate()
        self._gates.append(gate)
        return gate

    def vanish(self):
        """The target is gone for good: nobody listens, what was open is reset."""
        self.over.set()
        for gate in self._gates:
            gate.drop()
        if self._server is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def gone(self, connection):
        with self._lock:
            self._connections.discard(connection)

    def trouble(self):
        import sys

        error = sys.exc_info()[1]
        # The other side may leave at any time; anything else is a mistake of this file.
        if not isinstance(error, OSError) and not self.over.is_set():
            self.violations.append(f"the proxy: {error!r}")

    def release(self, held):
        with self._lock:
            self._on_way -= held
            held.clear()

    def _check(self, call):
        """@return what is wrong with the call"""
        headers = {name.lower(): value for name, value in call.headers.items()}
        if headers.get("x-ots-contentmd5") != md5_of(call.body):
            yield "its MD5 is wrong"
        if headers.get("x-ots-signature") != request_signature(call.path, headers):
            yield "its signature is wrong"
        if headers.get("x-ots-instancename") != self.instance:
            yield "its instance is wrong"
        date = datetime.datetime.strptime(headers["x-ots-date"], "%Y-%m-%dT%H:%M:%S.%fZ")
        age = datetime.datetime.now(datetime.timezone.utc) - date.replace(tzinfo=datetime.timezone.utc)
        if abs(age.total_seconds()) > 20:
            yield f"its date is {age} old: it must be signed anew"
        keys = [row.key for row in call.rows]
        if len(keys) > ROWS_MAX or len(call.body) > DATA_MAX + (1 << 20):
            yield f"{len(keys)} rows, {len(call.body)} bytes"
        if len(set(keys)) != len(keys):
            yield "a key stands in it twice"

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        with self._lock:
            self._connections.add(handler.connection)
            self._number += 1
            self.counts[handler.path[1:]] += 1
            call = Call(
                self._number, self.counts[handler.path[1:]], handler.path, dict(handler.headers.items()), body
            )
            x = Exchange(self, handler, call)
            wrong = list(self._check(call))
            x._held = {(call.table, row.key) for row in call.rows}
            if x._held & self._on_way:
                wrong.append("a key is on its way already")
            self._on_way |= x._held
            self.violations += [f"{call.action} {call.nth}: {text}" for text in wrong]
            fault = self.script(call)
            self.faults += fault is not None
        (fault or forwarded)(x)
        x.settle()


# --- scripts


def on(action, nths, fault):
    """The fault for the named calls of an action, from 1."""
    return lambda call: fault if call.action == action and call.nth in nths else None


def by_chance(seed, percent, faults, actions=("BatchWriteRow", "PutRow")):
    """Any of the faults, for so many of a hundred calls."""
    dice = random.Random(seed)

    def script(call):
        if call.action in actions and dice.random() * 100 < percent:
            return dice.choice(faults)
        return None

    return script
