"""Buckets that fail on cue, read through a real mount: the right bytes or a clean error, in time, and never wrong
bytes. `make faults` reads ten thousand times, the test command some hundred (FAULT_READS)."""

import errno
import json
import os
import random
import signal
import subprocess
import threading
import time
import urllib.request

import oss2
import pytest

from conftest import DEADLINE_S, HOUR, OTSFS, SAMPLES, wait_for

MIB = 1 << 20
READS = int(os.environ.get("FAULT_READS", "300"))
READERS = 6
# A read waits for `--timeout` without a byte, twice where it must begin anew, and for a busy machine.
TIMEOUT_S = 10
READ_DEADLINE_S = 4 * TIMEOUT_S

STORM = [
    {"seed": 20231114},
    {"match": {"op": "GetObject", "chance": 0.05}, "do": {"reset_after_bytes": 40000}},
    {"match": {"op": "GetObject", "chance": 0.03}, "do": {"reset_after_bytes": 0}},
    {"match": {"op": "GetObject", "chance": 0.03}, "do": {"truncate_body": 5000}},
    {"match": {"op": "GetObject", "chance": 0.05}, "do": {"error": "InternalError", "status": 500}},
    {"match": {"op": "GetObject", "chance": 0.03}, "do": {"error": "ServiceUnavailable", "status": 503}},
    {"match": {"op": "GetObject", "chance": 0.03}, "do": {"error": "SlowDown", "status": 503}},
    {"match": {"op": "GetObject", "chance": 0.02}, "do": {"status": 502, "body": "<html>Bad Gateway</html>"}},
    {"match": {"op": "GetObject", "chance": 0.03}, "do": {"stall_ms": 200}},
    {"match": {"op": "GetObject", "chance": 0.02}, "do": {"ignore_range": True}},
    {"match": {"op": "GetObject", "chance": 0.03}, "do": {"lose_reply": True}},
    {"match": {"op": "GetObject", "chance": 0.05}, "do": {"drop_idle": True}},
]


def noise(size, seed=1):
    return random.Random(seed).randbytes(size)



def used(bucket):
    with urllib.request.urlopen(f"{bucket.endpoint}/-otsfs/faults", timeout=DEADLINE_S) as answer:
        return {line["line"]: line["used"] for line in json.load(answer)}


def code_of(path):
    """errno of reading a file whole; 0 when that works."""
    try:
        path.read_bytes()
    except OSError as error:
        return error.errno
    return 0


