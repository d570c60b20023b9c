"""Ends that nobody chose: killed copies, a killed driver, an unmount in the middle of a restore."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from conftest import DEADLINE_S, HOUR, OTSFS, SAMPLES, wait_for

FIRST = SAMPLES[0].name
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
ENDED = {"done", "done-with-dead", "cancelled", "refused", "failed", "interrupted"}


def record(number, **cols):
    return json.dumps({"ts": 1, "op": "PUT", "pk": {"id": f"u{number}"}, "cols": cols or {"n": number}}) + "\n"


def records(count):
    return "".join(record(n) for n in range(count))


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.jsonl"
    path.write_text(records(2000))
    return path


@pytest.fixture
def many(tmp_path):
    """More than goes out before a rate can be set."""
    path = tmp_path / "many.jsonl"
    path.write_text("".join(record(n, c="x" * 2000) for n in range(20_000)))
    return path


@pytest.fixture
def table(drop):
    folder = drop.path / "restore" / "t"
    folder.mkdir()
    return folder


def waits_in_kernel(pid):
    """Whether it waits for the driver's answer."""
    try:
        return "request_wait_answer" in open(f"/proc/{pid}/wchan").read()
    except OSError:
        return False


def kill_quickly(process, sig):
    process.send_signal(sig)
    begin = time.monotonic()
    assert process.wait(5) == -sig
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize("sig", SIGNALS)
def test_a_copy_killed_while_it_writes_restores_nothing(drop, table, tmp_path, sig):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    copier = subprocess.Popen(["cp", "--copy-contents", pipe, table / "f.jsonl"])
    with open(pipe, "wb", buffering=0) as feed:
        feed.write(records(10).encode())
        wait_for("the first bytes", lambda: (table / "f.jsonl").exists() and (table / "f.jsonl").stat().st_size > 0)
        kill_quickly(copier, sig)
    wait_for("the reason in the log", lambda: "was killed" in drop.log())
    assert drop.jobs() == []
    (table / "f.jsonl").unlink()
    wait_for("what was staged to go", lambda: folders(drop) == [])


@pytest.mark.parametrize("sig", SIGNALS)
def test_a_copy_killed_while_it_copies_ranges_restores_nothing(drop, sig):
    """copy_file_range, then nothing, then the signal: as cp between two of its calls."""
    source = drop.path / "tables/orders" / HOUR / f"{FIRST}.jsonl"
    target = drop.path / "restore/orders/f.jsonl"
    script = f"""
import os, signal, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
s, t = os.open({str(source)!r}, os.O_RDONLY), os.open({str(target)!r}, os.O_WRONLY | os.O_CREAT)
assert os.copy_file_range(s, t, 1 << 20) > 0
print(flush=True)
time.sleep(600)
"""
    copier = subprocess.Popen(["python3", "-c", script], stdout=subprocess.PIPE)
    assert copier.stdout.readline() == b"\n"
    kill_quickly(copier, sig)
    wait_for("the reason in the log", lambda: "was killed" in drop.log())
    assert drop.jobs() == []


@pytest.mark.parametrize("sig", SIGNALS)
def test_a_copy_killed_while_its_close_is_checked_restores_nothing(drop, table, text, service, sig):
    service.process.send_signal(signal.SIGSTOP)
    copier = subprocess.Popen(["cp", text, table / "f.jsonl"])
    wait_for(
        "cp to wait in its close",
        lambda: (table / "f.jsonl").exists()
        and (table / "f.jsonl").stat().st_size == text.stat().st_size
        and waits_in_kernel(copier.pid),
    )
    kill_quickly(copier, sig)
    service.process.send_signal(signal.SIGCONT)
    wait_for("the reason in the log", lambda: "f.jsonl" in drop.log())
    # Killed before the check had begun it is no job at all.
    assert [(j["state"], j["written"]) for j in drop.jobs()] in ([], [("refused", 0)])


@pytest.mark.parametrize("sig", SIGNALS)
def test_a_copy_that_waits_for_its_restore_is_gone_at_once(mount_at, source, service, many, rows_of, sig):
    """With --restore-wait the checks have passed and the job runs: the copy was whole, so it goes on."""
    mount = mount_at(source, "--restore-to", service, "--restore-wait")
    table = mount.path / "restore/t"
    table.mkdir()
    copier = subprocess.Popen(["cp", many, table / "f.jsonl"])
    wait_for("the job", lambda: os.path.islink(table / "f.jsonl.job"))
    control = table / "f.jsonl.job/control"
    control.write_text("pause\n")
    wait_for("the pause", lambda: mount.job_of(table / "f.jsonl")["state"] == "paused")
    assert waits_in_kernel(copier.pid), "a pause that people ask for does not end the wait"
    kill_quickly(copier, sig)
    assert mount.job_of(table / "f.jsonl")["state"] == "paused"
    control.write_text("resume\n")
    wait_for("its end", lambda: mount.job_of(table / "f.jsonl")["state"] == "done")
    assert len(rows_of("t")) == 20_000


