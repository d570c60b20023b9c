"""What tries to break the reading of a real mount: slow opens, changes under readers, damage, nasty
names, many objects."""

import ctypes
import errno
import hashlib
import json
import mmap
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from conftest import DEADLINE_S, HOUR, OTSFS, SAMPLES, wait_for

HEADER = b"TimeStamp,RecordType,PrimaryKey,RecordColumns\n"
FIRST = SAMPLES[0].name
# A sanitizer takes time and memory of its own: limits are then for the tools, not for the driver.
SANITIZED = b"__asan_init" in Path(OTSFS).read_bytes()
SLOWER = 8 if SANITIZED else 1


def csv_line(n, filler=b"x"):
    """One record of tunnel CSV and the same as JSONL."""
    ts = 1700000010000000 + n
    text = b"%d-%s" % (n, filler)
    key = b'"[{""name"":""id"",""type"":""INTEGER"",""value"":%d}]"' % n
    cols = b'"[{""columnType"":""PUT"",""name"":""c"",""type"":""STRING"",""value"":""%s"",""timestamp"":1700000010000}]"' % text
    line = b"%d,PUT,%s,%s\n" % (ts, key, cols)
    json_line = b'{"ts":%d,"op":"PUT","pk":{"id":%d},"v":1700000010000,"cols":{"c":"%s"}}\n' % (ts, n, text)
    return line, json_line


def csv_object(count, first=0, filler=b"x"):
    """(object, text) of @p count records."""
    pairs = [csv_line(first + i, filler) for i in range(count)]
    return HEADER + b"".join(p[0] for p in pairs), b"".join(p[1] for p in pairs)


def run(command, **kwargs):
    kwargs.setdefault("timeout", DEADLINE_S)
    return subprocess.run(command, capture_output=True, **kwargs)


def sh(line, **kwargs):
    return run(["bash", "-c", line], **kwargs)


def otsfs(*words, **kwargs):
    return run([OTSFS, *map(str, words)], **kwargs)


def took(act):
    start = time.monotonic()
    act()
    return time.monotonic() - start


def status_of(mount):
    return json.loads((mount.path / "status/mount.json").read_text())