class Hammer:
    """Readers side by side, each with reads of its own out of files whose bytes are known."""

    def __init__(self, folder, contents):
        self.folder, self.contents = folder, contents
        self.right, self.errors, self.wrong, self.longest = 0, [], [], 0.0
        self.lock = threading.Lock()

    def read(self, picks):
        key = picks.choice(sorted(self.contents))
        content = self.contents[key]
        at = picks.randrange(len(content))
        size = picks.choice([1, 4096, 70000, 300000, len(content)])
        began = time.monotonic()
        got, failed = None, None
        try:
            file = os.open(self.folder / key, os.O_RDONLY)
            try:
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
                got = os.pread(file, size, at)
            finally:
                os.close(file)
        except OSError as error:
            failed = error.errno
        spent = time.monotonic() - began
        with self.lock:
            self.longest = max(self.longest, spent)
            if failed is not None:
                self.errors.append(failed)
            elif got == content[at : at + size]:
                self.right += 1
            else:
                self.wrong.append((key, at, size, len(got)))

    def run(self, reads):
        def work(seed):
            picks = random.Random(seed)
            for _ in range(reads // READERS):
                self.read(picks)

        readers = [threading.Thread(target=work, args=(seed,)) for seed in range(READERS)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()


def test_reads_in_a_storm_of_faults_are_right(mount_at, bucket):
    contents = {f"f{i}.bin": noise(size, i) for i, size in enumerate((1, 65536, 65537, MIB, 3 * MIB + 17))}
    for key, content in contents.items():
        bucket.put(key, content)
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint, "--timeout", TIMEOUT_S)
    os.listdir(mount.path / "raw")
    bucket.cue(*STORM)
    hammer = Hammer(mount.path / "raw", contents)
    hammer.run(READS)
    met = used(bucket)
    assert hammer.wrong == []
    assert set(hammer.errors) <= {errno.EIO, errno.ETIMEDOUT}
    # Each of these can be mended by asking again.
    assert len(hammer.errors) <= READS // 100, hammer.errors
    assert hammer.right >= READS // READERS * READERS - len(hammer.errors)
    assert hammer.longest < READ_DEADLINE_S
    assert sum(count > 0 for count in met.values()) >= 9, met
    print(f"{hammer.right} right, {len(hammer.errors)} refused, longest {hammer.longest:.1f} s, faults {met}")


def test_commands_in_a_storm_of_faults_print_right_bytes(bucket):
    content = noise(5 * MIB + 17)
    bucket.put("x.bin", content)
    bucket.cue(*STORM)
    for _ in range(max(READS // 100, 3)):
        done = bucket.run("cat", "oss://backup", "raw/x.bin", text=False)
        assert done.stdout == content


@pytest.mark.parametrize("size", [100, 65536, 65537, 2 * MIB])
def test_a_damaged_byte_is_an_error_by_the_last_read_and_leaves_no_page(mount_at, bucket, size):
    content = noise(size)
    bucket.put("damaged.bin", content)
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint)
    path = mount.path / "raw" / "damaged.bin"
    os.listdir(mount.path / "raw")
    bucket.cue({"match": {"op": "GetObject"}, "do": {"corrupt_byte": 77}})
    with open(path, "rb", buffering=0) as file:
        got, failed = b"", None
        try:
            while part := file.read(4096):
                got += part
        except OSError as error:
            failed = error.errno
        assert failed == errno.EIO
        assert len(got) < size
        assert "CRC64" in mount.log() and "damaged.bin" in mount.log()
    bucket.cue()
    wait_for("the right bytes", lambda: code_of(path) == 0)
    assert path.read_bytes() == content


def test_damage_on_the_way_is_no_record(mount_at, orders):
    mount = mount_at("oss://backup", "--endpoint", orders.endpoint)
    path = mount.path / "tables" / "orders" / HOUR / f"{SAMPLES[0].name}.jsonl"
    os.listdir(path.parent)
    sample = SAMPLES[0].read_bytes()
    orders.cue({"match": {"op": "GetObject"}, "do": {"corrupt_byte": len(sample) - 4}})
    assert code_of(path) == errno.EIO
    done = orders.run("cat", f"oss://backup/orders/{HOUR}/{SAMPLES[0].name}", status=1)
    assert "CRC64" in done.stderr
    orders.cue()
    right = orders.run("cat", f"oss://backup/orders/{HOUR}/{SAMPLES[0].name}").stdout
    wait_for("the right records", lambda: code_of(path) == 0)
    assert path.read_text() == right


def test_a_wrong_checksum_is_an_error(mount_at, bucket):
    content = noise(300000)
    bucket.put("x.bin", content)
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint)
    path = mount.path / "raw" / "x.bin"
    os.listdir(path.parent)
    bucket.cue({"match": {"op": "GetObject"}, "do": {"wrong_crc": True}})
    assert code_of(path) == errno.EIO
    assert "CRC64" in mount.log()
    bucket.cue()
    wait_for("the right bytes", lambda: code_of(path) == 0)
    assert path.read_bytes() == content


def test_ranges_that_are_ignored_never_give_other_bytes(mount_at, bucket):
    content = noise(MIB)
    bucket.put("x.bin", content)
    bucket.put("small.bin", content[:1000])
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint, "--timeout", 2)
    os.listdir(mount.path / "raw")
    with open(mount.path / "raw" / "x.bin", "rb", buffering=0) as file:
        bucket.cue({"match": {"op": "GetObject"}, "do": {"ignore_range": True}})
        with pytest.raises(OSError) as failed:
            os.pread(file.fileno(), 1000, 700000)
        assert failed.value.errno == errno.EIO
        assert "whole object" in mount.log()
        assert (mount.path / "raw" / "small.bin").read_bytes() == content[:1000]
        bucket.cue()
        wait_for("the answer of before to pass", lambda: read_at(file, 700000, 1000) == content[700000:701000])


def read_at(file, at, size):
    try:
        return os.pread(file.fileno(), size, at)
    except OSError:
        return None


def test_another_etag_is_estale(mount_at, bucket):
    content = noise(MIB)
    bucket.put("x.bin", content)
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint)
    os.listdir(mount.path / "raw")
    with open(mount.path / "raw" / "x.bin", "rb", buffering=0) as file:
        bucket.cue({"match": {"op": "GetObject"}, "do": {"change_etag": True}})
        with pytest.raises(OSError) as failed:
            os.pread(file.fileno(), 1000, 700000)
        assert failed.value.errno == errno.ESTALE
    bucket.cue()
    assert (mount.path / "raw" / "x.bin").read_bytes() == content


