"""A state folder on a full disk: nothing half-taken is restored, and the mount goes on."""

import errno
import json
import os
import subprocess

import pytest

from conftest import DEADLINE_S, HOUR, SAMPLES, wait_for

FIRST = SAMPLES[0].name


def record(number, **cols):
    return json.dumps({"ts": 1, "op": "PUT", "pk": {"id": f"u{number}"}, "cols": cols or {"n": number}}) + "\n"


@pytest.fixture
def small_disk(tmp_path):
    """The state folder on a disk of 1 MiB. Asked for before a mount, it goes after it."""
    state = tmp_path / "state"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "otsfs-test", state], check=True)
    yield state
    subprocess.run(["umount", state], check=True)


@pytest.fixture
def full(small_disk, mount_at, source, service):
    mount = mount_at(source, "--restore-to", service)
    (mount.path / "restore/t").mkdir()
    return mount


def cp(text, target, where):
    path = where / "text"
    path.write_text(text)
    return subprocess.run(["cp", path, target], capture_output=True, timeout=DEADLINE_S)


def test_a_copy_that_does_not_fit_fails_and_restores_nothing(full, tmp_path, rows_of):
    table = full.path / "restore/t"
    done = cp("".join(record(n, c="x" * 1000) for n in range(3000)), table / "f.jsonl", tmp_path)
    assert done.returncode == 1 and b"No space left on device" in done.stderr, done.stderr
    assert full.jobs() == []
    file = full.path / f"tables/orders/{HOUR}/{FIRST}.jsonl"
    assert file.read_text().count("\n") == 4, "the mount goes on"
    (table / "f.jsonl").unlink()
    # What was staged of it is gone: a smaller one fits.
    done = cp(record(1), table / "f.jsonl", tmp_path)
    assert done.returncode == 0, done.stderr
    assert full.finished(table / "f.jsonl")["written"] == 1
    assert set(rows_of("t")) == {"u1"}


def test_a_write_is_told_at_once_and_every_close_after_it(full):
    f = os.open(full.path / "restore/t/f.jsonl", os.O_WRONLY | os.O_CREAT, 0o644)
    line = record(1, c="x" * 60_000).encode()
    with pytest.raises(OSError) as caught:
        for _ in range(100):
            os.write(f, line)
    assert caught.value.errno == errno.ENOSPC
    for act in (lambda: os.write(f, b"x"), lambda: os.close(f)):
        with pytest.raises(OSError) as caught:
            act()
        assert caught.value.errno == errno.ENOSPC
    assert full.jobs() == []


def test_a_disk_without_any_room_refuses_the_first_byte(full, small_disk, tmp_path):
    filler = open(small_disk / "filler", "wb", buffering=0)
    with pytest.raises(OSError):
        while True:
            filler.write(b"\0" * 65536)
    done = cp(record(1), full.path / "restore/t/f.jsonl", tmp_path)
    assert done.returncode == 1 and b"No space left on device" in done.stderr, done.stderr
    os.truncate(small_disk / "filler", 0)
    done = cp(record(1), full.path / "restore/t/g.jsonl", tmp_path)
    assert done.returncode == 0, done.stderr
    assert full.finished(full.path / "restore/t/g.jsonl")["written"] == 1


def test_rows_that_cannot_be_set_aside_pause_the_job_and_are_not_counted(full, small_disk, tmp_path, rows_of):
    """dead.jsonl needs more room than is left; once there is some, the job goes on and counts them."""
    dropped = full.path / "restore/t/f.jsonl"
    rows = [record(n) for n in range(100)] + [record(n, **{"#x": "y" * 4000}) for n in range(100, 200)]
    filler = small_disk / "filler"
    filler.write_bytes(b"\0" * 400 * 1024)
    done = cp("".join(rows), dropped, tmp_path)
    assert done.returncode == 0, done.stderr
    wait_for("the pause", lambda: "has paused" in full.log())
    assert "No space left on device" in full.log()
    job = full.path / "status/jobs" / os.path.basename(os.readlink(f"{dropped}.job"))
    dead = (job / "dead.jsonl").read_text().splitlines(True)
    assert len(dead) < 100 and all(json.loads(line)["why"] and line.endswith("\n") for line in dead), "whole rows"
    assert json.loads((job / "status.json").read_text())["dead"] <= len(dead), "counted once on the disk"
    filler.unlink()
    (job / "control").write_text("resume\n")
    wait_for("the end", lambda: full.job_of(dropped)["state"] == "done-with-dead")
    report = json.loads((job / "report.json").read_text())
    assert (report["read"], report["written"], report["dead"]) == (200, 100, 100)
    assert (job / "dead.jsonl").read_text().count("\n") == 100
    assert len(rows_of("t")) == 100