# --- the driver


class Driver:
    """A daemon as people run it, of a source, ended by the test."""

    def __init__(self, tmp_path, source, *options):
        self.path = tmp_path / "daemon"
        self.path.mkdir(exist_ok=True)
        self.state = tmp_path / "daemon-state"
        self.words = [OTSFS, "mount", "--state", self.state, *options, source, self.path]

    def mount(self):
        subprocess.run(self.words, check=True, timeout=DEADLINE_S, stdin=subprocess.DEVNULL)
        self.pid = json.loads((self.path / "status/mount.json").read_text())["pid"]

    def umount(self):
        return subprocess.run([OTSFS, "umount", self.path], capture_output=True, timeout=DEADLINE_S)

    def alive(self):
        try:
            with open(f"/proc/{self.pid}/stat") as stat:
                return stat.read().rpartition(")")[2].split()[0] not in "ZX"
        except FileNotFoundError:
            return False

    def jobs(self):
        done = subprocess.run([OTSFS, "jobs", "--json", "--state", self.state], capture_output=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def end(self):
        subprocess.run(["umount", "-l", self.path], capture_output=True)
        wait_for("the driver's end", lambda: not self.alive())


@pytest.fixture
def driver(tmp_path, source, service):
    driver = Driver(tmp_path, source, "--restore-to", str(service))
    driver.mount()
    (driver.path / "restore/t").mkdir()
    (driver.path / "restore/t/first.jsonl").write_text(record(0))  # makes the table
    wait_for("the table", lambda: [j["state"] for j in driver.jobs()] == ["done"])
    yield driver
    service.process.send_signal(signal.SIGCONT)
    driver.end()


def slowly(driver, text):
    """Drop it at 100 rows a second. @return its job's folder below the state folder"""
    dropped = driver.path / "restore/t/f.jsonl"
    shutil.copyfile(text, dropped)
    job = os.path.basename(os.readlink(f"{dropped}.job"))
    (driver.path / "status/jobs" / job / "control").write_text("rate=100\n")
    return driver.state / "jobs" / job


def state_of(job):
    return json.loads((job / "status.json").read_text())


def test_a_killed_driver_leaves_its_job_interrupted_to_be_dropped_again(driver, many, rows_of):
    job = slowly(driver, many)
    wait_for("it to run", lambda: state_of(job)["state"] == "running")
    os.kill(driver.pid, signal.SIGKILL)
    wait_for("its end", lambda: not driver.alive())
    assert [j["state"] for j in driver.jobs()] == ["done", "interrupted"]
    assert driver.umount().returncode == 0, "what is left of the mount goes away"
    driver.mount()
    assert [j["state"] for j in driver.jobs()] == ["done", "interrupted"]
    assert json.loads((driver.path / "status/jobs" / job.name / "status.json").read_text())["state"] == "interrupted"
    shutil.copyfile(job / "input", driver.path / "restore/t/again.jsonl")
    wait_for("the second restore", lambda: driver.jobs()[-1]["state"] in ENDED, 120)
    assert driver.jobs()[-1]["written"] == 20_000 and len(rows_of("t")) == 20_000
    assert driver.umount().returncode == 0


def test_an_unmount_while_a_file_is_open_is_busy_and_changes_nothing(driver):
    with open(driver.path / "README.txt"):
        done = driver.umount()
        assert done.returncode == 1 and b"busy" in done.stderr, done.stderr
        assert driver.alive() and (driver.path / "restore/t").is_dir()
    assert driver.umount().returncode == 0 and not driver.alive()


def test_an_unmount_right_after_a_close_loses_no_job(driver, text, rows_of):
    for n in range(5):
        shutil.copyfile(text, driver.path / "restore/t/f.jsonl")
        assert driver.umount().returncode == 0
        assert not driver.alive(), "umount returns when the driver has ended"
        last = driver.jobs()[-1]
        assert len(driver.jobs()) == n + 2 and last["state"] in ("done", "cancelled"), last
        total = sum(last[name] for name in ("written", "filtered", "skipped", "superseded", "dead"))
        assert last["read"] == total
        assert last["state"] == "cancelled" or total == 2000
        driver.mount()


@pytest.mark.parametrize("sig", (signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
def test_umount_waits_for_a_driver_that_is_still_ending_jobs(driver, many, service, sig):
    """Calls in flight are waited for; signals meanwhile do not cut that short."""
    job = slowly(driver, many)
    wait_for("it to run", lambda: state_of(job)["state"] == "running")
    service.process.send_signal(signal.SIGSTOP)
    (driver.path / "status/jobs" / job.name / "control").write_text("rate=0\n")
    time.sleep(0.3)  # calls are on their way that nobody answers: nothing shows that from outside
    umount = subprocess.Popen([OTSFS, "umount", driver.path])
    wait_for("the tree to go", lambda: not os.path.ismount(driver.path))
    for _ in range(20):
        if driver.alive():
            os.kill(driver.pid, sig)
        time.sleep(0.01)
    assert driver.alive() and umount.poll() is None, "the driver waits for its calls, umount for the driver"
    service.process.send_signal(signal.SIGCONT)
    assert umount.wait(DEADLINE_S) == 0
    assert not driver.alive()
    last = state_of(job)
    assert last["state"] == "cancelled", "it has written its last words"
    assert last["read"] == last["written"] > 0


@pytest.mark.parametrize("sig", (signal.SIGTERM, signal.SIGINT))
def test_a_signal_ends_the_driver_in_good_order(driver, many, sig):
    job = slowly(driver, many)
    wait_for("it to run", lambda: state_of(job)["state"] == "running")
    os.kill(driver.pid, sig)
    wait_for("its end", lambda: not driver.alive())
    assert not os.path.ismount(driver.path) and state_of(job)["state"] == "cancelled"


# --- temporary names


def folders(mount):
    return os.listdir(mount.path.parent / "state/jobs")


def test_a_temporary_file_that_is_never_renamed_leaves_nothing(drop, table):
    temporary = table / ".f.jsonl.aB3dE9"
    temporary.write_text(records(2))
    assert drop.jobs() == [] and len(folders(drop)) == 1
    temporary.unlink()
    wait_for("its folder to go", lambda: folders(drop) == [])
    assert ".f.jsonl.aB3dE9 (table t): nothing of it is restored" in drop.log()
    temporary.write_text(records(2))
    drop.unmount()
    assert folders(drop) == [] and "nothing of it is restored" in drop.errors()


def test_a_temporary_file_of_whole_objects_leaves_nothing_either(drop):
    source = drop.path / "tables/orders" / HOUR / f"{FIRST}.jsonl"
    temporary = drop.path / "restore/orders/.f.jsonl.aB3dE9"
    assert subprocess.run(["cp", source, temporary]).returncode == 0
    assert drop.jobs() == [] and len(folders(drop)) == 1
    temporary.unlink()
    wait_for("its folder to go", lambda: folders(drop) == [])
    assert subprocess.run(["cp", source, temporary]).returncode == 0
    os.rename(temporary, temporary.parent / "f.jsonl")
    assert drop.finished(temporary.parent / "f.jsonl")["read"] == 4


def test_a_temporary_file_is_checked_at_its_close(drop, table):
    temporary = table / ".f.jsonl.aB3dE9"
    with pytest.raises(OSError, match="Bad message"):
        temporary.write_text(record(1) + '{"op":"PUT","pk":{"id":\n')
    with pytest.raises(OSError, match="Bad message"):
        os.rename(temporary, table / "f.jsonl")
    assert [j["state"] for j in drop.jobs()] == ["refused"] and not (table / "f.jsonl").exists()


def test_a_rename_asks_nobody(drop, table, service, rows_of):
    """The service has stopped: whatever is asked of it would wait."""
    temporary = table / ".f.jsonl.aB3dE9"
    temporary.write_text(records(2))
    service.process.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    os.rename(temporary, table / "f.jsonl")
    assert time.monotonic() - begin < 2
    assert drop.job_of(table / "f.jsonl")["state"] in ("queued", "running")
    service.process.send_signal(signal.SIGCONT)
    report = drop.finished(table / "f.jsonl")
    assert report["written"] == 2 and "aB3dE9" not in json.dumps(report)
    assert set(rows_of("t")) == {"u0", "u1"}


def test_a_temporary_file_written_again_is_checked_anew(drop, table, rows_of):
    temporary = table / ".f.jsonl.aB3dE9"
    temporary.write_text(record(0))
    with open(temporary, "a") as more:
        more.write(record(1))
    os.rename(temporary, table / "f.jsonl")
    assert drop.finished(table / "f.jsonl")["written"] == 2 and len(drop.jobs()) == 1
    temporary.write_text(record(2))
    temporary.write_text(record(3))  # truncated first: the old text is gone
    os.rename(temporary, table / "f.jsonl")
    wait_for("two jobs", lambda: len(drop.jobs()) == 2)
    assert drop.finished(table / "f.jsonl")["written"] == 1
    assert set(rows_of("t")) == {"u0", "u1", "u3"}
    temporary.write_text(record(4))
    with pytest.raises(OSError, match="Bad message"), open(temporary, "a") as more:
        more.write('{"op":\n')
    with pytest.raises(OSError, match="Bad message"):
        os.rename(temporary, table / "g.jsonl")
    assert len(folders(drop)) == 3


def test_a_temporary_name_may_change_before_it_counts(drop, table):
    first, second = table / ".f.jsonl.aB3dE9", table / ".g.jsonl.aB3dE9"
    first.write_text(records(2))
    os.rename(first, second)
    assert drop.jobs() == []
    os.rename(second, table / "g.jsonl")
    assert drop.finished(table / "g.jsonl")["read"] == 2
