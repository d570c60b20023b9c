"""Restores whose calls fail in every way a network and a service know.

Histories of PUT, UPDATE and DELETE over few keys are restored through fault_proxy.py; afterwards the table,
with every version and value as the official SDK reads it, must be what a sequential interpreter of
the same records says.
"""

import base64
import errno
import itertools
import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest

import fault_proxy as fp
from conftest import DEADLINE_S, OTSFS, Mount, end_process, wait_for

COUNTS = ("written", "filtered", "skipped", "superseded", "dead")
POISON = "poison"  # a column that marks the records which a test's faults never let pass
CLOCK = itertools.count(10**15)  # versions of cells that carry none, in the order of writing


# --- histories


def value(dice):
    return dice.choice(
        (
            lambda: dice.randint(-(1 << 63), (1 << 63) - 1),
            lambda: dice.randint(-9, 9),
            lambda: dice.uniform(-1e6, 1e6) + 0.5,
            lambda: dice.random() < 0.5,
            lambda: dice.choice(("", "x", "Grüße", "二", 'quo"te\\', "a\nb", "z" * 300)),
            lambda: {"$bin": base64.b64encode(dice.randbytes(dice.randint(0, 40))).decode()},
        )
    )()


def cell(dice, name):
    """What an update does to one column. Columns u… carry no version, the others all do."""
    if name[0] == "u":
        return dice.choice((value(dice), value(dice), value(dice), {"$del": "all"}))
    versions = [dice.randint(1, 6) * 1000 for _ in range(2)]
    if versions[0] == versions[1]:
        versions.pop()
    return dice.choice(
        (
            {"$v": [[v, value(dice)] for v in versions]},
            {"$v": [[versions[0], value(dice)]]},
            {"$del": versions[0]},
            {"$del": "all"},
            {"$ops": [{"$del": "all"}, {"$v": [[versions[0], value(dice)]]}]},
            {"$ops": [{"$v": [[versions[0], value(dice)]]}, {"$del": versions[-1]}]},
        )
    )


def puts_only(dice, name):
    if name[0] == "u":
        return value(dice)
    return {"$v": [[dice.randint(1, 6) * 1000, value(dice)]]}


def histories(seed, records=1500, keys=60, poison=0.0):
    """Records over few keys, in the order they must be applied. Some updates say nothing."""
    dice = random.Random(seed)
    names = ("a", "b", "c", "ä", "u1", "u2")
    out = []
    for n in range(records):
        number = dice.randrange(keys)
        record = {"ts": n + 1, "pk": {"k": f"key {number % 7}", "n": number}}
        chosen = dice.sample(names, dice.randint(1, 4))
        roll = dice.random()
        if roll < 0.02:
            record |= {"op": dice.choice(("PUT", "UPDATE")), "cols": {}}
        elif roll < 0.12:
            record |= {"op": "DELETE", "cols": {}}
        elif roll < 0.35:
            record |= {"op": "PUT", "cols": {name: puts_only(dice, name) for name in chosen}}
        elif roll < 0.40:
            record |= {"op": "BASE", "cols": {name: puts_only(dice, name) for name in chosen}}
        else:
            record |= {"op": "UPDATE", "cols": {name: cell(dice, name) for name in chosen}}
        if record["cols"] and dice.random() < poison:
            record["cols"][POISON] = {"$v": [[1000, n]]}
        out.append(record)
    return out


def is_poison(record):
    return POISON in record["cols"]


def says_nothing(record):
    return record["op"] in ("UPDATE", "BASE") and not record["cols"]


def key_of(record):
    return tuple(record["pk"].values())


# --- the interpreter


def plain(value):
    if isinstance(value, dict):
        return base64.b64decode(value["$bin"])
    return value


