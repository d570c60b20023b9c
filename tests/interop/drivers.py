"""Official SDKs behind lines of JSON, so that what a call must give is written once for all of them.

A driver is a small program in the SDK's language, in a folder of its own beside this file. It reads
one call a line and prints one answer a line:

    {"call": "get_row", "table": "t", "key": [{"name": "p", "value": {"str": "a"}}], …}
    {"ok": true, "consumed": [1, 0], "row": {"key": […], "cells": […]}}

A value has one member: int (as text), dbl (its 64 bits in hex), bool, str, bin (base64), and in keys
inf (min, max, auto). A cell is name, value, time (milliseconds); of an update also do: put, delete,
delete_all, increment. What the service refuses is {"error": {code, message, status, request_id}},
what the SDK itself refuses {"failed": text}. The methods of Driver are the calls.

A driver is built once, below build/interop, from packages whose versions its manifest pins, and again
when its folder changes. INTEROP_SKIP=node,java leaves languages out; any other that cannot be built
fails its tests.
"""

import base64
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD_LIMIT_S = 900
CALL_LIMIT_S = 120  # far above what a call takes; a driver that hangs is ended
MIN, MAX, AUTO = {"inf": "min"}, {"inf": "max"}, {"inf": "auto"}


class Refused(Exception):
    """The service's own error, as the SDK shows it."""

    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code, self.message = error["code"], error["message"]
        self.status, self.request_id = error.get("status"), error.get("request_id")


class ClientFailed(Exception):
    """The SDK refused the call, or did not take the answer."""


def to_json(value):
    if isinstance(value, dict):  # a bound, or a value that is written out
        return value
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"dbl": struct.pack(">d", value).hex()}
    if isinstance(value, str):
        return {"str": value}
    return {"bin": base64.b64encode(value).decode()}


def from_json(value):
    (kind, plain), = value.items()
    if kind == "int":
        return int(plain)
    if kind == "dbl":
        return struct.unpack(">d", bytes.fromhex(plain))[0]
    if kind == "bin":
        return base64.b64decode(plain)
    return value if kind == "inf" else plain


def key_of(**columns):
    """A key in the order of its columns."""
    return list(columns.items())


def _key(columns):
    return [{"name": name, "value": to_json(value)} for name, value in columns]


def _cell(name, value=None, time=None, do=None):
    cell = {"name": name}
    if value is not None:
        cell["value"] = to_json(value)
    if time is not None:
        cell["time"] = time
    if do is not None:
        cell["do"] = do
    return cell


def _row(row):
    """(key, cells) as lists of (name, value) and (name, value, time)."""
    if row is None:
        return None
    return (
        [(c["name"], from_json(c["value"])) for c in row["key"] or []],
        [(c["name"], from_json(c["value"]), c["time"]) for c in row["cells"]],
    )


class Result:
    """One row of an answer."""

    def __init__(self, answer):
        self.ok = answer.get("ok", True)
        self.consumed = answer.get("consumed")
        error = answer.get("error")
        self.code, self.message = (error["code"], error["message"]) if error else (None, None)
        row = _row(answer.get("row"))
        self.key, self.cells = row if row else (None, None)

    @property
    def values(self):
        """Names and values alone."""
        return None if self.cells is None else [cell[:2] for cell in self.cells]


def filtered(column, comparator, value, pass_if_missing=True, latest_only=True):
    return {"column": column, "is": comparator, "value": to_json(value),
            "pass_if_missing": pass_if_missing, "latest_only": latest_only}


def write(op, table, key, cells=(), expect="ignore", column_condition=None, give=None, names=None):
    """One change, alone or of a batch.
    @param cells  (name, value[, time]) of a put; of an update also (name, value, time, do)"""
    change = {"op": op, "table": table, "key": _key(key), "cells": [_cell(*c) for c in cells],
              "condition": {"row": expect}}
    if column_condition is not None:
        change["condition"]["filter"] = column_condition
    if give is not None:
        change["return"] = give
    if names is not None:
        change["columns"] = names
    return change