def test_an_object_that_changed_is_estale_and_new_at_the_next_open(mount_at, bucket):
    old, new = noise(2 * MIB, 1), noise(2 * MIB, 2)
    bucket.put("x.bin", old)
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint, "--refresh", "0")
    path = mount.path / "raw" / "x.bin"
    with open(path, "rb", buffering=0) as file:
        assert file.read(4096) == old[:4096]
        bucket.put("x.bin", new)
        with pytest.raises(OSError) as failed:
            os.pread(file.fileno(), 4096, MIB + 4096 * 100)
        assert failed.value.errno == errno.ESTALE
        bucket.put("x.bin", new[:1000])
        with pytest.raises(OSError) as failed:
            os.pread(file.fileno(), 4096, MIB + 4096 * 100)
        assert failed.value.errno == errno.ESTALE
    wait_for("the new content", lambda: path.read_bytes() == new[:1000])
    bucket.put("x.bin", new)
    wait_for("the newest content", lambda: path.read_bytes() == new)


def test_an_object_that_is_gone_under_its_reader(mount_at, bucket):
    content = noise(MIB)
    bucket.put("x.bin", content)
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint, "--refresh", "0")
    with open(mount.path / "raw" / "x.bin", "rb", buffering=0) as file:
        assert file.read(4096) == content[:4096]
        (bucket.root / "x.bin").unlink()
        with pytest.raises(OSError) as failed:
            os.pread(file.fileno(), 4096, 700000)
        assert failed.value.errno in (errno.ESTALE, errno.EIO)
    wait_for("its name to go", lambda: not (mount.path / "raw" / "x.bin").exists())


def test_an_archived_object_is_eio_and_says_thaw(mount_at, bucket):
    bucket.put("warm.bin", b"warm")
    auth = oss2.Auth("otsfs-local", "otsfs-local-secret")
    client = oss2.Bucket(auth, bucket.endpoint, "backup")
    client.put_object("cold/ice.bin", b"ice" * 1000, headers={"x-oss-storage-class": "Archive"})
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint)
    path = mount.path / "raw" / "cold" / "ice.bin"
    assert path.stat().st_size == 3000
    assert code_of(path) == errno.EIO
    assert "ice.bin" in mount.log() and "otsfs thaw" in mount.log()
    assert (mount.path / "raw" / "warm.bin").read_bytes() == b"warm"
    for words in (["oss://backup", "raw/cold/ice.bin"], ["oss://backup/cold/ice.bin", "raw/ice.bin"]):
        said = bucket.run("stat", *words).stdout
        assert "thaw" in said and "size      3000" in said
        facts = json.loads(bucket.run("stat", "--json", *words).stdout)
        assert facts["size"] == 3000 and facts["exact_size"] is None and "thaw" in facts["archived"]
    assert "thaw" not in bucket.run("stat", "oss://backup", "raw/warm.bin").stdout
    bucket.cue({"match": {"op": "RestoreObject"}, "do": {"restore_ms": 1000}})
    asked = bucket.run("thaw", "oss://backup", "raw/cold").stdout
    assert "asked      cold/ice.bin" in asked, asked
    assert "under way" in bucket.run("thaw", "oss://backup", "raw/cold").stdout
    wait_for("the thawed object", lambda: code_of(path) == 0)
    assert path.read_bytes() == b"ice" * 1000


def test_an_object_that_freezes_while_it_is_read(mount_at, bucket):
    bucket.put("x.bin", noise(MIB))
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint)
    with open(mount.path / "raw" / "x.bin", "rb", buffering=0) as file:
        bucket.cue({"match": {"op": "GetObject"}, "do": {"object_state": "Archive"}})
        with pytest.raises(OSError) as failed:
            os.pread(file.fileno(), 1000, 700000)
        assert failed.value.errno == errno.EIO
        assert "thaw" in mount.log()


@pytest.mark.parametrize("entries", [1, 3])
def test_short_pages_list_everything(mount_at, bucket, entries):
    for i in range(10):
        bucket.put(f"f/{i}", b"x")
        bucket.put(f"g{i}/x", b"x")
    bucket.cue({"match": {}, "do": {"page_keys": entries}})
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint)
    assert sorted(os.listdir(mount.path / "raw")) == ["f", *(f"g{i}" for i in range(10))]
    assert sorted(os.listdir(mount.path / "raw" / "f")) == [str(i) for i in range(10)]
    assert bucket.run("ls", "-R", "oss://backup", "raw").stdout.count("/x\n") == 10


@pytest.mark.parametrize("do", [{"page_keys": 0}, {"page_keys": 3, "repeat_token": True}])
def test_a_listing_that_does_not_get_on_ends(mount_at, bucket, do):
    for i in range(20):
        bucket.put(f"f{i:02d}", b"x")
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint, "--timeout", 5)
    bucket.cue({"match": {"op": "ListObjectsV2"}, "do": do})
    began = time.monotonic()
    with pytest.raises(OSError) as failed:
        os.listdir(mount.path / "raw")
    assert failed.value.errno == errno.EIO
    done = bucket.run("ls", "oss://backup", "raw", status=1)
    assert "token" in done.stderr, done.stderr
    assert time.monotonic() - began < DEADLINE_S
    bucket.cue()
    wait_for("the listing", lambda: listed(mount.path / "raw") == [f"f{i:02d}" for i in range(20)])