def cpu_s(mount):
    """Seconds of CPU that the driver has used."""
    fields = open(f"/proc/{mount.process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ---- slow opens --------------------------------------------------------------------------------

BIG_MIB = 300


@pytest.fixture(scope="session")
def big_object(tmp_path_factory):
    """A file that takes the driver seconds to count, with small records in many chunks."""
    path = tmp_path_factory.mktemp("big") / "FullData-1700000000000.csv"
    block = csv_object(20000, filler=b"y" * 40)[0][len(HEADER) :]
    with open(path, "wb") as f:
        f.write(HEADER)
        while f.tell() < BIG_MIB << 20:
            f.write(block)
    yield path
    path.unlink()


@pytest.fixture
def slow(mount_at, source, big_object):
    """A mount whose table `big` has twenty objects that open slowly, and `orders` beside it."""
    folder = source / "big" / HOUR
    folder.mkdir(parents=True)
    for i in range(20):
        os.link(big_object, folder / f"FullData-17000000000{i:02}.csv")
    mount = mount_at(source)
    names = sorted(os.listdir(mount.path / "tables/big" / HOUR))
    mount.slow = [mount.path / "tables/big" / HOUR / n for n in names]
    return mount


def opener(path):
    return subprocess.Popen(
        ["head", "-c", "1", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def gone_within(process, seconds):
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def end_all(processes):
    for p in processes:
        p.kill()
    for p in processes:
        p.wait()


def test_slow_opens_delay_nobody_and_a_killed_reader_is_gone_at_once(slow):
    fast = slow.path / "tables/orders" / HOUR / f"{SAMPLES[1].name}.jsonl"
    raw = slow.path / "raw/orders" / HOUR / FIRST
    blocked = [opener(p) for p in slow.slow for _ in range(3)]
    try:
        time.sleep(0.3)  # for the requests to arrive: there is nothing to see from outside
        assert sum(p.poll() is None for p in blocked) >= 50, "they are not slow: a larger object"
        limits = {
            "ls": lambda: os.listdir(slow.path / "tables/big" / HOUR),
            "stat": lambda: os.stat(slow.slow[7]),
            "lookup": lambda: os.path.exists(slow.path / "tables/orders/none"),
            "open": lambda: fast.read_bytes(),
            "raw": lambda: raw.read_bytes(),
            "status": lambda: status_of(slow),
        }
        times = {name: took(act) for name, act in limits.items()}
        assert max(times.values()) < 1.0 * SLOWER, times
        # Of those at work and of those that wait for a worker alike.
        for p, sig in zip(blocked[::7], [signal.SIGINT, signal.SIGKILL] * 10):
            os.kill(p.pid, sig)
            assert gone_within(p, 0.5 * SLOWER), "the reader stays"
    finally:
        assert took(lambda: end_all(blocked)) < 5
    # Nobody waits: nothing is counted any more.
    wait_for("the end of counting", lambda: (cpu_s(slow), time.sleep(0.5), cpu_s(slow))[0] + 0.1 > cpu_s(slow), 10)


def test_the_mount_ends_while_opens_are_slow(slow):
    blocked = [opener(p) for p in slow.slow]
    try:
        time.sleep(0.3)
        slow.process.terminate()
        assert took(lambda: slow.process.wait(DEADLINE_S)) < 5
    finally:
        end_all(blocked)


def test_a_killed_read_is_gone_and_others_go_on(mount_at, tmp_path, big_object):
    folder = tmp_path / "one" / "big" / HOUR
    folder.mkdir(parents=True)
    os.link(big_object, folder / big_object.name)
    mount = mount_at(tmp_path / "one", "--memory", "16M")
    path = mount.path / "tables/big" / HOUR / f"{big_object.name}.jsonl"
    with open(path, "rb") as f:  # counted
        size = os.fstat(f.fileno()).st_size
        cats = [
            subprocess.Popen(["cat", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(8)
        ]
        try:
            for n, p in enumerate(cats):
                os.kill(p.pid, [signal.SIGINT, signal.SIGKILL][n % 2])
                assert gone_within(p, 0.5 * SLOWER), "the reader stays"
            assert took(lambda: os.pread(f.fileno(), 4096, size // 2)) < 1 * SLOWER
        finally:
            end_all(cats)
        # Random places give the text that a straight reading gives, in little memory.
        right = subprocess.Popen([OTSFS, "cat", tmp_path / "one", f"tables/big/{HOUR}"], stdout=subprocess.PIPE)
        at = 0
        for want in sorted([0, 6001, size // 3, size // 2 + 7, size - 5000]):
            while at < want:
                at += len(right.stdout.read(min(1 << 20, want - at)))
            block = right.stdout.read(5000)
            at += len(block)
            assert os.pread(f.fileno(), 5000, want) == block, want
        right.stdout.close()
        right.wait()
    status = open(f"/proc/{mount.process.pid}/status").read()
    peak_mib = int(status.split("VmHWM:")[1].split()[0]) // 1024
    assert SANITIZED or peak_mib < 80, f"the driver took {peak_mib} MiB with --memory 16M"


# ---- changes under readers ---------------------------------------------------------------------


@pytest.mark.parametrize("refresh", ["0", "1", "3600"])
@pytest.mark.parametrize("form", ["jsonl", "raw"])
def test_what_changes_is_new_content_or_estale_and_never_a_mix(mount_at, tmp_path, refresh, form):
    folder = tmp_path / "backup" / "t" / HOUR
    folder.mkdir(parents=True)
    kept = folder / "FullData-1700000000000.csv"
    objects = [csv_object(20000, filler=bytes([c]) * 40) for c in b"abcd"]
    kept.write_bytes(objects[0][0])
    mount = mount_at(tmp_path / "backup", "--refresh", refresh)
    path = mount.path / ("raw/t" if form == "raw" else "tables/t") / HOUR / (kept.name + (".jsonl" if form == "jsonl" else ""))
    which = 0 if form == "raw" else 1
    shown = path.read_bytes()
    assert shown == objects[0][which]
    for n in (1, 2, 3):
        with open(path, "rb", buffering=0) as handle:
            assert handle.read(100) == shown[:100]
            if n == 1:  # replaced
                (folder / "x").write_bytes(objects[n][0])
                os.replace(folder / "x", kept)
            elif n == 2:  # written over in place
                kept.write_bytes(objects[n][0])
            else:  # cut and then written on
                with open(kept, "r+b") as f:
                    f.truncate(100)
                    f.seek(100)
                    f.write(objects[n][0][100:])
            # The next open has one content, whole: the new one once the refresh time is over.
            new = objects[n][which]
            got = path.read_bytes()
            assert got == new or (refresh != "0" and got == shown)
            if refresh == "1":
                wait_for("the new content", lambda: path.read_bytes() == new, 3)
                got = new
            # The old handle has its own bytes or fails.
            for at in (0, 4096, len(shown) // 2, len(shown) - 100):
                try:
                    part = os.pread(handle.fileno(), 100, at)
                except OSError as error:
                    assert error.errno in (errno.ESTALE, errno.EIO)
                else:
                    assert part == shown[at : at + 100], at
        shown = got
    kept.unlink()
    if refresh != "3600":
        wait_for("its end", lambda: not path.exists(), 3)
        with pytest.raises(FileNotFoundError):
            open(path, "rb")


@pytest.mark.parametrize("form", ["jsonl", "raw"])
def test_an_object_found_changed_or_gone_is_listed_again_at_once(mount_at, tmp_path, form):
    """However long --refresh is: who opens learns of it, and need not wait."""
    folder = tmp_path / "backup" / "t" / HOUR
    folder.mkdir(parents=True)
    which = 0 if form == "raw" else 1
    first, second = csv_object(10), csv_object(20)
    for name in ("a.csv", "b.csv"):
        (folder / name).write_bytes(first[0])
    mount = mount_at(tmp_path / "backup", "--refresh", "3600")
    shown = mount.path / ("raw/t" if form == "raw" else "tables/t") / HOUR
    names = sorted(os.listdir(shown))
    (folder / "a.csv").write_bytes(second[0])
    assert (shown / names[0]).read_bytes() == second[which]
    (folder / "b.csv").unlink()
    with pytest.raises(FileNotFoundError):
        open(shown / names[1], "rb")
    assert os.listdir(shown) == names[:1]


def test_folders_come_and_go_and_become_files(mount_at, tmp_path):
    top = tmp_path / "backup"
    (top / "t" / HOUR).mkdir(parents=True)
    data, text = csv_object(3)
    (top / "t" / HOUR / "a.csv").write_bytes(data)
    (top / "x").mkdir()
    (top / "x" / "f").write_bytes(b"one")
    mount = mount_at(top, "--refresh", "0")
    held = os.open(mount.path / "raw/x", os.O_RDONLY | os.O_DIRECTORY)
    assert os.listdir(held) == ["f"]
    shutil.rmtree(top / "x")
    (top / "x").write_bytes(b"a file by now")
    assert (mount.path / "raw/x").read_bytes() == b"a file by now"
    with pytest.raises(OSError):
        os.stat("f", dir_fd=held)
    os.close(held)
    (top / "x").unlink()
    (top / "x" / "y").mkdir(parents=True)
    (top / "x" / "y" / "g").write_bytes(b"deep")
    assert (mount.path / "raw/x/y/g").read_bytes() == b"deep"
    shutil.rmtree(top / "t")
    assert os.listdir(mount.path / "tables") == []
    assert not (mount.path / "by-time/2023").exists()
    (top / "t" / HOUR).mkdir(parents=True)
    (top / "t" / HOUR / "a.csv").write_bytes(data)
    assert (mount.path / "tables/t/latest/a.csv.jsonl").read_bytes() == text


def test_a_reader_of_a_folder_sees_it_whole_whatever_changes(mount_at, tmp_path):
    top = tmp_path / "backup" / "d"
    top.mkdir(parents=True)
    for i in range(2000):
        (top / f"n{i:05}").write_bytes(b"x")
    mount = mount_at(tmp_path / "backup", "--refresh", "0")
    seen = []
    with os.scandir(mount.path / "raw/d") as entries:
        for n, entry in enumerate(entries):
            seen.append(entry.name)
            assert entry.is_file(follow_symlinks=False)
            if n % 100 == 0:
                (top / f"n{n:05}").unlink()
                (top / f"m{n:05}").write_bytes(b"y")
                os.listdir(mount.path / "raw/d")
    assert sorted(seen) == [f"n{i:05}" for i in range(2000)], "as it was when it was opened"
    now = sorted(os.listdir(mount.path / "raw/d"))
    assert now == sorted(os.listdir(top))


def test_places_in_a_folder_are_good_at_any_time(mount_at, tmp_path):
    top = tmp_path / "backup" / "d"
    top.mkdir(parents=True)
    for i in range(3000):
        (top / f"n{i:05}").write_bytes(b"x")
    mount = mount_at(tmp_path / "backup")
    libc = ctypes.CDLL(None, use_errno=True)

    class Dirent(ctypes.Structure):
        _fields_ = [
            ("ino", ctypes.c_uint64),
            ("off", ctypes.c_int64),
            ("reclen", ctypes.c_ushort),
            ("type", ctypes.c_ubyte),
            ("name", ctypes.c_char * 256),
        ]

    libc.opendir.restype = ctypes.c_void_p
    libc.readdir.restype = ctypes.POINTER(Dirent)
    libc.readdir.argtypes = libc.telldir.argtypes = libc.rewinddir.argtypes = libc.closedir.argtypes = [ctypes.c_void_p]
    libc.telldir.restype = ctypes.c_long
    libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
    folder = libc.opendir(os.fsencode(mount.path / "raw/d"))
    places, names = [], []
    while True:
        places.append(libc.telldir(folder))
        entry = libc.readdir(folder)
        if not entry:
            break
        names.append(entry.contents.name)
    assert len(names) == 3002
    for n in (2999, 5, 1500, 0, 3001):
        libc.seekdir(folder, places[n])
        assert libc.readdir(folder).contents.name == names[n]
    libc.rewinddir(folder)
    assert libc.readdir(folder).contents.name == names[0]
    libc.closedir(folder)


# ---- damage ------------------------------------------------------------------------------------


@pytest.fixture
def damaged(mount_at, tmp_path):
    """(mount, path, good bytes, size of the object, where the damage is)"""
    folder = tmp_path / "backup" / "t" / HOUR
    folder.mkdir(parents=True)
    good, text = csv_object(3000)
    rest = csv_object(500, first=5000)[0][len(HEADER) :]
    (folder / "bad.csv").write_bytes(good + b"17,PUT,nonsense,[]\n" + rest)
    (folder / "fine.csv").write_bytes(csv_object(5)[0])
    mount = mount_at(tmp_path / "backup")
    return mount, mount.path / "tables/t" / HOUR / "bad.csv.jsonl", text, len(good)


def read_on(path, block):
    """Every byte up to the error, and the error."""
    got = b""
    fd = os.open(path, os.O_RDONLY)
    try:
        while True:
            part = os.read(fd, block)
            if not part:
                return got, 0
            got += part
    except OSError as error:
        return got, error.errno
    finally:
        os.close(fd)


def test_damage_is_good_bytes_then_an_error_however_it_is_read(damaged):
    mount, path, good, _ = damaged
    for block in (1000, 4096, 100003, 1 << 20, len(good), len(good) + 1):
        assert read_on(path, block) == (good, errno.EIO), block
    fd = os.open(path, os.O_RDONLY)
    assert os.fstat(fd).st_size > len(good)
    assert os.pread(fd, 100, len(good) - 7) == good[-7:]
    for at in (len(good), len(good) + 1, len(good) + 100000, os.fstat(fd).st_size - 1):
        with pytest.raises(OSError) as caught:
            os.pread(fd, 10, at)
        assert caught.value.errno == errno.EIO, at
    with pytest.raises(OSError):
        mmap.mmap(fd, 0, prot=mmap.PROT_READ)
    os.close(fd)
    for line, printed in (
        ("cat F", good),
        ("dd if=F bs=777 status=none", good),
        ("tail -c 10 F", b""),
        ("tail -n 1 F", b""),
        ("head -n -1 F", None),
        ("wc -c < F", None),
        ("md5sum F", None),
        ("cp F /dev/null", None),
        ("python3 -c 'open(\"F\").read()'", None),
        ("node -e 'require(\"fs\").readFileSync(\"F\")'", None),
    ):
        done = sh(line.replace("F", str(path)))
        if line.startswith("wc"):  # answers from st_size, or reads
            assert done.returncode != 0 or int(done.stdout) > len(good)
            continue
        assert done.returncode != 0, line
        assert printed is None or done.stdout == printed, line


def test_damage_is_told_once_and_the_rest_goes_on(damaged):
    mount, path, good, at = damaged
    for _ in range(3):
        done = sh(f"grep -rc '' {mount.path}/tables/t/2023 {mount.path}/by-time")
        assert done.returncode == 2 and b"Input/output error" in done.stderr
        assert b"fine.csv.jsonl:5" in done.stdout
    lines = [l for l in mount.log().splitlines() if "bad.csv" in l]
    assert len(lines) == 1, lines
    assert f"t/{HOUR}/bad.csv" in lines[0] and f"line 3002, byte {at + len('17,PUT,')}" in lines[0], lines
    raw = mount.path / "raw/t" / HOUR / "bad.csv"
    assert len(raw.read_bytes()) == raw.stat().st_size


def test_mending_an_object_mends_its_file(damaged, tmp_path):
    mount, path, good, at = damaged
    assert read_on(path, 4096)[1] == errno.EIO
    os.truncate(tmp_path / "backup/t" / HOUR / "bad.csv", at)
    assert path.read_bytes() == good
    assert path.stat().st_size == len(good)


# ---- names -------------------------------------------------------------------------------------

NASTY = [
    b"plain.csv",
    b"sp ace and 'quote\" $(x) `y` *?[]\\.csv",
    b"new\nline\ttab.csv",
    b"bell\x07esc\x1b[31mdel\x7f.csv",
    b"bad\xff\xfe\xc3utf8.csv",
    b"over\xc0\xaflong\xed\xa0\x80.csv",
    "größe-表-🙂.csv".encode(),
    b"a%41.csv",
    b"aA.csv",
    b"per%cent%.csv",
    b"%2F",
    b"...",
    b"..a",
    b".hidden.csv",
    b"-rf.csv",
    b"#comment.csv",
    b"x" * 255,
    b"y" * 251 + b".csv",
    b"z" * 245 + b".csv",
    b"w" * 244 + b".csv",
    b"\x01" * 200 + b".csv",
    b"\x01" * 255,
    "é".encode() * 127 + b"a",
    "🙂".encode() * 63,
]


def nasty_source(top):
    """Objects under nasty names at every level, and things that are no objects."""
    data = csv_object(2)[0]
    keys = set()
    for n, name in enumerate(NASTY):
        for folder in (b"t/" + os.fsencode(HOUR), b"flat", b"07/2023/01/02/03", b"latest/2023/01/02/03", name + b"-dir/" + name if len(name) < 240 else b"deep/" + name):
            os.makedirs(os.path.join(os.fsencode(top), folder), exist_ok=True)
            key = folder + b"/" + name
            with open(os.path.join(os.fsencode(top), key), "wb") as f:
                f.write(data + b"%d,PUT,,\n" % n if n % 3 == 2 else data + csv_line(n)[0])
            keys.add(key)
    for table in (b"2023", b"99", b"tables", b"na\nme", b"\xff\xfe", b"UP", b"up"):
        os.makedirs(os.path.join(os.fsencode(top), table, os.fsencode(HOUR)))
        key = table + b"/" + os.fsencode(HOUR) + b"/FullData-1700000000000.csv"
        with open(os.path.join(os.fsencode(top), key), "wb") as f:
            f.write(data)
        keys.add(key)
    (top / "empty").write_bytes(b"")
    keys.add(b"empty")
    # No objects.
    os.symlink("/etc/passwd", top / "absolute")
    os.symlink("../../../../../../etc/passwd", top / "flat" / "relative")
    os.symlink("/etc", top / "folder")
    os.symlink("flat", top / "inside")
    os.symlink("nothing", top / "dangling")
    os.mkfifo(top / "fifo")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(top / "s"))
    special = 2
    try:
        os.mknod(top / "device", stat.S_IFCHR | 0o600, os.makedev(1, 3))
        special += 1
    except PermissionError:
        pass
    return keys, 5, special


def walk(top):
    for folder, folders, files in os.walk(os.fsencode(top)):
        for name in files:
            yield os.path.join(folder, name)


def test_everything_under_any_name_is_shown_read_and_nothing_else(mount_at, tmp_path):
    top = tmp_path / "s"
    top.mkdir()
    keys, links, special = nasty_source(top)
    mount = mount_at(top)
    right = {}
    for key in keys:
        with open(os.path.join(os.fsencode(top), key), "rb") as f:
            digest = hashlib.sha256(f.read()).digest()
        right[digest] = right.get(digest, 0) + 1
    seen = {}
    for path in walk(mount.path / "raw"):
        name = os.path.basename(path)
        name.decode("utf-8")
        assert len(name) <= 255 and not any(c < 0x20 or c == 0x7F for c in name), name
        info = os.lstat(path)
        assert stat.S_ISREG(info.st_mode) and info.st_nlink == 1, path
        with open(path, "rb") as f:
            content = f.read()
        assert len(content) == info.st_size
        digest = hashlib.sha256(content).digest()
        seen[digest] = seen.get(digest, 0) + 1
    assert seen == right
    status = status_of(mount)
    assert status["objects"] == len(keys) and status["empty"] == 1
    assert status["passed_over"] == {"links": links, "special": special, "unnamed": 0}
    # Each record object below tables/ and below by-time/, by the same inode, and it reads.
    texts = {}
    for tree in ("tables", "by-time"):
        paths = list(walk(mount.path / tree))
        texts[tree] = sorted(os.lstat(p).st_ino for p in paths)
        for p in paths:
            assert p.endswith(b".jsonl") and len(os.path.basename(p)) <= 255
            try:
                with open(p, "rb") as f:
                    assert f.read(10) == b'{"ts":1700'
            except OSError as error:
                assert error.errno == errno.EIO  # those with a bad line at the end open too
                pytest.fail(f"{p} does not open")
    assert texts["tables"] == texts["by-time"] and len(set(texts["tables"])) == len(texts["tables"])
    assert len(texts["tables"]) > len(NASTY) * 3
    done = sh(f"find {mount.path} -print0 | xargs -0 stat -- > /dev/null && grep -rl root: {mount.path}/raw {mount.path}/tables {mount.path}/by-time")
    assert done.stdout == b"", "nothing of /etc/passwd"
    assert b"No such file" not in done.stderr, done.stderr
    # A table that looks like a part of the time.
    assert "%307" in os.listdir(mount.path / "by-time/2023/01/02/03")
    assert "07" in os.listdir(mount.path / "tables")
    assert sorted(n for n in os.listdir(mount.path / "tables") if n in ("UP", "up")) == ["UP", "up"]


def test_commands_and_mount_agree(mount_at, tmp_path):
    top = tmp_path / "s"
    top.mkdir()
    nasty_source(top)
    mount = mount_at(top)
    listed = otsfs("ls", "-R", "--json", top).stdout.splitlines()
    entries = {json.loads(l)["path"]: json.loads(l) for l in listed}
    shown = {}
    for tree in ("tables", "by-time", "raw"):
        for folder, folders, files in os.walk(mount.path / tree):
            for name in folders + files:
                path = os.path.join(folder, name)
                shown[os.path.relpath(path, mount.path)] = os.lstat(path)
    assert set(shown) == {p.rstrip("/") for p in entries} - {"tables", "by-time", "raw"}
    kinds = {"folder": stat.S_ISDIR, "link": stat.S_ISLNK, "file": stat.S_ISREG}
    for path, info in shown.items():
        entry = entries[path]
        assert kinds[entry["type"]](info.st_mode), path
        if entry["type"] == "file":
            assert entry["size"] == info.st_size, path
    files = [p for p, i in shown.items() if stat.S_ISREG(i.st_mode)]
    for path in files[:: max(1, len(files) // 25)]:
        done = otsfs("cat", "--as", "raw" if path.startswith("raw/") else "jsonl", top, path)
        got, error = read_on(mount.path / path, 65536)
        assert done.stdout == got and (done.returncode == 0) == (error == 0), path
        data = json.loads(otsfs("stat", "--json", top, path).stdout)
        assert data["path"] == path
        if error == 0 and not path.startswith("raw/"):
            assert data["exact_size"] == len(got), data


# ---- many objects ------------------------------------------------------------------------------

MANY = 20000


def many_source(top, count):
    data = csv_object(1)[0]
    one = top / "one"
    one.write_bytes(data)
    for i in range(count):
        folder = top / f"t{i % 10}" / "2023" / f"{i // 100 % 12 + 1:02}" / f"{i // 1200 % 28 + 1:02}" / "07"
        if i < 10 or not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
        os.link(one, folder / f"IncData-{1700000000000 + i}.csv")
    one.unlink()


def test_many_objects_are_listed_soon(mount_at, tmp_path):
    top = tmp_path / "many"
    top.mkdir()
    many_source(top, MANY)
    mount = mount_at(top)
    lines = {
        "ls -R": (f"ls -R {mount.path}/tables | grep -c jsonl$", MANY),
        "find": (f"find {mount.path}/by-time -type f | wc -l", MANY),
        "find -size": (f"find {mount.path}/raw -type f -size +0 | wc -l", MANY),
        "ls -lR": (f"ls -lR {mount.path}/tables | grep -c jsonl$", MANY),
        "du": (f"du -a {mount.path}/by-time | grep -c jsonl$", MANY),
    }
    times = {}
    for name, (line, count) in lines.items():
        start = time.monotonic()
        assert int(sh(line).stdout) == count, name
        times[name] = round(time.monotonic() - start, 2)
    assert sum(times.values()) < 30 * SLOWER, times
    status = open(f"/proc/{mount.process.pid}/status").read()
    rss_kib = int(status.split("VmHWM:")[1].split()[0])
    assert SANITIZED or rss_kib < 60 * 1024, f"{rss_kib} KiB, {times}"
    print(times, rss_kib)


# ---- sizes -------------------------------------------------------------------------------------

# What a text shows before it was opened must be above what it is: the most that formats allow.
SPREADING = {
    "canonical.csv": lambda: csv_object(5000)[0],
    "delete.csv": lambda: HEADER + b'0,DELETE,"[{""name"":""a"",""type"":""INTEGER"",""value"":1}]",[]\n' * 20000,
    "untyped.csv": lambda: HEADER + b'0,PUT,"[{""name"":""a"",""value"":9007199254740993}]",\n' * 20000,
    "double.csv": lambda: HEADER
    + b'0,PUT,"[{""name"":""a"",""value"":1}]","[%s]"\n' % b",".join([b'{""name"":""a"",""value"":1e16}'] * 900) * 20,
    "mapped.csv": lambda: HEADER + b'0,PUT,{"a":9007199254740993},\n' * 20000,
    "mapped-small.csv": lambda: HEADER + b'0,PUT,{"a":1},\n' * 20000,
    "records.jsonl": lambda: b'{"op":"PUT","pk":{"a":1}}\n' * 20000,
    "exact.jsonl": lambda: b'{"op":"PUT","pk":{"a":1},"cols":{"b":1e16}}\n' * 20000,
    "ops.jsonl": lambda: b'{"op":"PUT","pk":{"a":1},"v":9223372036854775807,"cols":{"b":{"$ops":[1e16%s]}}}\n' % (b",1" * 1000) * 100,
}


@pytest.mark.parametrize("name", sorted(SPREADING))
def test_no_text_is_larger_than_it_seems(mount_at, tmp_path, name):
    folder = tmp_path / "backup" / "t" / HOUR
    folder.mkdir(parents=True)
    (folder / name).write_bytes(SPREADING[name]())
    if name.startswith("mapped"):
        (tmp_path / "backup/schema.json").write_text('{"table":"t","primaryKey":[{"name":"a","type":"INTEGER"}],"columns":[]}')
    mount = mount_at(tmp_path / "backup")
    path = mount.path / "tables/t" / HOUR / f"{name}.jsonl"
    before = path.stat().st_size
    assert before > 0
    got, error = read_on(path, 1 << 20)
    assert error == 0, mount.log()
    print(name, (folder / name).stat().st_size, len(got), len(got) / (folder / name).stat().st_size)
    assert before >= len(got)
    assert path.stat().st_size == len(got) and path.stat().st_blocks == -(-len(got) // 512)


def test_tools_that_trust_the_size_get_the_text_of_a_file_never_opened(mount_at, tmp_path):
    folder = tmp_path / "backup" / "t" / HOUR
    folder.mkdir(parents=True)
    texts = {}
    tools = {
        "tar": 'tar -C "${F%/*}" -cf - "${F##*/}" | tar -xOf -',
        "rsync": 'rsync -a "$F" "$T/rsync" && cat "$T/rsync"',
        "zstd": 'zstd -q -c "$F" | zstd -dc',
        "node": """node -e 'process.stdout.write(require("fs").readFileSync(process.env.F))'""",
        "mmap": """python3 -c 'import mmap,os,sys; f = open(os.environ["F"], "rb"); sys.stdout.buffer.write(mmap.mmap(f.fileno(), 0, prot=1)[:])'""",
        "cp": 'cp "$F" "$T/cp" && cat "$T/cp"',
        "install": 'install "$F" "$T/install" && cat "$T/install"',
        "sendfile": """python3 -c 'import os,sys; f = os.open(os.environ["F"], 0); n = os.fstat(f).st_size; o = 0
while o < n: o += os.sendfile(1, f, o, n - o)'""",
        "seek": """python3 -c 'import os,sys; f = open(os.environ["F"], "rb"); n = f.seek(0, 2); f.seek(0); b = f.read(); assert n == len(b); sys.stdout.buffer.write(b)'""",
    }
    for i, tool in enumerate(tools):
        name = f"FullData-17000000000{i:02}.csv"
        data, texts[name] = csv_object(4000, first=i)
        (folder / name).write_bytes(data)
    mount = mount_at(tmp_path / "backup")
    for (tool, line), (name, text) in zip(tools.items(), texts.items()):
        path = mount.path / "tables/t" / HOUR / f"{name}.jsonl"
        assert path.stat().st_size > len(text), "an over-estimate as yet"
        done = sh(line, env={**os.environ, "F": str(path), "T": str(tmp_path)})
        assert (done.returncode, done.stdout) == (0, text), (tool, done.stderr)
        assert path.stat().st_size == len(text), tool


# ---- time --------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["+08:00", "Asia/Shanghai"])
def test_times_in_keys_are_in_the_zone_and_folders_as_the_keys_are(mount_at, tmp_path, zone):
    data = csv_object(1)[0]
    keys = {
        "local/2023/11/15/06/part.csv": 1700000000 // 3600 * 3600,  # 06 o'clock there is 22 UTC
        "named/2023/11/15/06/FullData-1700000012345.csv": 1700000012.345,  # the name says more
        "local/2023/11/14/23/part.csv": 1700000000 // 3600 * 3600 - 7 * 3600,
    }
    for key, _ in keys.items():
        path = tmp_path / "backup" / key
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        os.utime(path, (1600000000, 1600000000))
    mount = mount_at(tmp_path / "backup", "--timezone", zone)
    for key, when in keys.items():
        assert (mount.path / "tables" / f"{key}.jsonl").stat().st_mtime == pytest.approx(when, abs=1e-3), key
        assert (mount.path / "raw" / key).stat().st_mtime == 1600000000
        table, rest = key.split("/", 1)
        hour, name = rest.rsplit("/", 1)
        assert (mount.path / "by-time" / hour / table / f"{name}.jsonl").exists()
    assert os.readlink(mount.path / "tables/local/latest") == "2023/11/15/06"


LAYOUTS = [
    ("$table/$yyyy/$MM/$dd/$HH/$*", "a/2024/02/29/05/x.csv", "tables/a/2024/02/29/05/x.csv.jsonl"),
    ("bk/$table/$yyyy-$MM-$dd/$*", "bk/a/2024-02-29/x.csv", "tables/a/2024/02/29/x.csv.jsonl"),
    ("$table/year=$yyyy/month=$MM/day=$dd/$*", "a/year=2024/month=02/day=29/x.csv", "tables/a/2024/02/29/x.csv.jsonl"),
    ("$table/pt=$yyyy$MM$dd/$*", "a/pt=20240229/x.csv", "tables/a/2024/02/29/x.csv.jsonl"),
    ("$yyyy$MM$dd$HH$mm/$table/$*", "202402290511/a/x.csv", "tables/a/2024/02/29/05/11/x.csv.jsonl"),
    ("$table-$ms.csv", "a-1709183460000.csv", "tables/a/2024/02/29/05/a-1709183460000.csv.jsonl"),
]


@pytest.mark.parametrize("template, key, shown", LAYOUTS)
def test_layouts_place_what_they_fit(mount_at, tmp_path, template, key, shown):
    path = tmp_path / "backup" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    data, text = csv_object(2)
    path.write_bytes(data)
    (tmp_path / "backup" / "other.bin").write_bytes(b"\x00\x01")
    mount = mount_at(tmp_path / "backup", "--layout", template)
    found = [os.path.relpath(p, os.fsencode(mount.path)).decode() for p in walk(mount.path / "tables")]
    assert found == [shown]
    assert (mount.path / shown).read_bytes() == text
    assert sorted(os.listdir(mount.path / "raw")) == sorted(os.listdir(tmp_path / "backup"))


# ---- how it is mounted -------------------------------------------------------------------------


@pytest.fixture
def open_folder():
    """A folder that every user can go into, as pytest's are not."""
    path = Path(tempfile.mkdtemp(prefix="otsfs-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def test_mount_fuse_otsfs_takes_the_words_of_fstab(source, tmp_path, open_folder):
    helper = tmp_path / "mount.fuse.otsfs"
    helper.symlink_to(os.path.abspath(OTSFS))
    point = open_folder / "mnt"
    point.mkdir()
    words = f"rw,noauto,nofail,_netdev,x-systemd.automount,nosuid,nodev,allow_other,refresh=7,memory=32M,state={tmp_path}/state"
    done = run([helper, source, point, "-o", words])
    try:
        assert done.returncode == 0, done.stderr
        data = json.loads((point / "status/mount.json").read_text())
        assert data["options"]["refresh_ms"] == 7000
        fields = next(l for l in open("/proc/mounts") if f" {point} " in l).split()
        assert fields[2] == "fuse.otsfs" and "allow_other" in fields[3].split(",")
        done = run(["setpriv", "--reuid=65534", "--clear-groups", "cat", point / "tables/orders" / HOUR / f"{FIRST}.jsonl"])
        assert done.returncode == 0 and done.stdout.startswith(b'{"ts":'), done.stderr
    finally:
        assert otsfs("umount", point).returncode == 0
    assert not os.path.ismount(point)
    wrong = run([helper, source, point, "-o", "allow_other,nonsense=1"])
    assert wrong.returncode == 2 and b"nonsense" in wrong.stderr and not os.path.ismount(point)


def test_others_see_nothing_without_allow_other(mount_at, source):
    mount = mount_at(source)
    done = run(["setpriv", "--reuid=65534", "--clear-groups", "ls", mount.path])
    assert done.returncode != 0 and b"ermission denied" in done.stderr


def test_a_user_who_is_not_root_mounts(open_folder):
    """In a folder of their own, with fusermount3: owned by them, and gone with its driver."""
    home = open_folder / "home"
    shutil.copytree(SAMPLES[0].parent, home / "s" / "orders" / HOUR)
    shutil.copy(OTSFS, home / "otsfs")
    (home / "mnt").mkdir()
    run(["chown", "-R", "65534:65534", home])
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", f"HOME={home}"]
    if os.stat("/dev/fuse").st_mode & 0o006 != 0o006:
        return  # the machine lets root alone mount
    done = run([*user, home / "otsfs", "mount", "--state", home / "state", home / "s", home / "mnt"])
    assert done.returncode == 0, done.stderr
    try:
        done = run([*user, "find", home / "mnt/tables", "-name", "*.jsonl", "-uid", "65534"])
        assert len(done.stdout.splitlines()) == len(SAMPLES), done.stderr
        done = run([*user, "cat", home / "mnt/tables/orders" / HOUR / f"{FIRST}.jsonl"])
        assert done.returncode == 0 and done.stdout.startswith(b'{"ts":')
    finally:
        done = run([*user, home / "otsfs", "umount", home / "mnt"])
        assert done.returncode == 0, done.stderr


def test_nothing_can_be_written_anywhere(mount):
    file = mount.path / "tables/orders" / HOUR / f"{FIRST}.jsonl"
    raw = mount.path / "raw/orders" / HOUR / FIRST
    for target in (file, raw, mount.path / "README.txt", mount.path / "status/mount.json"):
        before = target.read_bytes() if target in (file, raw) else None
        for act in (
            lambda: os.truncate(target, 3),
            lambda: os.open(target, os.O_WRONLY | os.O_TRUNC),
            lambda: os.open(target, os.O_RDWR),
            lambda: os.unlink(target),
            lambda: os.rename(target, mount.path / "x"),
            lambda: os.link(target, mount.path / "x"),
            lambda: os.chmod(target, 0o777),
            lambda: os.chown(target, 0, 0),
            lambda: os.utime(target, (0, 0)),
        ):
            with pytest.raises(OSError) as caught:
                act()
            assert caught.value.errno == errno.EROFS, target
        for act in (lambda: os.setxattr(target, "user.x", b"1"), lambda: os.removexattr(target, "user.x")):
            with pytest.raises(OSError) as caught:
                act()
            assert caught.value.errno in (errno.EROFS, errno.EOPNOTSUPP)
        assert before is None or target.read_bytes() == before
    for folder in ("", "tables", "tables/orders", "by-time", "raw", "raw/orders", "status"):
        for act in (lambda p: os.mkdir(p), lambda p: os.symlink("x", p), lambda p: os.mkfifo(p), lambda p: os.close(os.open(p, os.O_CREAT | os.O_WRONLY))):
            with pytest.raises(OSError) as caught:
                act(mount.path / folder / "new")
            assert caught.value.errno == errno.EROFS, folder


def test_a_changed_schema_makes_another_text_and_never_a_mix(mount_at, tmp_path):
    """Same object, other names: the kernel's pages of the old text must not serve the new one."""
    folder = tmp_path / "backup" / "t" / HOUR
    folder.mkdir(parents=True)
    schema = tmp_path / "backup" / "t" / "schema.json"

    def tell(name):
        schema.write_text('{"table":"t","primaryKey":[{"name":"%s","type":"INTEGER"}],"columns":[]}' % name)
        return b'{"ts":0,"op":"PUT","pk":{"%s":1},"cols":{}}\n' % name.encode() * 20000

    def data(name):
        return HEADER + b'0,PUT,{"%s":1},\n' % name.encode() * 20000

    first = tell("aa")
    (folder / "a.csv").write_bytes(data("aa"))
    mount = mount_at(tmp_path / "backup", "--refresh", "3600")
    path = mount.path / "tables/t" / HOUR / "a.csv.jsonl"
    assert path.read_bytes() == first
    with open(path, "rb", buffering=0) as held:
        assert held.read(10) == first[:10]
        tell("bb")
        got, error = read_on(path, 65536) if can_open(path) else (b"", errno.EIO)
        assert got != first, "the schema does not fit any more"
        assert error == errno.EIO and not can_open(path) and not can_open(path)
        assert sum("a.csv" in l for l in mount.log().splitlines()) == 1
        assert os.pread(held.fileno(), 100, 0) == first[:100]
    assert tell("aa") == first
    assert path.read_bytes() == first


def can_open(path):
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError as error:
        assert error.errno == errno.EIO
        return False
    return True


def test_a_reader_that_never_asks_for_the_size_gets_the_text_and_no_byte_more(mount_at, tmp_path):
    """Read-ahead beyond the true end must not race the kernel's size: NULs would come as bytes."""
    folder = tmp_path / "backup" / "t" / HOUR
    folder.mkdir(parents=True)
    count, rows = 60, 20000
    object_bytes = SPREADING["delete.csv"]()
    for i in range(count):
        (folder / f"IncData-17000000{i:05}.csv").write_bytes(object_bytes)
    mount = mount_at(tmp_path / "backup")
    for path in sorted((mount.path / "tables/t" / HOUR).iterdir()):
        fd = os.open(path, os.O_RDONLY)
        try:
            got = b"".join(iter(lambda: os.read(fd, 1 << 20), b""))
        finally:
            os.close(fd)
        assert got.count(b"\n") == rows and b"\0" not in got, path.name
