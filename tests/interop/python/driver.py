"""The Python SDK behind lines of JSON: one call a line in, one answer a line out (../drivers.py says
which). It decides nothing: what a call must give is written once, in the tests. Version 6.4.8 is
what tests run; it is written for 5.x too, so that an older one can be tried by hand."""

import base64
import json
import struct
import sys

import certifi
import tablestore as ts

BOUNDS = {"min": ts.INF_MIN, "max": ts.INF_MAX, "auto": ts.PK_AUTO_INCR}
EXISTENCE = {
    "ignore": ts.RowExistenceExpectation.IGNORE,
    "exist": ts.RowExistenceExpectation.EXPECT_EXIST,
    "not_exist": ts.RowExistenceExpectation.EXPECT_NOT_EXIST,
}
COMPARATORS = {
    "==": ts.ComparatorType.EQUAL, "!=": ts.ComparatorType.NOT_EQUAL,
    ">": ts.ComparatorType.GREATER_THAN, ">=": ts.ComparatorType.GREATER_EQUAL,
    "<": ts.ComparatorType.LESS_THAN, "<=": ts.ComparatorType.LESS_EQUAL,
}
COMBINATORS = {"all": ts.LogicalOperator.AND, "any": ts.LogicalOperator.OR,
               "not": ts.LogicalOperator.NOT}
RETURNS = {"none": ts.ReturnType.RT_NONE, "key": ts.ReturnType.RT_PK}


class NoRetry(ts.DefaultRetryPolicy):
    """Failures are what the tests look at."""

    def should_retry(self, *_):
        return False


def plain(value):
    (kind, text), = value.items()
    if kind == "int":
        return int(text)
    if kind == "dbl":
        return struct.unpack(">d", bytes.fromhex(text))[0]
    if kind == "bin":
        return bytearray(base64.b64decode(text))
    return BOUNDS[text] if kind == "inf" else text


def typed(value):
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"dbl": struct.pack(">d", value).hex()}
    if isinstance(value, str):
        return {"str": value}
    return {"bin": base64.b64encode(bytes(value)).decode()}


def key(cells):
    return [(c["name"], plain(c["value"])) for c in cells]


def puts(cells):
    return [(c["name"], plain(c["value"])) + ((c["time"],) if "time" in c else ()) for c in cells]


def updates(cells):
    changes = {}
    for c in cells:
        do = c.get("do", "put").upper()
        if do == "DELETE_ALL":
            made = c["name"]
        elif do == "DELETE":
            made = (c["name"], None, c["time"])
        else:
            made, = puts([c])
        changes.setdefault(do, []).append(made)
    return changes


def column_filter(f):
    for member, operator in COMBINATORS.items():
        if member in f:
            whole = ts.CompositeColumnCondition(operator)
            for sub in f[member]:
                whole.add_sub_condition(column_filter(sub))
            return whole
    return ts.SingleColumnCondition(f["column"], plain(f["value"]), COMPARATORS[f["is"]],
                                    f["pass_if_missing"], f["latest_only"])


def condition(c):
    return ts.Condition(EXISTENCE[c["row"]], column_filter(c["filter"]) if "filter" in c else None)


def key_cells(columns):
    return columns and [{"name": c[0], "value": typed(c[1])} for c in columns]


def row_of(row):
    if row is None or not row.primary_key:
        return None
    return {"key": key_cells(row.primary_key),
            "cells": [{"name": c[0], "value": typed(c[1]), "time": c[2]}
                      for c in row.attribute_columns or []]}


def result(consumed, row):
    return {"ok": True, "consumed": consumed and [consumed.read, consumed.write],
            "row": row_of(row)}


def batch_result(item):
    one = result(item.consumed, item.row) if item.is_ok else {"ok": False}
    if not item.is_ok:
        one["error"] = {"code": item.error_code, "message": item.error_message}
    return one


def choice(c):
    times = c.get("times")
    made = {"columns_to_get": c.get("columns"), "max_version": c["max_versions"] or None,
            "time_range": times and (times[0] if len(times) == 1 else tuple(times)),
            "start_column": c.get("start_column"), "end_column": c.get("end_column"),
            "column_filter": column_filter(c["filter"]) if "filter" in c else None}
    return made


def table_options(o):
    return ts.TableOptions(**{name: o.get(ours) for name, ours in (
        ("time_to_live", "ttl"), ("max_version", "versions"), ("max_time_deviation", "deviation"),
        ("allow_update", "allow_update")) if ours in o or name != "allow_update"})


def reserved(units):
    return ts.ReservedThroughput(ts.CapacityUnit(*units))


def described(table, response):
    o, unit = response.table_options, response.reserved_throughput_details.capacity_unit
    return {"table": table, "throughput": [unit.read, unit.write], "options": {
        "ttl": o.time_to_live, "versions": o.max_version, "deviation": o.max_time_deviation,
        "allow_update": getattr(o, "allow_update", None)}}


