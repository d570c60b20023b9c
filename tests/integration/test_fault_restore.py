"""`otsfs restore` into a service that fails on cue: whatever it does, the restore ends complete, counts right,
and the table is what a sequential interpreter of the same records says."""

import time

import pytest
import tablestore

from conftest import DEADLINE_S, end_process
from test_fault_service import Served
from test_restore_faults import Run, comparable, expected, histories, same, text_of, whole

EVERY_CALL = {"op": "BatchWriteRow"}


@pytest.fixture
def served(tmp_path):
    """A service without a table: a restore makes its own."""
    service = Served(tmp_path).start()
    yield service
    end_process(service.process)
    assert service.process.returncode == 0, service.errors.read_text()


def table_of(served, name="t"):
    """As expected() says it; read by the official SDK, without faults."""
    served.cue()
    client = served.sdk()
    low, high = ([(c, end) for c in ("k", "n")] for end in (tablestore.INF_MIN, tablestore.INF_MAX))
    rows = {}
    while low:
        _, low, part, _ = client.get_range(name, "FORWARD", low, high, max_version=(1 << 31) - 1)
        for row in part:
            cells = {}
            for column, one, version in row.attribute_columns:
                one = bytes(one) if isinstance(one, bytearray) else one
                cells.setdefault(column, {})[version] = one
            rows[tuple(v for _, v in row.primary_key)] = comparable(cells)
    return rows


@pytest.fixture
def restored(served, tmp_path):
    """restored(records, line…) -> (report, {line: used}) of a restore that must end well under those lines."""
    runs = []

    def restore(records, *lines, options=(), timeout=DEADLINE_S * 2):
        file = tmp_path / "t.jsonl"
        file.write_text(text_of(records))
        served.cue(*lines)
        runs.append(Run(file, served.target, tmp_path / "state", *options))
        code, report, err = runs[-1].end(timeout)
        used = served.used()
        assert code == 0 and report["state"] == "done", f"{code} {err}\n{report}\n{used}"
        whole(report, records)
        assert same(table_of(served), expected(records))
        return report, used

    yield restore
    for run in runs:
        end_process(run.process)


def at(nth, do, every=None, op="BatchWriteRow", **match):
    match |= {"op": op, "nth": nth} | ({"every": every} if every else {})
    return {"match": match, "do": do}


def error(code, **more):
    return {"error": code} | more


def early(do):
    """The first call of everything that a restore needs, and some of the many."""
    return [
        at(1, do, op="DescribeTable"),
        at(1, do, op="CreateTable"),
        at(1, do, op="PutRow"),
        at(2, do, every=9),
        at(3, do, every=9),
    ]


PASSING = (
    "OTSServerBusy",
    "OTSNotEnoughCapacityUnit",
    "OTSQuotaExhausted",
    "OTSStorageServerBusy",
    "OTSOperationThrottled",
    "OTSTimeout",
    "OTSRequestTimeout",
    "OTSInternalServerError",
    "OTSPartitionUnavailable",
    "OTSServerUnavailable",
    "OTSTableNotReady",
    "OTSRowOperationConflict",
)


@pytest.mark.parametrize("code", PASSING)
def test_an_error_that_passes(restored, code):
    _, used = restored(
        histories(code, 500, 150),
        *early(error(code)),
        at(4, error(code), every=9, rows=[0, 3]),
        at(6, error(code), every=9, rows=list(range(200))),
    )
    assert used[4] > 0 and used[5] > 0 and used[6] > 0, used


def test_a_code_that_nobody_knows(restored):
    restored(
        histories("unknown", 500, 150),
        at(2, error("OTSNewlyInvented"), every=9),
        at(3, error("OTSNewlyInvented", status=400), every=9),
        at(4, error("OTSNewlyInvented"), every=9, rows=[1, 4]),
    )


