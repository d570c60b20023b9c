"""Buckets through the real program: the tree, reads that go wrong, a network that goes away, writing, thawing.
The bucket is that of the local service, which checks every signature."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import time

import oss2
import pytest

from conftest import DEADLINE_S, HOUR, OTSFS, SAMPLES, end_process, wait_for

MIB = 1 << 20
STRANGE = ["a b+c%d", "ümläut/世界", "plus+/per%cent", "q?x=1&y#z", "dots/./x", "k" * 200 + "/" + "v" * 200]


def noise(size, seed=1):
    return random.Random(seed).randbytes(size)


def test_a_bucket_shows_what_its_copy_shows(mount_at, orders, tmp_path):
    for i, key in enumerate(STRANGE):
        if "/./" not in key:
            orders.put(f"strange/{key}", key.encode() * (i + 1))
    copy = tmp_path / "copy"
    shutil.copytree(orders.root, copy)
    remote = mount_at("oss://backup", "--endpoint", orders.endpoint)
    local = mount_at(copy)
    seen = {}
    for mount in (local, remote):
        files = {}
        for top in ("raw", "tables", "by-time"):
            for folder, _, names in os.walk(mount.path / top):
                for name in names:
                    path = os.path.join(folder, name)
                    content = open(path, "rb").read()
                    files[os.path.relpath(path, mount.path)] = content
                    assert os.path.getsize(path) == len(content)
        seen[mount] = files
    assert sorted(seen[local]) == sorted(seen[remote])
    assert seen[local] == seen[remote]
    assert len(seen[remote]) > 3 * len(SAMPLES)
    assert "error" not in remote.log()


def test_commands_read_buckets(orders):
    listed = orders.run("ls", "-R", "oss://backup", "tables").stdout
    assert len([line for line in listed.splitlines() if line.endswith(".jsonl")]) == len(SAMPLES)
    assert orders.run("cat", "oss://backup", "tables/orders").stdout.count("\n") == 17
    one = f"oss://backup/orders/{HOUR}/{SAMPLES[0].name}"
    assert orders.run("cat", "--as", "raw", one).stdout == SAMPLES[0].read_text()
    facts = json.loads(orders.run("stat", "--json", "oss://backup", f"raw/orders/{HOUR}/{SAMPLES[0].name}").stdout)
    assert facts["size"] == SAMPLES[0].stat().st_size and facts["format"] == "tunnel-csv"
    # Version 1 of the signature, and the environment instead of options.
    done = subprocess.run(
        [OTSFS, "ls", "--sign", "v1", "oss://backup", "raw"],
        capture_output=True,
        text=True,
        env={**os.environ, "OSS_ENDPOINT": orders.endpoint},
    )
    assert done.returncode == 0 and done.stdout == "orders/\n", done.stderr


@pytest.mark.parametrize(
    "words, status, environment, expected",
    [
        (["oss://nothing-here"], 1, {}, ["NoSuchBucket", "is the name right"]),
        (["oss://No"], 2, {}, ["3 to 63"]),
        (["--region", "cn-beijing", "oss://backup"], 1, {}, ["signed for region cn-beijing"]),
        (["--anonymous", "oss://backup"], 1, {}, ["403 AccessDenied"]),
        (["--addressing", "sideways", "oss://backup"], 2, {}, ["auto, virtual, path or cname"]),
        (["--sign", "v2", "oss://backup"], 2, {}, ["v4 or v1"]),
        (["--sse", "ROT13", "oss://backup"], 2, {}, ["AES256"]),
        (
            ["oss://backup"],
            1,
            {"OSS_ACCESS_KEY_ID": "nobody", "OSS_ACCESS_KEY_SECRET": "a-secret-of-nobody"},
            ["InvalidAccessKeyId"],
        ),
        (
            ["oss://backup"],
            1,
            {"OSS_ACCESS_KEY_ID": "otsfs-local", "OSS_ACCESS_KEY_SECRET": "a-wrong-secret"},
            ["SignatureDoesNotMatch", "is the secret the one"],
        ),
    ],
)
def test_what_is_wrong_is_said_at_once(bucket, words, status, environment, expected):
    done = bucket.run("ls", *words, status=status, **environment)
    for text in expected:
        assert text in done.stderr
    for secret in ("a-secret-of-nobody", "a-wrong-secret", "otsfs-local-secret"):
        assert secret not in done.stderr + done.stdout




def test_faults_give_the_right_bytes_or_an_error(mount_at, bucket):
    contents = {f"f{i}.bin": noise(3 * MIB + i * 1000, i) for i in range(4)}
    for key, content in contents.items():
        bucket.put(key, content)
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint)
    os.listdir(mount.path / "raw")
    bucket.cue(
        {"match": {"op": "GetObject", "nth": 3, "every": 7}, "do": {"reset_after_bytes": 100000}},
        {"match": {"op": "GetObject", "nth": 4, "every": 11}, "do": {"error": "InternalError", "status": 500}},
        {"match": {"op": "GetObject", "nth": 5, "every": 13}, "do": {"error": "SlowDown", "status": 503}},
        {"match": {"op": "GetObject", "nth": 6, "every": 17}, "do": {"truncate_body": 5000}},
        {"match": {"op": "GetObject", "nth": 2, "every": 19}, "do": {"ignore_range": True}},
    )
    picks = random.Random(7)
    for key, content in contents.items():
        with open(mount.path / "raw" / key, "rb", buffering=0) as file:
            assert hashlib.sha256(file.read()).digest() == hashlib.sha256(content).digest(), key
            for _ in range(10):
                at, size = picks.randrange(len(content)), picks.randrange(200000)
                assert os.pread(file.fileno(), size, at) == content[at : at + size]


def test_a_damaged_byte_is_an_error_at_the_end_of_the_object_at_the_latest(mount_at, bucket):
    content = noise(2 * MIB)
    bucket.put("damaged.bin", content)
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint)
    path = mount.path / "raw" / "damaged.bin"
    os.listdir(mount.path / "raw")
    bucket.cue({"match": {"op": "GetObject", "nth": 2}, "do": {"corrupt_byte": 77}})
    with pytest.raises(OSError) as failed:
        path.read_bytes()
    assert failed.value.errno == 5
    assert "CRC64" in mount.log()
    bucket.cue()
    wait_for("the right bytes", lambda: path.read_bytes() == content)


def test_an_object_that_changes_under_its_reader_is_never_a_mix(mount_at, bucket):
    old, new = noise(4 * MIB, 1), noise(4 * MIB, 2)
    bucket.put("moving.bin", old)
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint, "--refresh", "0")
    with open(mount.path / "raw" / "moving.bin", "rb", buffering=0) as file:
        assert file.read(1000) == old[:1000]
        bucket.put("moving.bin", new)
        at, stale = 1000, None
        while at < len(old) and stale is None:
            try:
                part = os.pread(file.fileno(), 100000, at)
                assert part == old[at : at + len(part)]
                at += len(part)
            except OSError as error:
                stale = error.errno
        assert stale in (None, 116)
    wait_for("the new content", lambda: (mount.path / "raw" / "moving.bin").read_bytes() == new)


def test_a_network_that_is_gone_ends_in_eio_and_kill_ends_a_reader(mount_at, bucket):
    bucket.put("big.bin", noise(24 * MIB))
    bucket.put("other.bin", noise(24 * MIB))
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint, "--timeout", "3")
    os.listdir(mount.path / "raw")
    with open(mount.path / "raw" / "big.bin", "rb", buffering=0) as file:
        bucket.process.send_signal(signal.SIGSTOP)
        reader = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.DEVNULL)
        time.sleep(0.5)  # it may read what was on its way, and waits then
        began = time.monotonic()
        reader.kill()
        reader.wait(DEADLINE_S)
        assert time.monotonic() - began < 2
        began = time.monotonic()
        with pytest.raises(OSError) as failed:
            os.pread(file.fileno(), 100000, 20 * MIB)
        assert failed.value.errno == 5
        assert 2 < time.monotonic() - began < 15
    opener = subprocess.Popen(["cat", mount.path / "raw" / "other.bin"], stdout=subprocess.DEVNULL)
    time.sleep(0.3)
    began = time.monotonic()
    opener.kill()
    opener.wait(DEADLINE_S)
    assert time.monotonic() - began < 2
    began = time.monotonic()
    subprocess.run([OTSFS, "umount", mount.path], check=True, timeout=DEADLINE_S)
    assert time.monotonic() - began < 10
    assert mount.process.wait(DEADLINE_S) == 0


@pytest.mark.parametrize("size", [0, 5, 8 * MIB, 8 * MIB + 1, 21 * MIB + 3])
def test_cat_writes_objects_whole(bucket, tmp_path, size):
    content = noise(size)
    bucket.put("from.bin", content)
    key = "to/some thing+%.bin"
    bucket.run("cat", "--as", "raw", "-o", f"oss://backup/{key}", "oss://backup", "raw/from.bin")
    assert bucket.run("cat", f"oss://backup/{key}", "raw", "--as", "raw", text=False).stdout == content
    local = tmp_path / "local.bin"
    bucket.run("cat", "-o", local, "oss://backup", f"raw/{key}")
    assert local.read_bytes() == content
    assert sorted(p.name for p in tmp_path.glob("local.bin*")) == ["local.bin"]


def test_an_upload_that_was_cut_off_is_resumed(bucket):
    content = noise(40 * MIB)
    bucket.put("from.bin", content)
    words = ["cat", "--as", "raw", "-o", "oss://backup/to.bin", "oss://backup", "raw/from.bin"]
    bucket.cue({"match": {"op": "UploadPart", "nth": 4, "every": 1}, "do": {"error": "AccessDenied", "status": 403}})
    assert "403" in bucket.run(*words, status=1).stderr
    listed = bucket.run("ls", "oss://backup", "raw").stdout
    assert "to.bin" not in listed
    bucket.cue({"match": {"op": "UploadPart"}, "do": {"latency_ms": 1}})
    bucket.run(*words)
    used = json.loads(subprocess.check_output(["curl", "-s", f"{bucket.endpoint}/-otsfs/faults"]))
    assert used[0]["used"] < 5, "parts that were there were sent again"
    assert bucket.run("cat", "oss://backup", "raw/to.bin", text=False).stdout == content


def test_thaw_asks_for_cold_objects_only(bucket):
    bucket.put("warm.bin", b"warm")
    auth = oss2.Auth("otsfs-local", "otsfs-local-secret")
    client = oss2.Bucket(auth, bucket.endpoint, "backup")
    client.put_object("cold.bin", b"cold", headers={"x-oss-storage-class": "ColdArchive"})
    done = bucket.run("cat", "oss://backup", "raw/cold.bin", status=4)
    assert "otsfs thaw" in done.stderr
    done = bucket.run("thaw", "--dry-run", "oss://backup")
    assert "would ask  cold.bin (4 bytes)" in done.stdout and "warm.bin" not in done.stdout
    done = bucket.run("thaw", "--days", "3", "--tier", "bulk", "oss://backup", "raw")
    assert "asked      cold.bin" in done.stdout and done.stdout.endswith("1 asked for, 0 under way, 0 ready\n")
    wait_for(
        "the thawed object",
        lambda: subprocess.run(
            [OTSFS, "cat", "--endpoint", bucket.endpoint, "oss://backup", "raw/cold.bin"], capture_output=True
        ).stdout
        == b"cold",
    )
    bucket.run("thaw", "--days", "0", "oss://backup", status=2)


def test_an_object_of_a_bucket_is_restored(orders, service, rows_of):
    one = f"oss://backup/orders/{HOUR}/{SAMPLES[0].name}"
    done = orders.run("restore", one, "--to", service, "--state", orders.folder / "state")
    assert "done" in done.stdout
    assert len(rows_of("orders")) >= 1


def test_copies_inside_a_mount_of_a_bucket_restore(mount_at, orders, service, rows_of):
    mount = mount_at("oss://backup", "--endpoint", orders.endpoint, "--restore-to", service)
    dropped = mount.path / "restore" / "copied" / "x.csv"
    os.mkdir(dropped.parent)
    subprocess.run(["cp", mount.path / "raw" / "orders" / HOUR / SAMPLES[0].name, dropped], check=True)
    assert mount.finished(dropped)["state"] == "done"
    assert len(rows_of("copied")) >= 1
