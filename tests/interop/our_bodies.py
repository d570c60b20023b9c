"""Bodies of requests as our client sends them, each with what it says: for decoders of others.

`python our_bodies.py FILE` writes one JSON line a body: `path` and base64 `body` as they were sent,
and the `call` of the driver that made it (README.md in driver/ has the members).
"""

import base64
import http.server
import json
import sys
import threading

from our_client import OurClient, cell, key, value

VERSION = 1700000000000
EVERY_TYPE = [
    cell("c_string", "übung\n", VERSION),
    cell("c_empty", ""),
    cell("c_integer", -(2**63)),
    cell("c_double", -0.1),
    cell("c_true", True),
    cell("c_false", False, 0),
    cell("c_binary", b"\x00\xff\x75", VERSION + 1),
    cell("c_binary", b"", VERSION),
]
EVERY_KEY = key(p1="part", p2=2**63 - 1, p3=b"\x00\x01")
CHANGES = [
    cell("a", 0.5),
    {"name": "b", "op": "delete_one", "version": str(VERSION)},
    {"name": "c", "op": "delete_all"},
    {"name": "d", "op": "increment", "value": value(-7)},
]
FILTER = {
    "and": [
        {"compare": "GREATER_OR_EQUAL", "column": "c_integer", "value": value(5)},
        {"or": [
            {"compare": "EQUAL", "column": "c_string", "value": value("x"), "any_version": True},
            {"not": [{"compare": "LESS", "column": "c_double", "value": value(1.5),
                      "pass_if_missing": True}]},
        ]},
    ]
}
RANGE = {"key_names": ["p1", "p2", "p3"], "max_versions": 2}

CALLS = [
    {"call": "write_row", "op": "PUT", "key": key(pk="r"), "cells": []},
    {"call": "write_row", "op": "PUT", "key": EVERY_KEY, "cells": EVERY_TYPE},
    {"call": "write_row", "op": "PUT", "key": [["p", value("a")], ["id", ["AUTO"]]],
     "cells": [cell("c", 1)], "returns": "KEY"},
    {"call": "write_row", "op": "PUT", "key": key(pk=1), "cells": [cell("c", 1)],
     "existence": "MUST_NOT_EXIST"},
    {"call": "write_row", "op": "UPDATE", "key": EVERY_KEY, "cells": EVERY_TYPE,
     "existence": "MUST_EXIST", "condition": FILTER},
    {"call": "write_row", "op": "UPDATE", "key": key(pk="r"), "cells": CHANGES,
     "returns": "MODIFIED", "return_columns": ["d"]},
    {"call": "write_row", "op": "DELETE", "key": EVERY_KEY},
    {"call": "write_row", "op": "DELETE", "key": key(pk="r"), "existence": "MUST_EXIST",
     "condition": FILTER["and"][0], "returns": "KEY"},
    {"call": "batch_write", "rows": [
        {"op": "PUT", "key": key(pk="a"), "cells": EVERY_TYPE},
        {"op": "UPDATE", "key": key(pk="b"), "cells": CHANGES[:3]},
        {"op": "DELETE", "key": key(pk="c")},
        {"op": "PUT", "key": key(pk="d"), "cells": [cell("x" * 255, "y" * 5000)]},
    ]},
    {"call": "batch_change", "rows": [
        {"op": "PUT", "key": key(pk="a"), "cells": [cell("c", 1)], "existence": "MUST_EXIST"},
        {"op": "UPDATE", "key": key(pk="b"), "cells": CHANGES, "condition": FILTER,
         "returns": "MODIFIED", "return_columns": ["d", "e"]},
        {"op": "DELETE", "key": key(pk="c"), "returns": "KEY"},
    ]},
    {"call": "get_row", "key": EVERY_KEY, "max_versions": 3, "columns": ["a", "b"]},
    {"call": "get_row", "key": key(pk="r"), "times": [VERSION, VERSION + 1], "filter": FILTER,
     "start_column": "a", "end_column": "z"},
    {"call": "batch_get", "keys": [key(pk="a"), key(pk="b")], "max_versions": 1,
     "columns": ["c"], "filter": {"page": [2, 3]}},
    {"call": "get_range", **RANGE},
    {"call": "get_range", **RANGE, "backward": True, "limit": 7},
    {"call": "get_range", **RANGE, "limit": 5000, "filter": FILTER, "columns": ["a"],
     "start": {"prefix": EVERY_KEY}, "end": {"prefix": EVERY_KEY[:1], "rest": "MAX"}},
]


class Recorder:
    """A server that keeps what it is sent and refuses it."""

    def __enter__(self):
        self.requests = requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                requests.append((self.path, body, dict(self.headers)))
                self.send_response(400)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def record():
    """[(call, path, body), …] of CALLS."""
    bodies = []
    with Recorder() as recorder:
        client = OurClient(f"{recorder.url}/local")
        for call in CALLS:
            members = {name: member for name, member in call.items() if name != "call"}
            answer = client.ask(call["call"], "t1", **members)
            assert answer["http"] == 400, answer
            path, body, _ = recorder.requests[-1]
            bodies.append((call, path, body))
        assert len(recorder.requests) == len(CALLS), "each call is sent once"
        client.close()
    return bodies


if __name__ == "__main__":
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for call, path, body in record():
            text = base64.b64encode(body).decode()
            out.write(json.dumps({"path": path, "body": text, "call": call}) + "\n")
