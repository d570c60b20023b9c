"""What the tests of real mounts stand on: a source, a local service, mounts that always go away.

Nothing here sleeps for a fixed time: what has to happen is polled for, with a deadline.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OTSFS = os.environ.get("OTSFS", str(ROOT / "build" / "otsfs"))
SAMPLES = sorted((ROOT / "tests" / "data" / "tunnel").glob("*.csv"))
HOUR = "2023/11/14/22"
DEADLINE_S = 30


def wait_for(what, condition, deadline_s=DEADLINE_S):
    """The first true value of condition(); fails, naming what, when none came in time."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            pytest.fail(f"waited {deadline_s} s for {what}")
        time.sleep(0.01)


def end_process(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session", autouse=True)
def needs():
    """A machine that cannot mount fails the tests: a skipped one would look like a pass."""
    assert os.path.exists("/dev/fuse"), "there is no /dev/fuse on this machine"
    assert os.access(OTSFS, os.X_OK), f"{OTSFS} is missing: make"


class Mount:
    def __init__(self, path, process, errors):
        self.path = path
        self.process = process
        self._errors = errors

    def log(self):
        return (self.path / "status" / "log").read_text()

    def errors(self):
        return self._errors.read_text()

    def jobs(self):
        """status.json of every job, oldest first."""
        folder = self.path / "status" / "jobs"
        return [json.loads((folder / id / "status.json").read_text()) for id in sorted(os.listdir(folder))]

    def job_of(self, dropped):
        """status.json behind the link beside a dropped file."""
        link = Path(f"{dropped}.job")
        return json.loads((link / "status.json").read_text())

    def finished(self, dropped):
        """report.json of a dropped file's job, once it has ended."""
        link = Path(f"{dropped}.job")
        open_states = ("queued", "running")
        wait_for(
            f"the end of {dropped}'s job",
            lambda: os.path.islink(link) and self.job_of(dropped)["state"] not in open_states,
        )
        return json.loads((link / "report.json").read_text())

    def unmount(self):
        if os.path.ismount(self.path):
            done = subprocess.run(["fusermount3", "-u", self.path], capture_output=True)
            if done.returncode != 0:
                subprocess.run(["fusermount3", "-uz", self.path], capture_output=True)
            try:
                self.process.wait(20)  # it ends by itself once unmounted
            except subprocess.TimeoutExpired:
                pass
        end_process(self.process)


@pytest.fixture
def mount_at(tmp_path):
    """mount_at(source, "--restore-to", target, ...) -> Mount; all are unmounted at the end."""
    mounts = []

    def start(source, *options):
        n = len(mounts)
        path = tmp_path / f"mnt{n}"
        path.mkdir()
        ready = tmp_path / f"ready{n}"
        errors = tmp_path / f"stderr{n}"
        command = [OTSFS, "mount", "-f", "--ready", ready, "--state", tmp_path / "state"]
        with open(errors, "wb") as stream:
            process = subprocess.Popen(
                [*map(str, command), *map(str, options), str(source), str(path)],
                stdout=stream,
                stderr=stream,
            )
        mount = Mount(path, process, errors)
        mounts.append(mount)

        def answers():
            assert process.poll() is None, f"the mount ended: {mount.errors()}"
            return ready.exists() and os.path.ismount(path)

        wait_for("the mount", answers)
        return mount

    yield start
    for mount in mounts:
        mount.unmount()
    # A driver that dies of a signal of its own making must not pass unseen.
    for mount in mounts:
        assert mount.process.returncode == 0, f"exit {mount.process.returncode}: {mount.errors()}"


@pytest.fixture
def source(tmp_path):
    """The tunnel samples as an hour of table `orders`."""
    hour = tmp_path / "backup" / "orders" / HOUR
    hour.mkdir(parents=True)
    for sample in SAMPLES:
        shutil.copy(sample, hour)
    return tmp_path / "backup"


class Service(str):
    """The URL of an instance, with the process that serves it."""

    process = None


@pytest.fixture
def service(tmp_path):
    """URL of a local Tablestore instance that keeps its rows in memory."""
    ready = tmp_path / "service.json"
    errors = tmp_path / "service.stderr"
    with open(errors, "wb") as stream:
        process = subprocess.Popen(
            [OTSFS, "serve", "--memory", "--ready", str(ready)],
            stdout=subprocess.DEVNULL,
            stderr=stream,
        )

    def answers():
        assert process.poll() is None, f"serve ended: {errors.read_text()}"
        return ready.exists()

    try:
        wait_for("the local service", answers)
        line = json.loads(ready.read_text())
        url = Service(f"{line['ots']}/{line['instance']}")
        url.process = process
        yield url
    finally:
        process.send_signal(signal.SIGCONT)  # a test may have stopped it
        end_process(process)


@pytest.fixture
def mount(mount_at, source):
    """Read only."""
    return mount_at(source)


@pytest.fixture
def drop(mount_at, source, service):
    """With restore/."""
    return mount_at(source, "--restore-to", service)


@pytest.fixture
def rows_of(service):
    """rows_of(table) -> {first key value: {column: value}}, read by the official SDK."""
    import tablestore

    endpoint, instance = service.rsplit("/", 1)
    client = tablestore.OTSClient(endpoint, "otsfs-local", "otsfs-local-secret", instance)

    def read(table):
        key = [name for name, _ in client.describe_table(table).table_meta.schema_of_primary_key]
        low = [(name, tablestore.INF_MIN) for name in key]
        high = [(name, tablestore.INF_MAX) for name in key]
        rows = {}
        while low:
            _, low, part, _ = client.get_range(table, "FORWARD", low, high, max_version=1)
            for row in part:
                rows[row.primary_key[0][1]] = {c[0]: c[1] for c in row.attribute_columns}
        return rows

    return read


class Bucket:
    """A service over a folder, whose bucket `backup` is the folder `root`."""

    def __init__(self, folder):
        self.folder = folder
        self.root = folder / "served" / "oss" / "backup"
        self.root.mkdir(parents=True)
        self.faults = folder / "faults.jsonl"
        self.faults.write_text("")
        self.ready = folder / "oss.json"
        self.errors = folder / "oss.stderr"
        with open(self.errors, "wb") as stream:
            self.process = subprocess.Popen(
                [OTSFS, "serve", "--dir", folder / "served", "--fault", self.faults, "--ready", self.ready],
                stdout=subprocess.DEVNULL,
                stderr=stream,
            )

        def answers():
            assert self.process.poll() is None, f"serve ended: {self.errors.read_text()}"
            return self.ready.exists()

        wait_for("the local service", answers)
        self.line = json.loads(self.ready.read_text())
        self.endpoint = self.line["oss"]

    def put(self, key, content):
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def cue(self, *lines):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        new = self.faults.with_suffix(".new")
        new.write_text(text)
        os.replace(new, self.faults)

    def run(self, *words, status=0, text=True, **environment):
        command = [OTSFS, words[0], "--endpoint", self.endpoint, *map(str, words[1:])]
        done = subprocess.run(
            command, capture_output=True, text=text, timeout=120, env={**os.environ, **environment}
        )
        assert done.returncode == status, f"{done.returncode}: {done.stderr}"
        return done


@pytest.fixture
def bucket(tmp_path):
    made = Bucket(tmp_path)
    try:
        yield made
    finally:
        made.process.send_signal(signal.SIGCONT)
        end_process(made.process)


@pytest.fixture
def orders(bucket):
    for sample in SAMPLES:
        bucket.put(f"orders/{HOUR}/{sample.name}", sample.read_bytes())
    return bucket