def actions(spec, common=None):
    """(what, version, value) of one column, in order. common: the version said once for all cells."""
    if isinstance(spec, dict) and "$ops" in spec:
        for part in spec["$ops"]:
            yield from actions(part, common)
    elif isinstance(spec, dict) and "$v" in spec:
        for version, one in spec["$v"]:
            yield "put", version, plain(one)
    elif isinstance(spec, dict) and "$del" in spec:
        yield "delete", spec["$del"], None
    else:
        yield "put", common, plain(spec)


def interpret(records, table=None):
    """{key: {column: {version: value}}} after the records, one after the other."""
    table = {} if table is None else table
    for record in records:
        key = key_of(record)
        if says_nothing(record):
            continue
        if record["op"] == "DELETE":
            table.pop(key, None)
            continue
        row = {} if record["op"] == "PUT" else table.get(key, {})
        exists = record["op"] == "PUT" or key in table
        for name, spec in record["cols"].items():
            for what, version, one in actions(spec, record.get("v")):
                if what == "put":
                    exists = True
                    row.setdefault(name, {})[next(CLOCK) if version is None else version] = one
                elif version == "all":
                    row.pop(name, None)
                else:
                    row.get(name, {}).pop(version, None)
                    if name in row and not row[name]:
                        del row[name]
        if exists:  # deletions alone make no row
            table[key] = row
    return table


def exact(value):
    return (type(value).__name__, value)


def comparable(row):
    """Every version and value; of a column without versions the newest value: a repeat adds one."""
    out = {}
    for name, versions in row.items():
        if name[0] == "u":
            out[name] = exact(versions[max(versions)])
        else:
            out[name] = {version: exact(one) for version, one in versions.items()}
    return out


def expected(records, table=None):
    return {key: comparable(row) for key, row in interpret(records, table).items()}


def same(found, wanted):
    """The tables are equal; else the first row that is not, not all of them."""
    assert found is not None, "there is no table"
    for key in sorted({*found, *wanted}):
        assert found.get(key) == wanted.get(key), key
    return True


# --- the real thing


@pytest.fixture
def proxy(service):
    proxy = fp.FaultProxy(service)
    yield proxy
    proxy.vanish()
    assert proxy.violations == []


@pytest.fixture
def table_of(service):
    """table_of(name) -> as expected() says it; read from the service itself, by the official SDK."""
    import tablestore

    endpoint, instance = service.rsplit("/", 1)
    client = tablestore.OTSClient(endpoint, fp.KEY_ID, fp.SECRET, instance)

    def read(name):
        if name not in client.list_table():
            return None
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

    return read


