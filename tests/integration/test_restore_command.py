"""`otsfs restore`: its exit status is what schedulers act on, its counts what people believe."""

import json
import signal
import subprocess

import pytest

from conftest import DEADLINE_S, OTSFS, wait_for

DONE, FAILED, USAGE, SET_ASIDE, REFUSED, STOPPED = range(6)


def record(number, **cols):
    return json.dumps({"ts": 1, "op": "PUT", "pk": {"id": f"u{number}"}, "cols": cols or {"n": number}}) + "\n"


# A name that the service takes for no column: the row can never be written.
def unwritable(number):
    return record(number, **{"#x": number})


@pytest.fixture
def restore(tmp_path, service):
    """restore(text, option...) -> (exit status, report, stderr) of a restore into table t."""
    path = tmp_path / "rows.jsonl"

    def run(text, *options):
        path.write_text(text)
        done = subprocess.run(
            [OTSFS, "restore", path, "--to", service, "--table", "t", "--json"]
            + ["--state", tmp_path / "state", *map(str, options)],
            capture_output=True,
            timeout=DEADLINE_S,
        )
        report = json.loads(done.stdout) if done.stdout.strip() else None
        return done.returncode, report, done.stderr.decode()

    return run


def counts(report):
    names = ("read", "written", "filtered", "skipped", "superseded", "dead")
    found = tuple(report[name] for name in names)
    assert found[0] == sum(found[1:]), report
    return found[0], found[1], found[5]


def test_a_good_file_is_done(restore, rows_of):
    code, report, _ = restore("".join(record(n) for n in range(450)))
    assert (code, report["state"], counts(report)) == (DONE, "done", (450, 450, 0))
    assert len(rows_of("t")) == 450


def test_rows_set_aside_exit_3_and_restore_once_mended(restore, drop, rows_of):
    code, report, err = restore(record(0) + unwritable(1) + record(2))
    assert (code, report["state"], counts(report)) == (SET_ASIDE, "done-with-dead", (3, 2, 1)), err
    assert set(rows_of("t")) == {"u0", "u2"}
    job = drop.path / "status/jobs" / report["id"]
    assert json.loads((job / "dead.jsonl").read_text())["why"]["line"] == 2
    mended = drop.path / "restore/t/mended.jsonl"
    subprocess.run(f"sed 's/\"#x\"/\"x\"/' {job}/dead.jsonl > {mended}", shell=True, check=True)
    assert counts(drop.finished(mended)) == (1, 1, 0)
    assert rows_of("t")["u1"] == {"x": 1}


@pytest.mark.parametrize("bad_at", (0, 3, 9))
def test_max_dead_0_stops_at_the_first_row_set_aside(restore, bad_at):
    rows = [record(n) for n in range(10)]
    rows[bad_at] = unwritable(bad_at)
    code, report, err = restore("".join(rows), "--max-dead", 0)
    assert code == STOPPED and "1 rows were set aside, more than the 0 of --max-dead" in err
    assert (report["state"], report["dead"]) == ("paused", 1)
    code, report, _ = restore("".join(rows), "--max-dead", 1)
    assert (code, counts(report)) == (SET_ASIDE, (10, 9, 1))
    rows[bad_at] = record(bad_at)
    assert restore("".join(rows), "--max-dead", 0)[0] == DONE


def test_max_dead_takes_counts_only(restore):
    for words in ("", "-1", "x", "1x", "18446744073709551616"):
        code, report, err = restore(record(1), f"--max-dead={words}")
        assert (code, report) == (USAGE, None) and "--max-dead takes a count" in err


def test_another_key_is_refused_before_a_row_is_sent(restore, rows_of):
    assert restore(record(1))[0] == DONE
    other = record(2).replace('"id"', '"other"')
    code, report, err = restore(other)
    assert code == REFUSED and report["state"] == "refused" and "other" in err, err
    assert counts(report) == (0, 0, 0) and set(rows_of("t")) == {"u1"}


def test_a_damaged_object_fails_with_what_was_written_counted(restore, rows_of):
    good = "".join(record(n) for n in range(50_000))
    code, report, err = restore(good + '{"op":"PUT","pk":{"id":"u\n' + record(1))
    assert code == FAILED and report["state"] == "failed", err
    assert "line 50001" in err or "50001" in json.dumps(report["error"]), err
    assert counts(report) == (50_000, 50_000, 0)
    assert len(rows_of("t")) == 50_000


def test_what_is_damaged_in_front_fails_too(restore):
    code, report, err = restore(record(1) + '{"op":"PUT","pk":{"id":"u\n' + record(2))
    assert code == FAILED and "rows.jsonl" in err, err
    assert report is None or report["state"] in ("refused", "failed")


def test_no_object_and_no_target_are_told_apart_from_usage(tmp_path, service):
    def run(*words):
        done = subprocess.run(
            [OTSFS, "restore", *map(str, words), "--table", "t", "--state", tmp_path / "state"],
            capture_output=True,
            timeout=DEADLINE_S,
        )
        return done.returncode

    path = tmp_path / "rows.jsonl"
    path.write_text(record(1))
    assert run(path) == USAGE, "--to is missing"
    assert run(tmp_path, "--to", service) == USAGE, "a folder"
    assert run(tmp_path / "gone", "--to", service) == FAILED
    assert run(path, "--to", "http://127.0.0.1:9/local") == FAILED


@pytest.mark.parametrize("sig", (signal.SIGINT, signal.SIGTERM))
def test_a_signal_stops_it_with_counts_that_hold(tmp_path, service, rows_of, sig):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(record(n, c="x" * 1000) for n in range(50_000)))
    state = tmp_path / "state"
    running = subprocess.Popen(
        [OTSFS, "restore", path, "--to", service, "--table", "t", "--json", "--state", state],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )

    def runs():
        assert running.poll() is None, running.stderr.read()
        return [p for p in state.glob("jobs/*/status.json") if '"state":"running"' in p.read_text()]

    wait_for("it to run", runs)
    running.send_signal(sig)
    out, err = running.communicate(timeout=DEADLINE_S)
    report = json.loads(out)
    assert (running.returncode, report["state"]) == (STOPPED, "cancelled"), err
    read, written, dead = counts(report)
    assert read == written < 50_000 and dead == 0
    assert len(rows_of("t")) == written