class Calls:
    client = None

    def connect(self, c):
        if "ca" in c:  # the SDK asks certifi, and nothing else, whom to trust
            certifi.where = lambda: c["ca"]
        more = {"region": c["region"]} if "region" in c else {}
        self.client = ts.OTSClient(c["url"], c["id"], c["secret"], c["instance"],
                                   sts_token=c.get("token"), retry_policy=NoRetry(), **more)
        return {}

    def create_table(self, c):
        schema = [(k["name"], k["type"]) + ((ts.PK_AUTO_INCR,) if k["auto"] else ())
                  for k in c["key"]]
        given = {"deviation": 86400, **c["options"]}
        self.client.create_table(ts.TableMeta(c["table"], schema), table_options(given),
                                 reserved(c["throughput"]))
        return {}

    def list_tables(self, _):
        return {"tables": list(self.client.list_table())}

    def describe_table(self, c):
        response = self.client.describe_table(c["table"])
        meta = response.table_meta
        return {**described(meta.table_name, response), "key": [
            {"name": k[0], "type": k[1], "auto": len(k) > 2} for k in meta.schema_of_primary_key]}

    def update_table(self, c):
        return described(c["table"], self.client.update_table(
            c["table"], table_options(c["options"]) if "options" in c else None,
            reserved(c["throughput"]) if "throughput" in c else None))

    def delete_table(self, c):
        self.client.delete_table(c["table"])
        return {}

    def put_row(self, c):
        return result(*self.client.put_row(
            c["table"], ts.Row(key(c["key"]), puts(c["cells"])), condition(c["condition"]),
            RETURNS[c.get("return", "none")]))

    def update_row(self, c):
        return result(*self.client.update_row(
            c["table"], ts.Row(key(c["key"]), updates(c["cells"])), condition(c["condition"]),
            RETURNS[c.get("return", "none")]))

    def delete_row(self, c):
        return result(*self.client.delete_row(
            c["table"], ts.Row(key(c["key"])), condition(c["condition"])))

    def get_row(self, c):
        consumed, row, _ = self.client.get_row(c["table"], key(c["key"]), **choice(c))
        return result(consumed, row)

    def batch_get_row(self, c):
        request = ts.BatchGetRowRequest()
        for t in c["tables"]:
            request.add(ts.TableInBatchGetRowItem(
                t["table"], [key(k) for k in t["keys"]], **choice(t)))
        response = self.client.batch_get_row(request)
        return {"rows": [batch_result(item) for t in c["tables"]
                         for item in response.get_result_by_table(t["table"])]}

    def batch_write_row(self, c):
        items = {}
        for w in c["rows"]:
            row, expected = key(w["key"]), condition(w["condition"])
            give = RETURNS[w.get("return", "none")]
            if w["op"] == "put":
                item = ts.PutRowItem(ts.Row(row, puts(w["cells"])), expected, give)
            elif w["op"] == "update":
                item = ts.UpdateRowItem(ts.Row(row, updates(w["cells"])), expected, give)
            else:
                item = ts.DeleteRowItem(ts.Row(row), expected, give)
            items.setdefault(w["table"], []).append(item)
        request = ts.BatchWriteRowRequest()
        for table, rows in items.items():
            request.add(ts.TableInBatchWriteRowItem(table, rows))
        response = self.client.batch_write_row(request)
        by_index = {(table, row.index): row for group in (
            response.table_of_put, response.table_of_update, response.table_of_delete)
            for table, rows in group.items() for row in rows}
        seen, rows = {}, []
        for w in c["rows"]:
            index = seen.get(w["table"], 0)
            seen[w["table"]] = index + 1
            rows.append(batch_result(by_index[w["table"], index]))
        return {"rows": rows}

    def get_range(self, c):
        _, following, rows, _ = self.client.get_range(
            c["table"], c["direction"].upper(), key(c["start"]), key(c["end"]),
            limit=c.get("limit"), **choice(c))
        return {"rows": [row_of(row) for row in rows], "next": key_cells(following)}


def answer(calls, line):
    try:
        call = json.loads(line)
        return getattr(calls, call["call"])(call)
    except ts.OTSServiceError as error:
        return {"error": {"code": error.get_error_code(), "message": error.get_error_message(),
                          "status": error.get_http_status(), "request_id": error.get_request_id()}}
    except Exception as error:  # pylint: disable=broad-except; whatever the SDK raises is an answer
        return {"failed": f"{type(error).__name__}: {error}"}


def main():
    lines, out = sys.stdin, sys.stdout
    sys.stdout = sys.stderr  # the SDK prints when it is loaded
    calls = Calls()
    for line in lines:
        out.write(json.dumps(answer(calls, line)) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
