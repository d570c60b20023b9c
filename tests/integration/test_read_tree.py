"""Reading the tree through a real mount, with the tools that people use."""

import errno
import hashlib
import json
import mmap
import os
import shutil
import stat
import subprocess

import pytest

from conftest import DEADLINE_S, HOUR, OTSFS, SAMPLES, wait_for

FIRST = SAMPLES[0].name


# Under default_permissions the kernel itself answers who is not root.
READ_ONLY = (errno.EROFS,) if os.geteuid() == 0 else (errno.EROFS, errno.EACCES)


def sh(command, **kwargs):
    """Run a shell line; its output, and its exit status in .returncode."""
    kwargs.setdefault("timeout", DEADLINE_S)
    return subprocess.run(["bash", "-c", command], capture_output=True, **kwargs)


@pytest.fixture
def expected(source):
    """What the first sample's text is, from the command that needs no mount."""
    path = f"tables/orders/{HOUR}/{FIRST}.jsonl"
    return subprocess.run([OTSFS, "cat", source, path], capture_output=True, check=True).stdout


def test_the_root_shows_what_there_is(mount):
    assert sorted(os.listdir(mount.path)) == ["README.txt", "by-time", "raw", "status", "tables"]
    for name in ("tables", "by-time", "raw", "status"):
        assert stat.S_IMODE(os.stat(mount.path / name).st_mode) == 0o555
    readme = (mount.path / "README.txt").read_text()
    assert f"{mount.path}/tables/orders/{HOUR}/{FIRST}.jsonl" in readme
    assert "restore" not in readme


def test_find_and_ls_agree_with_the_source(mount):
    found = sh(f"cd {mount.path} && find tables by-time raw -type f | sort").stdout.decode().split()
    names = [s.name for s in SAMPLES]
    assert found == sorted(
        [f"tables/orders/{HOUR}/{n}.jsonl" for n in names]
        + [f"by-time/{HOUR}/orders/{n}.jsonl" for n in names]
        + [f"raw/orders/{HOUR}/{n}" for n in names]
    )
    listed = sh(f"ls -lR {mount.path}")
    assert listed.returncode == 0, listed.stderr
    assert os.readlink(mount.path / "tables/orders/latest") == HOUR
    assert os.listdir(mount.path / "tables/orders/latest") == [f"{n}.jsonl" for n in names]


def test_a_file_has_one_inode_under_both_names(mount):
    tables = os.stat(mount.path / f"tables/orders/{HOUR}/{FIRST}.jsonl")
    by_time = os.stat(mount.path / f"by-time/{HOUR}/orders/{FIRST}.jsonl")
    assert tables.st_ino == by_time.st_ino
    assert stat.S_IMODE(tables.st_mode) == 0o444 and tables.st_uid == os.getuid()


