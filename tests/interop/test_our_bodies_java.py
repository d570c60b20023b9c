"""What our client sends, read by the Java SDK's decoder: cell operations, bounds and placeholders
too, which the Python SDK's cannot read. It verifies both checksums of every row. The one thing that
it cannot read either is the placeholder of an auto-increment column; vectors hold that one."""

import base64

import pytest

from drivers import AUTO, MAX, MIN, ClientFailed, to_json
from our_bodies import record
from our_client import python

BOUNDS = {"AUTO": AUTO, "MIN": MIN, "MAX": MAX}
DO = {"delete_one": "delete"}
EXPECT = {"ANY": "IGNORE", "MUST_EXIST": "EXPECT_EXIST", "MUST_NOT_EXIST": "EXPECT_NOT_EXIST"}


def key_of(key):
    return [{"name": name, "value": BOUNDS[one[0]] if one[0] in BOUNDS else to_json(python(one))}
            for name, one in key]


def cell_of(cell):
    out = {"name": cell["name"]}
    if "value" in cell:
        out["value"] = to_json(python(cell["value"]))
    if "version" in cell:
        out["time"] = int(cell["version"])
    if "op" in cell:
        out["do"] = DO.get(cell["op"], cell["op"])
    return out


def change_of(change):
    return {"op": change["op"].lower(), "table": "t1", "key": key_of(change["key"]),
            "cells": [cell_of(cell) for cell in change.get("cells", [])],
            "deleted": change["op"] == "DELETE",
            "expect": EXPECT[change.get("existence", "ANY")]}


def bound_of(call, name):
    """A bound's whole key: what is not told is filled up to the side where the range begins or ends."""
    least = (name == "start") != call.get("backward", False)
    told = call.get(name, {"prefix": [], "rest": "MIN" if least else "MAX"})
    prefix = key_of(told["prefix"])
    rest = BOUNDS[told.get("rest", "MIN")]
    return {"op": name, "table": "t1", "cells": [], "deleted": False,
            "key": prefix + [{"name": n, "value": rest} for n in call["key_names"][len(prefix):]]}


def rows_of(call):
    if call["call"] == "write_row":
        return [change_of(call)]
    if call["call"] in ("batch_write", "batch_change"):
        return [change_of(row) for row in call["rows"]]
    if call["call"] == "get_range":
        return [bound_of(call, "start"), bound_of(call, "end")]
    keys = [call["key"]] if call["call"] == "get_row" else call["keys"]
    return [{"op": "get", "table": "t1", "key": key_of(key), "cells": [], "deleted": False}
            for key in keys]


def decode(java, path, body):
    return java.call("decode", action=path[1:], body=base64.b64encode(body).decode())["rows"]


@pytest.mark.parametrize("language", ["java"])
def test_every_body_is_what_was_called(language, start_sdk):
    java = start_sdk(language)
    seen = set()
    for call, path, body in record():
        if ["id", ["AUTO"]] in call.get("key", []):
            with pytest.raises(ClientFailed, match="Unsupported pk type: 11"):
                decode(java, path, body)
            continue
        assert decode(java, path, body) == rows_of(call), call
        seen.add(path)
    assert seen == {"/PutRow", "/UpdateRow", "/DeleteRow", "/BatchWriteRow", "/GetRow",
                    "/BatchGetRow", "/GetRange"}


@pytest.mark.parametrize("language", ["java"])
def test_the_decoder_notices_one_wrong_byte(language, start_sdk):
    """Else the test above would show nothing."""
    java = start_sdk(language)
    call, path, body = record()[1]
    wrong = body.replace(b"c_double", b"c_doublf")
    assert wrong != body
    assert decode(java, path, body) == rows_of(call)
    with pytest.raises(ClientFailed, match="[Cc]heck ?[Ss]um"):
        decode(java, path, wrong)