def test_a_batch_refused_for_one_row_is_taken_apart(restored):
    """What is refused as a whole is halved, and sent again until it passes; a row alone is set aside. So the
    batches must be large here: no key comes twice."""
    records = [{"ts": n + 1, "op": "PUT", "pk": {"k": f"key {n}", "n": n}, "cols": {"u1": n}} for n in range(500)]
    _, used = restored(records, at(1, error("OTSParameterInvalid")), at(3, error("OTSRequestBodyTooLarge")))
    assert used == {1: 1, 2: 1}


BROKEN = {
    "reset-0": {"reset_after_bytes": 0},
    "reset-head": {"reset_after_bytes": 120},
    "reset-body": {"reset_after_bytes": 420},
    "lost": {"lose_reply": True},
    "cut-0": {"truncate_body": 0},
    "cut-7": {"truncate_body": 7},
    "corrupt-first": {"corrupt_byte": 0},
    "corrupt-middle": {"corrupt_byte": 33},
    "corrupt-error": {"corrupt_byte": 3, "error": "OTSServerBusy"},
    "digest": {"bad_md5": True},
    "digest-error": {"bad_md5": True, "error": "OTSInternalServerError"},
    "signature": {"bad_signature": True},
    "late": {"latency_ms": 120},
    "late-and-lost": {"latency_ms": 60, "lose_reply": True},
    "clock-ahead": {"clock_skew_s": 3600},
    "clock-behind": {"clock_skew_s": -3600},
    "clock-near": {"clock_skew_s": 600},
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_reply_that_goes_wrong(restored, name):
    _, used = restored(histories(name, 500, 150), *early(BROKEN[name]))
    assert used[4] > 0 and used[5] > 0, used


@pytest.mark.parametrize("skew", (86400, -86400, 1200))
def test_a_clock_that_is_off_all_the_time(restored, skew):
    restored(histories(skew, 600), {"do": {"clock_skew_s": skew}})


def test_a_clock_that_is_set_right_in_between(restored):
    """The service's time is taken over when a request was refused for it, and given up again."""
    restored(
        histories("clock", 1500, 200),
        at(3, {"clock_skew_s": 7200}),
        at(6, {"clock_skew_s": -7200}, every=9),
        at(10, {"clock_skew_s": 100000}, every=9),
    )


def test_throttling_by_a_trace(restored):
    """No capacity at all for a while, then little, then much."""
    begin = time.monotonic()
    records = histories("trace", 1500, 400)
    _, used = restored(
        records, {"match": EVERY_CALL, "do": {"capacity": [[0, 0], [2, 150], [5, 5000]]}}, timeout=90
    )
    assert used[1] > 0 and time.monotonic() - begin < 90


def test_a_hot_partition(restored):
    _, used = restored(
        histories("hot", 1500, 300),
        {"match": EVERY_CALL | {"table": "t"}, "do": {"partitions": 7, "hot": 3}},
        timeout=90,
    )
    assert used[1] > 0


def test_partitions_that_move(restored):
    _, used = restored(
        histories("moving", 6000, 3000), {"match": EVERY_CALL, "do": {"partitions": 2}}, timeout=90
    )
    assert used[1] > 0


EVERYTHING = [
    *(error(code) for code in PASSING),
    *BROKEN.values(),
]


@pytest.mark.parametrize("seed", range(3))
def test_two_in_a_hundred_of_everything(restored, seed):
    lines = [{"seed": seed}]
    lines += [{"match": {"chance": 0.02, "op": "BatchWriteRow"}, "do": do} for do in EVERYTHING]
    lines += [{"match": {"chance": 0.02, "op": op}, "do": do} for op in ("PutRow", "DescribeTable", "CreateTable") for do in EVERYTHING]
    lines += [
        {"match": {"chance": 0.02, "op": "BatchWriteRow", "rows": [n, n + 7]}, "do": error(code)}
        for n, code in enumerate(PASSING)
    ]
    _, used = restored(histories(seed, 6000, 300), *lines, timeout=120)
    assert sum(used.values()) > 10, used