class Driver:
    def __init__(self, language, command, **environment):
        self.language = language
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            env={**os.environ, **environment})

    def call(self, name, **arguments):
        limit = threading.Timer(CALL_LIMIT_S, self.process.kill)
        limit.start()
        try:
            self.process.stdin.write(json.dumps({"call": name, **arguments}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        finally:
            limit.cancel()
        if not line:
            raise RuntimeError(f"the {self.language} driver ended with {self.process.wait(20)}")
        answer = json.loads(line)
        if set(answer) == {"error"}:
            raise Refused(answer["error"])
        if "failed" in answer:
            raise ClientFailed(answer["failed"])
        return answer

    def close(self):
        """End of input ends a driver, with nothing left over."""
        self.process.stdin.close()
        try:
            return self.process.wait(60)
        finally:
            if self.process.returncode is None:
                self.process.kill()
                self.process.wait()

    def connect(self, url, key_id, secret, instance="local", **options):
        """@param options  token; Java and Python also region (signature V4), Java compress and
        check_md5, Python ca (a file of certificates; the others take it from the environment)"""
        self.call("connect", url=url, id=key_id, secret=secret, instance=instance, **options)

    def create_table(self, table, key, throughput=(0, 0), **options):
        """@param key  (name, type) or (name, type, "auto")
        @param options  ttl, versions, deviation, allow_update"""
        self.call("create_table", table=table, throughput=throughput,
                  key=[{"name": k[0], "type": k[1], "auto": len(k) > 2} for k in key],
                  options={"ttl": -1, "versions": 1, **options})

    def list_tables(self):
        return self.call("list_tables")["tables"]

    def describe_table(self, table):
        return self.call("describe_table", table=table)

    def update_table(self, table, **given):
        """@param given  throughput, options"""
        return self.call("update_table", table=table, **given)

    def delete_table(self, table):
        self.call("delete_table", table=table)

    def compute_splits(self, table, size, unit_bytes=None):
        """How many ranges of @p size units there are; Go and Java."""
        unit = {} if unit_bytes is None else {"unit": unit_bytes}
        return self.call("compute_splits", table=table, size=size, **unit)["splits"]

    def put_row(self, table, key, cells=(), **how):
        return Result(self.call("put_row", **write("put", table, key, cells, **how)))

    def update_row(self, table, key, cells, **how):
        return Result(self.call("update_row", **write("update", table, key, cells, **how)))

    def delete_row(self, table, key, **how):
        return Result(self.call("delete_row", **write("delete", table, key, **how)))

    def get_row(self, table, key, max_versions=1, **how):
        """@param how  columns, times ([from, until) or [moment]), filter, start_column, end_column"""
        return Result(self.call("get_row", table=table, key=_key(key), max_versions=max_versions,
                                **how))

    def batch_get_row(self, *tables):
        """@param tables  dicts of table, keys and what get_row takes"""
        parts = [{"max_versions": 1, **t, "keys": [_key(k) for k in t["keys"]]} for t in tables]
        return [Result(row) for row in self.call("batch_get_row", tables=parts)["rows"]]

    def batch_write_row(self, *writes):
        return [Result(row) for row in self.call("batch_write_row", rows=writes)["rows"]]

    def get_range(self, table, start, end, direction="forward", max_versions=1, **how):
        """@return rows, and the next start or None"""
        answer = self.call("get_range", table=table, start=_key(start), end=_key(end),
                           direction=direction, max_versions=max_versions, **how)
        following = answer["next"]
        return ([_row(row) for row in answer["rows"]],
                [(c["name"], from_json(c["value"])) for c in following] if following else None)

    def read_range(self, table, start, end, *arguments, **how):
        """All pages. @return rows, number of pages"""
        rows, pages = [], 0
        while start is not None:
            page, start = self.get_range(table, start, end, *arguments, **how)
            rows += page
            pages += 1
        return rows, pages


def _run(command, folder, **environment):
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=BUILD_LIMIT_S, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}")


def _make_go(folder):
    # The toolchain that is installed, whatever a newer module might ask for.
    _run(["go", "build", "-o", "driver", "."], folder,
         GOTOOLCHAIN="local", GOFLAGS="-mod=readonly -buildvcs=false", CGO_ENABLED="0")


def _make_node(folder):
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder)


def _make_java(folder):
    _run(["mvn", "-q", "-B", "compiler:compile", "dependency:copy-dependencies"], folder)


# What makes a driver in a copy of its folder, and what starts it there.
LANGUAGES = {
    "go": (_make_go, ["{}/driver"]),
    "java": (_make_java, ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m", "-cp",
                          "{0}/target/classes:{0}/target/dependency/*", "otsfs.interop.Driver"]),
    "node": (_make_node, ["node", "{}/driver.js"]),
    "python": (lambda folder: None, [sys.executable, "{}/driver.py"]),
}


def left_out():
    """The languages that INTEROP_SKIP names."""
    named = {name for name in os.environ.get("INTEROP_SKIP", "").split(",") if name}
    unknown = named - set(LANGUAGES)
    if unknown:
        raise ValueError(f"INTEROP_SKIP names {sorted(unknown)}; there are {sorted(LANGUAGES)}")
    return named


def _digest(folder):
    sums = hashlib.sha256()
    for path, _, files in sorted(os.walk(folder)):
        for name in sorted(files):
            with open(os.path.join(path, name), "rb") as file:
                body = file.read()
            sums.update(f"{os.path.relpath(path, folder)}/{name} {len(body)}\n".encode() + body)
    return sums.hexdigest()


def command_of(language, service=""):
    """The command of a driver, built if it was not yet.
    @param service  the folder that has it: empty for Tablestore, `oss`"""
    make, command = LANGUAGES[language]
    source = os.path.join(HERE, service, language)
    built = os.path.join(ROOT, "build", "interop", service, language)
    stamp = os.path.join(built, "made-from")
    digest = _digest(source)
    if not os.path.exists(stamp) or open(stamp, encoding="ascii").read() != digest:
        shutil.rmtree(built, ignore_errors=True)
        shutil.copytree(source, built)
        make(built)
        with open(stamp, "w", encoding="ascii") as file:
            file.write(digest)
    return [part.format(built) for part in command]
