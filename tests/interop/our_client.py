"""Our client as a process that takes calls as JSON lines (tests/interop/driver/README.md)."""

import json
import os
import subprocess

from conftest import KEY_ID, KEY_SECRET, OTSFS

DRIVER = os.path.join(os.path.dirname(OTSFS), "interop", "driver")


class Refused(Exception):
    def __init__(self, answer):
        super().__init__(answer["text"])
        self.status = answer["status"]
        self.code = answer["code"]
        self.http = answer["http"]
        self.id = answer["id"]


class OurClient:
    def __init__(self, url):
        assert os.access(DRIVER, os.X_OK), f"{DRIVER} is missing: make interop"
        environment = dict(os.environ)
        environment.pop("ALIBABA_CLOUD_SECURITY_TOKEN", None)
        environment["ALIBABA_CLOUD_ACCESS_KEY_ID"] = KEY_ID
        environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = KEY_SECRET
        self.process = subprocess.Popen(
            [DRIVER, url], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, call, table="", **members):
        """The answer as it comes."""
        line = json.dumps({"call": call, "table": table, **members})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the driver ended at {line}"
        return json.loads(answer)

    def __call__(self, call, table="", **members):
        """The answer of a call that succeeds; else Refused."""
        answer = self.ask(call, table, **members)
        if not answer["ok"]:
            raise Refused(answer)
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(20)


def value(python):
    """A Python value as the official SDK has them, as a value of a line."""
    if isinstance(python, bool):
        return ["BOOLEAN", python]
    if isinstance(python, int):
        return ["INTEGER", str(python)]
    if isinstance(python, float):
        return ["DOUBLE", python.hex()]
    if isinstance(python, (bytes, bytearray)):
        return ["BINARY", bytes(python).hex()]
    if "\0" in python:
        return ["STRING_HEX", python.encode().hex()]
    return ["STRING", python]


def python(value):
    kind, content = value
    return {
        "BOOLEAN": lambda x: x,
        "INTEGER": int,
        "DOUBLE": float.fromhex,
        "BINARY": lambda x: bytearray(bytes.fromhex(x)),
        "STRING": lambda x: x,
    }[kind](content)


def key(**columns):
    """A key, in the order of its names as they are given."""
    return [[name, value(one)] for name, one in columns.items()]


def cell(name, content, version=None):
    out = {"name": name, "value": value(content)}
    return out if version is None else {**out, "version": str(version)}


def key_of(row):
    return {name: python(one) for name, one in row["key"]}


def cells_of(row):
    """[(name, value, version), …] as the official SDK gives them."""
    return [(name, python(one), int(version)) for name, one, version in row["cells"]]