def text_of(records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


@pytest.fixture
def write(tmp_path):
    """write(records, name) -> a file of them."""

    def make(records, name="t.jsonl"):
        path = tmp_path / name
        path.write_text(text_of(records))
        return path

    return make


class Run:
    """`otsfs restore`, at work."""

    def __init__(self, file, target, state, *options):
        self.state = state
        command = [OTSFS, "restore", file, "--to", target, "--into", "t", "--json", "--state", state, *options]
        self.process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def end(self, timeout=DEADLINE_S):
        """(exit code, report, standard error)"""
        out, err = self.process.communicate(timeout=timeout)
        return self.process.returncode, json.loads(out) if out else None, err


@pytest.fixture
def run(proxy, tmp_path):
    """run(file, option…) -> Run, through the proxy."""
    runs = []

    def start(file, *options):
        runs.append(Run(file, proxy.url, tmp_path / "state", *options))
        return runs[-1]

    yield start
    for one in runs:
        end_process(one.process)


def jobs_of(state):
    done = subprocess.run(
        [OTSFS, "jobs", "--json", "--state", str(state)], capture_output=True, text=True, timeout=DEADLINE_S
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def adds_up(report):
    assert report["read"] == sum(report[name] for name in COUNTS), report


def whole(report, records):
    """A restore that lost nothing says so."""
    adds_up(report)
    nothing = sum(map(says_nothing, records))
    assert (report["read"], report["skipped"], report["dead"]) == (len(records), nothing, 0), report


def some(fault, *nths):
    """A fault of every action that a restore needs: the first calls, and some among the many."""
    nths = set(nths or (2, 3, 7, 8, 9, 20))

    def script(call):
        if call.action == "BatchWriteRow":
            return fault if call.nth in nths else None
        return fault if call.action in ("DescribeTable", "CreateTable") and call.nth == 1 else None

    return script


def writes(fault, *nths):
    return fp.on("BatchWriteRow", set(nths or (2, 3, 7, 8, 9, 20)), fault)


def a_few_rows(*codes):
    """One row in nine fails, with one code after the other, and passes when it comes again."""
    count = itertools.count()

    def choose(_):
        n = next(count)
        return codes[n // 9 % len(codes)] if n % 9 == 4 else None

    return choose


def without_a_result(reply):
    table = next(v for n, v in fp.fields(reply.body) if n == 1)
    rows = [(n, v) for n, v in fp.fields(table)][:-1]
    reply.body = fp.put_field(1, b"".join(fp.put_field(n, v) for n, v in rows))


def of_another_table(reply):
    table = next(v for n, v in fp.fields(reply.body) if n == 1)
    parts = [(n, b"other" if n == 1 else v) for n, v in fp.fields(table)]
    reply.body = fp.put_field(1, b"".join(fp.put_field(n, v) for n, v in parts))


def garbled(reply):
    reply.body = reply.body[: len(reply.body) // 2] + b"\xff" * 40


HEALING = {
    "busy": some(fp.whole(503, "OTSServerBusy")),
    "capacity": some(fp.whole(403, "OTSNotEnoughCapacityUnit")),
    "too-frequent": some(fp.whole(403, "OTSQuotaExhausted", "Too frequent table operations.")),
    "timeout-code": some(fp.whole(503, "OTSTimeout")),
    "internal": some(fp.whole(500, "OTSInternalServerError")),
    "moving": some(fp.whole(503, "OTSPartitionUnavailable")),
    "conflict": writes(fp.whole(409, "OTSRowOperationConflict")),
    "not-ready": some(fp.whole(404, "OTSTableNotReady")),
    "unknown-code": writes(fp.whole(400, "OTSNewlyInvented")),
    "unknown-code-5xx": some(fp.whole(502, "OTSNewlyInvented")),
    "gateway-503": some(fp.plain_http(503)),
    "gateway-503-large": some(fp.plain_http(503, b"x" * (5 << 20))),
    "gateway-200": some(fp.plain_http(200)),
    "gateway-200-large": some(fp.plain_http(200, b"x" * (5 << 20))),
    "gateway-404": writes(fp.plain_http(404)),
    "moved": writes(fp.plain_http(301, b"", {"Location": "http://127.0.0.1:9/"})),
    "many-headers": some(fp.plain_http(200, b"", {f"x-{n}": "y" * 1000 for n in range(90)})),
    "reset-unheard": some(fp.unheard),
    "reset-after-0": some(fp.reset_after(0)),
    "reset-after-40": some(fp.reset_after(40)),
    "reset-after-700": some(fp.reset_after(700)),
    "lost-reply": some(fp.lost_reply),
    "cut-told": some(fp.truncated(3)),
    "cut-untold": some(fp.truncated(3, tell=False)),
    "empty-untold": writes(fp.truncated(0, tell=False)),
    "corrupt": some(fp.corrupted(11)),
    "bad-md5": some(fp.with_headers(x_ots_contentmd5=fp.md5_of(b"something else"))),
    "bad-signature": some(fp.with_headers(Authorization=f"OTS {fp.KEY_ID}:{fp.md5_of(b'')}")),
    "unsigned": some(fp.with_headers(Authorization=None)),
    "signed-by-another": some(fp.signed_by(secret="other")),
    "signed-for-another": some(fp.signed_by(key_id="other")),
    "skewed": some(fp.skewed(16 * 60)),
    "skewed-back": some(fp.skewed(-16 * 60)),
    "undated": some(fp.with_headers(x_ots_date="yesterday")),
    "garbled-but-signed": writes(fp.altered(garbled)),
    "a-result-missing": writes(fp.altered(without_a_result)),
    "another-table": writes(fp.altered(of_another_table)),
    "slow": some(fp.delayed(0.05, 0.05)),
    "dripped": some(fp.dripped(), 2),
    "stale": some(fp.stale),
    "rows": lambda call: (
        fp.rows_fail(
            a_few_rows("OTSServerBusy", "OTSTimeout", "OTSPartitionUnavailable", "OTSRowOperationConflict")
        )
        if call.action == "BatchWriteRow"
        else None
    ),
    "rows-unknown": writes(fp.rows_fail(a_few_rows("OTSNewlyInvented"))),
    "rows-all": writes(fp.rows_fail(lambda row: "OTSInternalServerError")),
}


@pytest.mark.parametrize("name", HEALING)
def test_a_fault_that_passes_changes_nothing(name, proxy, run, write, table_of):
    records = histories(name, 800)
    proxy.script = HEALING[name]
    code, report, err = run(write(records)).end()
    assert code == 0, f"{err}\n{report}"
    assert report["state"] == "done" and proxy.faults >= 1
    whole(report, records)
    assert same(table_of("t"), expected(records))


EVERYTHING = [
    fp.whole(503, "OTSServerBusy"),
    fp.whole(503, "OTSTimeout"),
    fp.whole(503, "OTSPartitionUnavailable"),
    fp.plain_http(503),
    fp.unheard,
    fp.lost_reply,
    fp.reset_after(100),
    fp.corrupted(5),
    fp.stale,
    fp.signed_by(secret="other"),
    fp.skewed(1000),
    fp.delayed(0.02),
    fp.rows_fail(a_few_rows("OTSServerBusy", "OTSTimeout")),
    fp.rows_fail(a_few_rows("OTSInternalServerError", "OTSServerUnavailable")),
]


# A PutRow has no row to fail alone.
def everything(seed, percent):
    batch = fp.by_chance(seed, percent, EVERYTHING, ("BatchWriteRow",))
    alone = fp.by_chance(seed, percent, EVERYTHING[:-2], ("PutRow",))
    return lambda call: batch(call) or alone(call)


@pytest.mark.parametrize("seed", range(3))
def test_everything_at_once_changes_nothing(seed, proxy, run, write, table_of):
    records = histories(seed, 4000, 300)
    proxy.script = everything(seed, 30)
    code, report, err = run(write(records)).end()
    assert (code, report["state"]) == (0, "done"), err
    whole(report, records)
    assert same(table_of("t"), expected(records)) and proxy.faults > 5


def test_rows_wider_than_a_write_survive_faults(proxy, run, write, table_of):
    wide = {f"c{n:04}": {"$v": [[1000, n]]} for n in range(2500)}
    records = histories(7, 200, 5)
    for number in range(3):
        records.insert(
            50 * number + 20, {"ts": 1, "op": "PUT", "pk": {"k": "key 1", "n": 1}, "cols": dict(wide)}
        )
    proxy.script = everything(1, 30)
    code, report, err = run(write(records)).end()
    assert (code, report["state"]) == (0, "done"), err
    whole(report, records)
    assert same(table_of("t"), expected(records))


def mounted(mount_at, source, url, *options):
    mount = mount_at(source, "--restore-to", url, *options)
    folder = mount.path / "restore" / "t"
    folder.mkdir(exist_ok=True)
    return mount, folder


def cp(file, to):
    return subprocess.run(["cp", str(file), str(to)], capture_output=True, text=True, timeout=60)


THROUGH_A_MOUNT = {
    "everything": lambda: everything(5, 30),
    "too-late": lambda: fp.on("BatchWriteRow", {2, 9}, fp.too_late(5)),
    "rows": lambda: HEALING["rows"],
}


@pytest.mark.parametrize("name", THROUGH_A_MOUNT)
def test_a_copy_waits_until_it_has_passed(name, mount_at, source, proxy, write, table_of):
    mount, folder = mounted(mount_at, source, proxy.url, "--restore-wait", "--timeout", "1")
    records = histories(name, 3000, 200)
    proxy.script = THROUGH_A_MOUNT[name]()
    done = cp(write(records), folder / "f.jsonl")
    assert done.returncode == 0, done.stderr
    report = mount.finished(folder / "f.jsonl")
    assert report["state"] == "done"
    whole(report, records)
    assert same(table_of("t"), expected(records))


# --- rows that cannot be written


def dead_of(state, job):
    text = (state / "jobs" / job / "dead.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def without_why(record):
    record = dict(record)
    why = record.pop("why")
    return record, why


def poisoned(row):
    return POISON.encode() in row.plain


def refuse_requests(call):
    """One bad row spoils its request, as the service does it."""
    if call.action == "BatchWriteRow" and any(map(poisoned, call.rows)):
        return fp.whole(400, "OTSParameterInvalid", "a poisoned row")
    return None


def refuse_rows(code):
    return lambda call: (
        fp.rows_fail(lambda row: code if poisoned(row) else None) if call.action == "BatchWriteRow" else None
    )


REFUSALS = {
    "OTSParameterInvalid-request": refuse_requests,
    "OTSParameterInvalid": refuse_rows("OTSParameterInvalid"),
    "OTSConditionCheckFail": refuse_rows("OTSConditionCheckFail"),
    "OTSOutOfRowSizeLimit": refuse_rows("OTSOutOfRowSizeLimit"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_exactly_the_bad_rows_are_set_aside_and_can_be_dropped_again(
    name, proxy, run, write, table_of, tmp_path
):
    records = histories(name, 1500, 60, poison=0.01)
    bad = [record for record in records if is_poison(record)]
    good = [record for record in records if not is_poison(record)]
    assert len(bad) >= 5
    spoil, mess = REFUSALS[name], everything(2, 15)
    proxy.script = lambda call: spoil(call) or mess(call)
    code, report, err = run(write(records)).end()
    assert (code, report["state"]) == (3, "done-with-dead"), err
    adds_up(report)
    assert (report["read"], report["dead"]) == (len(records), len(bad))
    assert same(table_of("t"), expected(good))

    dead = dead_of(tmp_path / "state", report["id"])
    key_and_time = lambda r: (key_of(r), r["ts"])
    assert sorted(map(key_and_time, dead)) == sorted(map(key_and_time, bad))
    for record in dead:
        _, why = without_why(record)
        assert why["code"] == name.split("-")[0] and why["attempts"] >= 1, why
        assert records[why["line"] - 1]["ts"] == record["ts"], "the line it came from"
    by_time = {record["ts"]: record for record in bad}
    for record in dead:
        assert actions_of(without_why(record)[0]) == actions_of(by_time[record["ts"]])

    # The file itself goes in again as it is, once its rows can pass.
    proxy.script = lambda call: None
    file = tmp_path / "state" / "jobs" / report["id"] / "dead.jsonl"
    code, again, err = run(file).end()
    assert (code, again["read"], again["written"]) == (0, len(bad), len(bad)), err
    assert same(table_of("t"), expected(dead, interpret(good)))


def actions_of(record):
    """What a record does, however it is spelled."""
    return {
        name: [(what, version, exact(one)) for what, version, one in actions(spec, record.get("v"))]
        for name, spec in record["cols"].items()
    }


def test_max_dead_pauses_and_resuming_goes_on(proxy, run, write, tmp_path):
    records = histories(11, 600, 60, poison=0.1)
    bad = sum(map(is_poison, records))
    assert bad > 40
    proxy.script = refuse_rows("OTSConditionCheckFail")
    code, report, err = run(write(records), "--max-dead", "4").end()
    assert code == 5 and "--max-dead" in err, err
    (status,) = jobs_of(tmp_path / "state")
    adds_up(status)
    assert status["state"] == "cancelled" and 5 <= status["dead"] < bad
    assert len(dead_of(tmp_path / "state", status["id"])) == status["dead"]
    assert report is not None and report["id"] == status["id"], "--json prints how it stands"
    # Exactly as many as allowed are no reason to pause.
    code, report, err = run(write(records), "--max-dead", str(bad)).end()
    assert (code, report["state"], report["dead"]) == (3, "done-with-dead", bad), err


# --- killed, stopped, paused


def test_a_killed_restore_is_interrupted_and_can_be_run_again(proxy, run, write, table_of, tmp_path):
    records = histories(12, 3000, 200)
    gate = proxy.gate()
    proxy.script = fp.on("BatchWriteRow", range(9, 99), fp.held(gate))
    first = run(write(records))
    assert gate.reached.wait(DEADLINE_S)
    first.process.kill()
    first.process.wait(DEADLINE_S)
    gate.drop()
    (status,) = jobs_of(tmp_path / "state")
    assert status["state"] == "interrupted" and status["table"] == "t"
    proxy.script = lambda call: None
    code, report, err = run(write(records)).end()
    assert code == 0, err
    whole(report, records)
    assert same(table_of("t"), expected(records))
    assert [job["state"] for job in jobs_of(tmp_path / "state")] == ["interrupted", "done"]


def test_a_killed_mount_leaves_its_jobs_interrupted(mount_at, source, proxy, write, table_of, tmp_path):
    records = histories(13, 3000, 200)
    gate = proxy.gate()
    proxy.script = fp.on("BatchWriteRow", range(9, 99), fp.held(gate))
    path, ready, state = tmp_path / "killed", tmp_path / "killed-ready", tmp_path / "state"
    path.mkdir()
    command = [OTSFS, "mount", "-f", "--ready", ready, "--state", state, "--restore-to", proxy.url, source, path]
    driver = subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE)
    mount = Mount(path, driver, None)
    try:
        wait_for("the mount", ready.exists)
        (path / "restore" / "t").mkdir()
        for name in ("running.jsonl", "queued.jsonl"):
            assert cp(write(records), path / "restore" / "t" / name).returncode == 0
        assert gate.reached.wait(DEADLINE_S)
        driver.kill()
        driver.wait(DEADLINE_S)
    finally:
        subprocess.run(["fusermount3", "-uz", str(path)], capture_output=True)
        end_process(driver)
    gate.drop()
    assert [job["state"] for job in jobs_of(state)] == ["interrupted"] * 2
    proxy.script = lambda call: None
    mount, folder = mounted(mount_at, source, proxy.url, "--restore-wait")
    assert [job["state"] for job in mount.jobs()] == ["interrupted"] * 2, "the next mount shows them"
    assert cp(write(records), folder / "again.jsonl").returncode == 0
    assert same(table_of("t"), expected(records))


def test_a_signal_stops_a_restore_in_good_order(proxy, run, write, table_of, tmp_path):
    records = histories(14, 3000, 200)
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        gate = proxy.gate()
        begin = proxy.counts["BatchWriteRow"]
        proxy.script = fp.on("BatchWriteRow", range(begin + 9, 999), fp.held(gate))
        one = run(write(records))
        assert gate.reached.wait(DEADLINE_S)
        one.process.send_signal(sig)
        threading.Timer(0.3, gate.open.set).start()  # what is in flight is waited for
        code, report, err = one.end()
        assert (code, report["state"]) == (5, "cancelled"), err
        adds_up(report)
        assert 0 < report["read"] < len(records)
    proxy.script = lambda call: None
    code, report, err = run(write(records)).end()
    assert code == 0, err
    assert same(table_of("t"), expected(records))


def test_a_target_that_is_gone_for_good_ends_soon_after_a_signal(proxy, run, write):
    gate = proxy.gate()
    proxy.script = fp.on("BatchWriteRow", {9}, fp.held(gate))
    one = run(write(histories(15, 3000, 200)))
    assert gate.reached.wait(DEADLINE_S)
    proxy.vanish()
    with pytest.raises(subprocess.TimeoutExpired):
        one.process.wait(1)  # it does not give up by itself
    begin = time.monotonic()
    one.process.terminate()
    code, report, err = one.end()
    assert (code, report["state"]) == (5, "cancelled"), err
    adds_up(report)
    assert time.monotonic() - begin < 8


def test_a_silent_target_ends_soon_after_a_signal(proxy, run, write, service):
    gate = proxy.gate()
    proxy.script = fp.on("BatchWriteRow", range(9, 99), fp.held(gate))
    one = run(write(histories(16, 3000, 200)))
    assert gate.reached.wait(DEADLINE_S)
    begin = time.monotonic()
    one.process.terminate()
    code, report, err = one.end()
    assert (code, report["state"]) == (5, "cancelled"), err
    adds_up(report)
    assert time.monotonic() - begin < 8


def from_the_ninth(fault):
    return lambda call: fault if call.action == "BatchWriteRow" and call.nth >= 9 else None


FATAL = {
    "OTSAuthFailed": from_the_ninth(fp.wrong_secret),
    "OTSNoPermissionAccess": from_the_ninth(fp.whole(403, "OTSNoPermissionAccess")),
    "rows": from_the_ninth(fp.rows_fail(lambda row: "OTSNoPermissionAccess")),
}


@pytest.mark.parametrize("name", FATAL)
def test_what_only_people_can_mend_pauses_the_job(name, mount_at, source, proxy, write, table_of):
    mount, folder = mounted(mount_at, source, proxy.url, "--restore-wait")
    records = histories(17, 3000, 200)
    proxy.script = FATAL[name]
    done = cp(write(records), folder / "f.jsonl")
    assert done.returncode == 1 and "Permission denied" in done.stderr, done.stderr
    status = mount.job_of(folder / "f.jsonl")
    assert status["state"] == "paused", status
    assert "OTSAuthFailed" in json.dumps(status) or "OTSNoPermissionAccess" in json.dumps(status)
    calls = proxy.counts["BatchWriteRow"]
    proxy.script = lambda call: None
    time.sleep(0.2)
    assert proxy.counts["BatchWriteRow"] == calls, "a paused job makes no calls"
    control(folder / "f.jsonl", "resume")
    report = ended(mount, folder / "f.jsonl")
    assert report["state"] == "done"
    whole(report, records)
    assert same(table_of("t"), expected(records))


def test_a_restore_that_may_not_write_stops_with_5(proxy, run, write, tmp_path):
    proxy.script = FATAL["OTSAuthFailed"]
    code, report, err = run(write(histories(18))).end()
    assert code == 5 and "OTSAuthFailed" in err, err
    assert report is not None, "--json prints how it stands"
    adds_up(json.loads((tmp_path / "state" / "jobs" / report["id"] / "report.json").read_text()))


def control(dropped, words):
    with open(f"{dropped}.job/control", "w") as file:
        file.write(words + "\n")


def ended(mount, dropped):
    open_states = ("queued", "running", "paused")
    wait_for(f"the end of {dropped}", lambda: mount.job_of(dropped)["state"] not in open_states)
    return mount.finished(dropped)


def test_control_pauses_resumes_and_paces(mount_at, source, proxy, write, table_of):
    mount, folder = mounted(mount_at, source, proxy.url)
    records = histories(19, 2000, 400)
    gate = proxy.gate()
    proxy.script = fp.on("BatchWriteRow", {5}, fp.held(gate))
    file = folder / "f.jsonl"
    assert cp(write(records), file).returncode == 0
    assert gate.reached.wait(DEADLINE_S)
    control(file, "pause")
    gate.open.set()
    wait_for("the pause", lambda: mount.job_of(file)["state"] == "paused")
    calls = proxy.counts["BatchWriteRow"]
    time.sleep(0.3)
    assert proxy.counts["BatchWriteRow"] == calls
    left = len(records) - mount.job_of(file)["written"] - sum(map(says_nothing, records))
    rate = max(left // 2, 1)
    begin = time.monotonic()
    control(file, f"rate={rate}\nresume")
    report = ended(mount, file)
    took = time.monotonic() - begin
    assert report["state"] == "done"
    whole(report, records)
    assert same(table_of("t"), expected(records))
    assert 1.3 < took < 6, f"{left} rows at {rate} a second took {took:.1f} s"


def test_control_cancels(mount_at, source, proxy, write):
    mount, folder = mounted(mount_at, source, proxy.url, "--restore-wait")
    records = histories(20, 2000, 400)
    gate = proxy.gate()
    proxy.script = fp.on("BatchWriteRow", {5}, fp.held(gate))
    file = folder / "f.jsonl"
    copier = subprocess.Popen(["cp", str(write(records)), str(file)], stderr=subprocess.PIPE, text=True)
    assert gate.reached.wait(DEADLINE_S)
    (job,) = mount.jobs()
    (mount.path / "status" / "jobs" / job["id"] / "control").write_text("cancel\n")
    gate.open.set()
    _, err = copier.communicate(timeout=DEADLINE_S)
    assert copier.returncode == 1 and os.strerror(errno.ECANCELED) in err, err
    report = ended(mount, file)
    assert report["state"] == "cancelled"
    adds_up(report)


# --- several at once, and none at all


def test_files_dropped_at_once_keep_the_order_of_their_table(mount_at, source, proxy, write, table_of):
    mount = mount_at(source, "--restore-to", proxy.url)
    tables = ("t", "u", "v")
    parts = {name: [histories(f"{name}{n}", 1000, 50) for n in range(2)] for name in tables}
    proxy.script = everything(6, 20)
    failures = []
    for name in tables:
        (mount.path / "restore" / name).mkdir()

    def drop(name):
        for n, records in enumerate(parts[name]):
            file = write(records, f"{name}{n}.jsonl")
            done = cp(file, mount.path / "restore" / name)
            if done.returncode != 0:
                failures.append(done.stderr)

    droppers = [threading.Thread(target=drop, args=(name,)) for name in tables]
    for dropper in droppers:
        dropper.start()
    for dropper in droppers:
        dropper.join(DEADLINE_S)
    assert failures == []
    for name in tables:
        for n in range(2):
            report = ended(mount, mount.path / "restore" / name / f"{name}{n}.jsonl")
            assert report["state"] == "done" and report["table"] == name
            whole(report, parts[name][n])
        assert same(table_of(name), expected(parts[name][0] + parts[name][1]))


def test_a_file_cut_inside_a_record_is_refused_and_writes_nothing(
    mount_at, source, proxy, tmp_path, table_of
):
    mount, folder = mounted(mount_at, source, proxy.url)
    text = text_of(histories(21, 2000)).encode()
    for n, cut in enumerate((2, 40, len(text) // 3)):
        data = text[: len(text) - cut]
        assert not data.endswith(b"\n")
        (tmp_path / "cut.jsonl").write_bytes(data)
        done = cp(tmp_path / "cut.jsonl", folder / f"{n}.jsonl")
        assert done.returncode == 1 and os.strerror(errno.EBADMSG) in done.stderr, done.stderr
        status = mount.job_of(folder / f"{n}.jsonl")
        assert (status["state"], status["written"]) == ("refused", 0)
    assert set(proxy.counts) <= {"DescribeTable", "ListTable"}
    assert table_of("t") is None


def test_a_target_that_never_answers_right_is_not_the_files_fault(mount_at, source, proxy, write):
    """EBADMSG would tell people to mend their file."""
    mount, folder = mounted(mount_at, source, proxy.url, "--timeout", "2")
    for n, body in enumerate((b"<html>welcome</html>", b"x" * (5 << 20))):
        fault = fp.plain_http(200, body)
        proxy.script = lambda call: fault if call.action == "DescribeTable" else None
        done = cp(write(histories(22, 5)), folder / f"{n}.jsonl")
        assert done.returncode == 1 and os.strerror(errno.EREMOTEIO) in done.stderr, done.stderr