def test_raw_is_byte_for_byte_and_exact_at_once(mount):
    for sample in SAMPLES:
        raw = mount.path / "raw/orders" / HOUR / sample.name
        assert raw.stat().st_size == sample.stat().st_size
        assert raw.stat().st_blocks == -(-sample.stat().st_size // 512)
        assert raw.stat().st_blksize == 1 << 20
        assert raw.read_bytes() == sample.read_bytes()


def test_a_size_is_never_zero_before_the_first_open_and_exact_after(mount, expected):
    path = mount.path / f"tables/orders/{HOUR}/{FIRST}.jsonl"
    assert path.stat().st_size > len(expected)
    with open(path, "rb") as f:
        assert os.fstat(f.fileno()).st_size == len(expected)
    assert path.stat().st_size == len(expected)


# Each prints something that only the right bytes give. $F is the file, $T a folder to write to.
TOOLS = {
    "cat": ('cat "$F"', lambda b: b),
    "cp": ('cp "$F" "$T/c" && cat "$T/c"', lambda b: b),
    "dd": ('dd if="$F" bs=7 status=none', lambda b: b),
    "dd-1M": ('dd if="$F" bs=1M status=none', lambda b: b),
    "tail": ('tail -n 1 "$F"', lambda b: b.splitlines(True)[-1]),
    "tail-c": ('tail -c 10 "$F"', lambda b: b[-10:]),
    "head": ('head -n 1 "$F"', lambda b: b.splitlines(True)[0]),
    "head-minus": ('head -n -1 "$F"', lambda b: b"".join(b.splitlines(True)[:-1])),
    "wc-c": ('wc -c < "$F"', lambda b: b"%d\n" % len(b)),
    "wc-l": ('wc -l < "$F"', lambda b: b"%d\n" % b.count(b"\n")),
    "grep": ("grep -c '' \"$F\"", lambda b: b"%d\n" % len(b.splitlines())),
    "sort": ('LC_ALL=C sort "$F"', lambda b: b"".join(sorted(b.splitlines(True)))),
    "awk": ("awk 'END{print NR}' \"$F\"", lambda b: b"%d\n" % b.count(b"\n")),
    "md5sum": ('md5sum < "$F" | cut -c1-32', lambda b: hashlib.md5(b).hexdigest().encode() + b"\n"),
    "tar": ('tar -C "${F%/*}" -cf - "${F##*/}" | tar -xOf -', lambda b: b),
    "rsync": ('rsync -a "$F" "$T/r" && cat "$T/r"', lambda b: b),
    "tac": ('tac "$F"', lambda b: b"".join(reversed(b.splitlines(True)))),
    "python": ("""python3 -c 'import os,sys;sys.stdout.buffer.write(open(os.environ["F"],"rb").read())'""", lambda b: b),
    "node": ("""node -e 'process.stdout.write(require("fs").readFileSync(process.env.F))'""", lambda b: b),
    "jq": ('jq -c .op "$F" | wc -l', lambda b: b"%d\n" % b.count(b"\n")),
}


@pytest.mark.parametrize("tool", sorted(TOOLS))
@pytest.mark.parametrize("state", ["fresh", "decoded", "raw"])
def test_tools_read_the_right_bytes(mount, expected, tmp_path, tool, state):
    path, right = mount.path / f"tables/orders/{HOUR}/{FIRST}.jsonl", expected
    if state == "decoded":
        path.read_bytes()
    if state == "raw" and tool != "jq":  # raw is CSV
        path, right = mount.path / "raw/orders" / HOUR / FIRST, SAMPLES[0].read_bytes()
    line, select = TOOLS[tool]
    done = sh(line, env={**os.environ, "F": str(path), "T": str(tmp_path)})
    assert (done.returncode, done.stdout) == (0, select(right)), done.stderr


def test_mmap_reads_the_right_bytes(mount, expected):
    with open(mount.path / f"tables/orders/{HOUR}/{FIRST}.jsonl", "rb") as f:
        with mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as m:
            assert m[:] == expected


def test_grep_counts_each_record_once_below_either_tree(mount):
    for top in ("tables", "by-time"):
        done = sh(f"""grep -rh '"op":"DELETE"' {mount.path}/{top} | wc -l""")
        assert done.stdout.strip() == b"3", top


def test_everything_is_read_only(mount, tmp_path):
    file = mount.path / f"tables/orders/{HOUR}/{FIRST}.jsonl"
    other = tmp_path / "other"
    other.write_text("x")
    for act in (
        lambda: open(file, "r+b"),
        lambda: open(file, "wb"),
        lambda: open(mount.path / "tables/new", "wb"),
        lambda: open(mount.path / "status/log", "ab"),
        lambda: os.mkdir(mount.path / "tables/new"),
        lambda: os.unlink(file),
        lambda: os.rmdir(mount.path / "tables/orders"),
        lambda: os.rename(file, mount.path / "raw/x"),
        lambda: os.symlink("x", mount.path / "raw/x"),
        lambda: os.link(file, mount.path / "raw/x"),
        lambda: os.chmod(file, 0o644),
        lambda: os.utime(file),
        lambda: os.truncate(file, 0),
        lambda: os.mkfifo(mount.path / "raw/x"),
    ):
        with pytest.raises(OSError) as caught:
            act()
        assert caught.value.errno in READ_ONLY
    moved = sh(f"mv {file} {tmp_path}/moved")
    assert moved.returncode != 0 and file.exists()


def test_df_shows_the_mount(mount):
    os.listdir(mount.path / "tables")  # listing is lazy
    st = os.statvfs(mount.path)
    assert st.f_blocks > 0 and st.f_files >= len(SAMPLES)
    fields = next(l for l in open("/proc/mounts") if f" {mount.path} " in l).split()
    assert fields[2] == "fuse.otsfs"
    assert {"nosuid", "nodev", "noatime", "default_permissions"} <= set(fields[3].split(","))


def test_status_tells_counts_and_options(mount, source):
    assert json.loads((mount.path / "status/mount.json").read_text())["listed"] is None
    os.listdir(mount.path / "tables")
    data = json.loads((mount.path / "status/mount.json").read_text())
    assert data["source"] == str(source) and data["objects"] == len(SAMPLES)
    assert data["tables"] == 1 and data["options"]["restore_wait"] is False
    metrics = (mount.path / "status/metrics.prom").read_text()
    assert f"\notsfs_objects {len(SAMPLES)}\n" in metrics
    assert os.stat(mount.path / "status/mount.json").st_size > 0


def test_a_changed_object_is_new_content_and_the_old_handle_never_mixes(mount_at, source):
    mount = mount_at(source, "--refresh", "1")
    path = mount.path / "raw/orders" / HOUR / FIRST
    kept = source / "orders" / HOUR / FIRST
    old = kept.read_bytes()
    with open(path, "rb", buffering=0) as handle:
        assert handle.read(10) == old[:10]
        replacement = old.replace(b"PUT", b"XYZ") + b"more\n"
        (source / "new").write_bytes(replacement)
        os.replace(source / "new", kept)
        wait_for("the new content", lambda: path.read_bytes() == replacement)
        try:
            rest = handle.read()
        except OSError as error:
            assert error.errno in (errno.ESTALE, errno.EIO)
        else:
            assert rest == old[10 : 10 + len(rest)]


def test_a_new_object_shows_within_the_refresh_time(mount_at, source):
    mount = mount_at(source, "--refresh", "1")
    folder = mount.path / "tables/orders" / HOUR
    assert len(os.listdir(folder)) == len(SAMPLES)
    shutil.copy(SAMPLES[0], source / "orders" / HOUR / "IncData-1700000012345.csv")
    wait_for("the new file", lambda: len(os.listdir(folder)) == len(SAMPLES) + 1)
    os.unlink(source / "orders" / HOUR / "IncData-1700000012345.csv")
    wait_for("its end", lambda: len(os.listdir(folder)) == len(SAMPLES))


@pytest.fixture
def damaged(source):
    """A sample whose last record is cut in the middle of its line."""
    whole = SAMPLES[1].read_bytes()
    name = "IncData-1700000070000.csv"
    (source / "orders" / HOUR / name).write_bytes(whole[: len(whole) - 60])
    return f"tables/orders/{HOUR}/{name}.jsonl"


def test_a_damaged_object_gives_its_good_part_and_then_an_error(mount_at, source, damaged):
    mount = mount_at(source)
    path = mount.path / damaged
    done = sh(f"cat {path}")
    lines = SAMPLES[1].read_bytes().count(b"\n")
    whole = sh(f"cat {mount.path}/tables/orders/{HOUR}/{SAMPLES[1].name}.jsonl").stdout
    good = b"".join(whole.splitlines(True)[:-1])
    assert lines > 1 and done.returncode == 1 and b"Input/output error" in done.stderr
    assert done.stdout == good, "every byte before the damage"
    assert path.stat().st_size > len(good)
    log = [l for l in mount.log().splitlines() if "IncData-1700000070000.csv" in l]
    assert len(log) == 1 and "line" in log[0], log
    for tool in ("cp F /dev/null", "wc -l F", "tail -n 1 F", "md5sum F"):
        assert sh(tool.replace("F", str(path))).returncode != 0, tool
    # The others are as they were.
    assert sh(f"cat {mount.path}/by-time/{HOUR}/orders/{FIRST}.jsonl").returncode == 0


def test_an_object_with_nothing_good_in_it_does_not_open(mount_at, source):
    whole = SAMPLES[1].read_bytes()
    header = whole.splitlines(True)[0]
    (source / "orders" / HOUR / "IncData-1700000080000.csv").write_bytes(
        header + b'1700000080000000,PUT,"[{""name"":""pk_s""'
    )
    mount = mount_at(source)
    path = mount.path / f"tables/orders/{HOUR}/IncData-1700000080000.csv.jsonl"
    if not path.exists():
        pytest.fail("it is recognised by its header")
    with pytest.raises(OSError) as caught:
        open(path, "rb")
    assert caught.value.errno == errno.EIO
    assert "IncData-1700000080000.csv" in mount.log()


def test_unsafe_keys_read_back(mount_at, source):
    folder = source / "odd"
    folder.mkdir()
    names = [b"new\nline.csv", b"bad\xff\xfe.csv", b"a%41.csv", b"quote'\"$(x).csv", b"x" * 250 + b".csv"]
    for i, name in enumerate(names):
        with open(os.path.join(os.fsencode(folder), name), "wb") as f:
            f.write(b"content %d\n" % i)
    mount = mount_at(source)
    shown = os.listdir(os.fsencode(mount.path / "raw/odd"))
    assert len(shown) == len(names)
    read = {open(os.path.join(os.fsencode(mount.path / "raw/odd"), n), "rb").read() for n in shown}
    assert read == {b"content %d\n" % i for i in range(len(names))}
    for name in shown:
        name.decode("utf-8")
        assert all(c >= 0x20 for c in name) and len(name) <= 255


def test_an_empty_source_mounts(mount_at, tmp_path):
    (tmp_path / "empty").mkdir()
    mount = mount_at(tmp_path / "empty")
    assert os.listdir(mount.path / "tables") == []
    assert (mount.path / "README.txt").read_text().startswith("Backups of Tablestore tables")


def test_sigterm_ends_the_mount(mount_at, source):
    mount = mount_at(source)
    assert sh(f"cat {mount.path}/README.txt").returncode == 0
    mount.process.terminate()
    assert mount.process.wait(DEADLINE_S) == 0
    assert not os.path.ismount(mount.path)


def test_open_files_at_sigterm_do_not_hang_it(mount_at, source):
    mount = mount_at(source)
    with open(mount.path / f"tables/orders/{HOUR}/{FIRST}.jsonl", "rb"):
        mount.process.terminate()
        assert mount.process.wait(DEADLINE_S) == 0


def test_mountpoints_that_cannot_be_are_refused_with_the_reason(mount, source, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for point, words in ((file, "not a folder"), (mount.path, "mounted on")):
        done = subprocess.run(
            [OTSFS, "mount", "-f", "--state", str(tmp_path / "s2"), str(source), str(point)],
            capture_output=True,
            timeout=DEADLINE_S,
        )
        assert done.returncode != 0
        assert words in done.stderr.decode(), done.stderr