def listed(folder):
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return None


def test_a_refused_head_that_says_nothing(bucket):
    bucket.put("a/x", b"x")
    bucket.cue({"match": {"op": "HeadObject"}, "do": {"no_x_oss_err": True}})
    assert bucket.run("ls", "oss://backup/a", "raw").stdout == "x\n"
    bucket.cue({"match": {"op": "HeadObject"}, "do": {"error": "AccessDenied", "status": 403, "no_x_oss_err": True}})
    done = bucket.run("cat", "-o", "oss://backup/new", "oss://backup", "raw/a/x", status=0)
    assert done.stderr == ""


def test_connections_that_are_dropped_between_reads(mount_at, bucket):
    content = noise(MIB)
    bucket.put("x.bin", content)
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint)
    bucket.cue({"match": {}, "do": {"drop_idle": True}})
    with open(mount.path / "raw" / "x.bin", "rb", buffering=0) as file:
        for at in range(0, MIB, 100000):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            assert os.pread(file.fileno(), 1000, at) == content[at : at + 1000]


def test_a_body_that_stalls_for_good_ends_in_time_and_hinders_nobody(mount_at, bucket):
    bucket.put("stuck.bin", noise(4 * MIB))
    bucket.put("other.bin", noise(MIB, 2))
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint, "--timeout", 3)
    os.listdir(mount.path / "raw")
    bucket.cue({"match": {"op": "GetObject", "key": "stuck"}, "do": {"stall_ms": 600000}})
    reader = subprocess.Popen(["cat", mount.path / "raw" / "stuck.bin"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    assert (mount.path / "raw" / "other.bin").read_bytes() == noise(MIB, 2)
    _, said = reader.communicate(timeout=DEADLINE_S)
    assert reader.returncode == 1 and "Input/output error" in said
    killed = subprocess.Popen(["cat", mount.path / "raw" / "stuck.bin"], stdout=subprocess.DEVNULL)
    wait_for("it to wait for the bucket", lambda: "fuse" in wchan(killed.pid) or "wait" in wchan(killed.pid))
    killed.kill()
    began = time.monotonic()
    killed.wait(DEADLINE_S)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("command", [["cat", "raw/orders/{hour}/{name}"], ["cat", "tables/orders/{hour}/{name}.jsonl"],
                                     ["ls", "raw/orders/2023/11"], ["stat", "raw/other"], ["cat", "README.txt"]])
def test_whoever_waits_for_a_bucket_can_be_killed(mount_at, orders, command):
    orders.put("other", b"x")
    mount = mount_at("oss://backup", "--endpoint", orders.endpoint)
    path = mount.path / command[1].format(hour=HOUR, name=SAMPLES[0].name)
    if command[0] == "cat" and "/" in command[1]:
        os.listdir(path.parent)
    orders.process.send_signal(signal.SIGSTOP)
    waiting = subprocess.Popen([command[0], path], stdout=subprocess.DEVNULL)
    wait_for("it to wait for the bucket", lambda: "fuse" in wchan(waiting.pid) or "request_wait" in wchan(waiting.pid))
    waiting.kill()
    began = time.monotonic()
    waiting.wait(DEADLINE_S)
    assert time.monotonic() - began < 2
    began = time.monotonic()
    subprocess.run([OTSFS, "umount", mount.path], check=True, timeout=DEADLINE_S)
    assert time.monotonic() - began < 10
    assert mount.process.wait(DEADLINE_S) == 0


def wchan(pid):
    try:
        return open(f"/proc/{pid}/wchan").read()
    except OSError:
        return "gone: no wait"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_service_that_is_gone_for_good(mount_at, bucket, how):
    bucket.put("a/open.bin", noise(8 * MIB))
    bucket.put("b/never.bin", noise(1000))
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint, "--timeout", 2)
    with open(mount.path / "raw" / "a" / "open.bin", "rb", buffering=0) as file:
        bucket.process.send_signal(how)
        tries = {
            errno.EIO: lambda: os.pread(file.fileno(), 4096, 7 * MIB),
            errno.ETIMEDOUT: lambda: os.stat(mount.path / "raw" / "b" / "never.bin"),
        }
        for expected, call in tries.items():
            began = time.monotonic()
            with pytest.raises(OSError) as failed:
                call()
            assert failed.value.errno == expected
            assert time.monotonic() - began < 15
        assert "b" in mount.log()
        assert (mount.path / "README.txt").read_text() != ""
    began = time.monotonic()
    subprocess.run([OTSFS, "umount", mount.path], check=True, timeout=DEADLINE_S)
    assert time.monotonic() - began < 10
    assert mount.process.wait(DEADLINE_S) == 0
