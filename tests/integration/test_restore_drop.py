"""Restoring by copying: every writer people use, and which of their closes count."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from conftest import DEADLINE_S, HOUR, SAMPLES, wait_for

FIRST = SAMPLES[0].name


def sh(command, **kwargs):
    kwargs.setdefault("timeout", DEADLINE_S)
    return subprocess.run(["bash", "-c", command], capture_output=True, **kwargs)


def record(number, **cols):
    cols = cols or {"n": number}
    return json.dumps({"ts": 1, "op": "PUT", "pk": {"id": f"u{number}"}, "cols": cols}) + "\n"


def records(count):
    return "".join(record(n) for n in range(count))


BAD = record(1) + '{"op":"PUT","pk":{"id":"u2"},"cols":{"n":\n'


@pytest.fixture
def table(drop):
    folder = drop.path / "restore" / "t"
    folder.mkdir()
    return folder


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.jsonl"
    path.write_text(records(3))
    return path


@pytest.fixture
def bad(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text(BAD)
    return path


# $S is the text, $D the folder restore/t, the file is always f.jsonl.
WRITERS = {
    "cp": 'cp "$S" "$D/f.jsonl"',
    "cp-p": 'cp -p "$S" "$D/f.jsonl"',
    "cp-a": 'cp -a "$S" "$D/f.jsonl"',
    "cat": 'cat "$S" > "$D/f.jsonl"',
    "cat-append": 'cat "$S" >> "$D/f.jsonl"',
    "tee": 'tee "$D/f.jsonl" < "$S" > /dev/null',
    "dd": 'dd if="$S" of="$D/f.jsonl" bs=16 status=none',
    "dd-fsync": 'dd if="$S" of="$D/f.jsonl" conv=fsync status=none',
    "rsync": 'rsync "$S" "$D/f.jsonl"',
    "rsync-a": 'rsync -a "$S" "$D/f.jsonl"',
    "rsync-inplace": 'rsync --inplace "$S" "$D/f.jsonl"',
    "install": 'install -m 600 "$S" "$D/f.jsonl"',
    "mv": 'cp "$S" "$S.moved" && mv "$S.moved" "$D/f.jsonl"',
    "sort-o": 'sort -o "$D/f.jsonl" "$S"',
    "python": """python3 -c 'import os
with open(os.environ["D"]+"/f.jsonl","w") as f: f.write(open(os.environ["S"]).read())'""",
    "shutil": """python3 -c 'import os,shutil; shutil.copy2(os.environ["S"],os.environ["D"]+"/f.jsonl")'""",
    "node": """node -e 'const fs=require("fs");fs.writeFileSync(process.env.D+"/f.jsonl",fs.readFileSync(process.env.S))'""",
    "subshell": '( cat "$S" ) > "$D/f.jsonl"',
    "exec": 'exec 3> "$D/f.jsonl"; cat "$S" >&3; exec 3>&-',
    "tar": 'cp "$S" "${S%/*}/f.jsonl" && tar -C "${S%/*}" -cf - f.jsonl | tar -C "$D" -xf -',
}


def write(writer, text, folder):
    return sh(WRITERS[writer], env={**os.environ, "S": str(text), "D": str(folder)})


@pytest.mark.parametrize("writer", sorted(WRITERS))
def test_a_writer_restores_once(drop, table, good, rows_of, writer):
    done = write(writer, good, table)
    assert done.returncode == 0, done.stderr
    report = drop.finished(table / "f.jsonl")
    assert (report["state"], report["read"], report["written"]) == ("done", 3, 3)
    assert rows_of("t") == {f"u{n}": {"n": n} for n in range(3)}
    assert len(drop.jobs()) == 1, "one restore a command"
    assert (table / "f.jsonl").read_text() == good.read_text()


# bash's own `exec 3>&-` prints the failure and goes on: its status says nothing.
@pytest.mark.parametrize("writer", sorted(set(WRITERS) - {"exec", "subshell"}))
def test_a_refusal_reaches_the_writer(drop, table, bad, rows_of, writer):
    done = write(writer, bad, table)
    assert done.returncode != 0, "the close is refused"
    assert not [j for j in drop.jobs() if j["written"] > 0]
    wait_for("the reason in the log", lambda: "f.jsonl" in drop.log())
    if writer == "mv":
        assert (bad.parent / (bad.name + ".moved")).exists(), "mv keeps its source"


def test_cp_prints_the_text_of_the_errno(drop, table, bad):
    done = write("cp", bad, table)
    assert done.returncode == 1 and b"Bad message" in done.stderr, done.stderr
    status = drop.job_of(table / "f.jsonl")
    assert status["state"] == "refused" and status["table"] == "t"


def test_a_killed_writer_restores_nothing(drop, table):
    script = (
        f"import sys,time\nf=open({str(table / 'f.jsonl')!r},'wb',buffering=0)\n"
        f"f.write({records(3).encode()!r})\nprint('ready',flush=True)\ntime.sleep(600)\n"
    )
    for sig in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGABRT):
        writer = subprocess.Popen(
            [sys.executable, "-c", "import signal; signal.signal(2, signal.SIG_DFL)\n" + script],
            stdout=subprocess.PIPE,
        )
        assert writer.stdout.readline() == b"ready\n"
        before = drop.log().count("was killed")
        writer.send_signal(sig)
        assert writer.wait(DEADLINE_S) == -sig
        wait_for("the reason in the log", lambda: drop.log().count("was killed") > before)
    assert drop.jobs() == []


def test_a_copy_whose_writer_was_killed_can_be_dropped_again(drop, table, good):
    writer = subprocess.Popen(
        ["bash", "-c", f"exec 3>{table}/f.jsonl; cat {good} >&3; kill -9 $$"]
    )
    writer.wait(DEADLINE_S)
    assert write("cp", good, table).returncode == 0
    assert drop.finished(table / "f.jsonl")["written"] == 3


def test_a_close_without_bytes_restores_nothing(drop, table):
    assert sh(f": > {table}/f.jsonl; touch {table}/f.jsonl {table}/g.jsonl").returncode == 0
    assert drop.jobs() == [] and (table / "g.jsonl").stat().st_size == 0


def test_a_childs_close_waits_for_its_parents(drop, table):
    f = os.open(table / "f.jsonl", os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(f, record(1).encode())
    child = os.fork()
    if child == 0:
        os.close(f)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert drop.jobs() == [], "the parent goes on writing"
    os.write(f, record(2).encode())
    os.close(f)
    assert drop.finished(table / "f.jsonl")["read"] == 2
    assert len(drop.jobs()) == 1


def test_a_second_close_answers_as_the_first_and_starts_nothing(drop, table):
    f = os.open(table / "f.jsonl", os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(f, records(2).encode())
    os.close(os.dup(f))
    os.close(f)
    assert drop.finished(table / "f.jsonl")["read"] == 2
    assert len(drop.jobs()) == 1
    f = os.open(table / "g.jsonl", os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(f, BAD.encode())
    for close in (lambda: os.close(os.dup(f)), lambda: os.write(f, b"x"), lambda: os.close(f)):
        with pytest.raises(OSError) as caught:
            close()
        assert caught.value.errno == errno.EBADMSG
    assert len(drop.jobs()) == 2


def test_a_close_by_another_thread_counts(drop, table):
    f = os.open(table / "f.jsonl", os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(f, records(2).encode())
    closer = threading.Thread(target=os.close, args=(f,))
    closer.start()
    closer.join(DEADLINE_S)
    assert drop.finished(table / "f.jsonl")["read"] == 2


def test_each_part_written_after_a_close_is_restored_once(drop, table, rows_of):
    path = table / "f.jsonl"
    path.write_text(record(1))
    drop.finished(path)
    with open(path, "a") as f:
        f.write(record(2))
    wait_for("two jobs", lambda: len(drop.jobs()) == 2)
    assert drop.finished(path)["read"] == 1
    assert set(rows_of("t")) == {"u1", "u2"}
    assert path.read_text() == record(1) + record(2)


def test_a_file_written_anew_is_a_new_job(drop, table, good):
    for _ in range(2):
        assert write("cp", good, table).returncode == 0
    wait_for("two jobs", lambda: len(drop.jobs()) == 2)
    assert sorted(os.listdir(table)) == ["f.jsonl", "f.jsonl.job"]


def test_a_hole_is_never_restored(drop, table):
    f = os.open(table / "f.jsonl", os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(f, record(1).encode())
    with pytest.raises(OSError) as caught:
        os.pwrite(f, record(2).encode(), 4096)
    assert caught.value.errno == errno.EIO
    with pytest.raises(OSError) as caught:
        os.close(f)
    assert caught.value.errno == errno.EIO
    assert drop.jobs() == [] and "in order" in drop.log()


def test_a_copy_inside_the_mount_names_the_object(drop, rows_of):
    source = drop.path / "tables/orders" / HOUR / f"{FIRST}.jsonl"
    target = drop.path / "restore/orders"
    done = sh(f"cp {source} {target}/")
    assert done.returncode == 0, done.stderr
    report = drop.finished(target / source.name)
    assert report["state"] in ("done", "done-with-dead") and report["read"] == 4
    job = os.path.basename(os.readlink(f"{target / source.name}.job"))
    assert not os.path.exists(drop.path.parent / "state" / "jobs" / job / "input")
    assert (target / source.name).read_bytes() == source.read_bytes()


def test_a_part_of_a_file_is_copied_into_the_job(drop, rows_of):
    source = drop.path / "tables/orders" / HOUR / f"{FIRST}.jsonl"
    line = source.read_bytes().splitlines(True)[0]
    target = drop.path / "restore/orders/first.jsonl"
    with open(source, "rb") as s, open(target, "wb", buffering=0) as t:
        assert os.copy_file_range(s.fileno(), t.fileno(), len(line), 0, 0) == len(line)
    assert drop.finished(target)["read"] == 1
    assert target.read_bytes() == line


def test_grep_restores_exactly_what_it_found(drop, table, tmp_path, rows_of):
    (tmp_path / "many").write_text(records(50))
    assert sh(f"grep '\"u42\"' {tmp_path}/many > {table}/x.jsonl").returncode == 0
    assert drop.finished(table / "x.jsonl")["written"] == 1
    assert rows_of("t") == {"u42": {"n": 42}}


def test_a_temporary_name_counts_at_its_rename(drop, table):
    temporary = table / ".f.jsonl.aB3dE9"
    temporary.write_text(records(2))
    assert drop.jobs() == []
    os.rename(temporary, table / "f.jsonl")
    assert drop.finished(table / "f.jsonl")["read"] == 2
    os.rename(table / "f.jsonl", table / "g.jsonl")
    assert len(drop.jobs()) == 1, "a rename of a committed file starts nothing"
    with pytest.raises(OSError) as caught:
        temporary.write_text(BAD)
    assert caught.value.errno == errno.EBADMSG, "it is checked at its close"
    with pytest.raises(OSError) as caught:
        os.rename(temporary, table / "h.jsonl")
    assert caught.value.errno == errno.EBADMSG and not (table / "h.jsonl").exists()


def test_what_cannot_be_dropped_is_refused(drop, table, good, tmp_path):
    restore = drop.path / "restore"
    backup = drop.path / f"tables/orders/{HOUR}/{FIRST}.jsonl"
    good_copy = tmp_path / "other"
    shutil.copy(good, good_copy)
    for act, error in (
        (lambda: os.symlink("../../tables/orders", table / "l"), errno.EPERM),
        (lambda: os.link(backup, table / "l"), errno.EPERM),
        (lambda: os.mkdir(table / "below"), errno.EPERM),
        (lambda: open(table / "x.restore.json", "w"), errno.EPERM),
        (lambda: open(table / "x.job", "w"), errno.EPERM),
        (lambda: open(restore / "x.jsonl", "w"), errno.EPERM),
        (lambda: os.mkdir(restore / "bad-name"), errno.EINVAL),
        (lambda: os.mkdir(restore / ("a" * 255 + "x")), errno.ENAMETOOLONG),
        (lambda: os.mkdir(restore / "t"), errno.EEXIST),
        (lambda: os.rmdir(restore / "orders"), errno.EPERM),
        # Under default_permissions the kernel itself answers who is not root.
        (lambda: os.rename(backup, table / "x"), errno.EROFS if os.geteuid() == 0 else errno.EACCES),
        (lambda: os.rename(restore / "t", restore / "u"), errno.EPERM),
    ):
        with pytest.raises(OSError) as caught:
            act()
        assert caught.value.errno == error, caught.value
    assert sh(f"cp -r {drop.path}/tables/orders {restore}/t/").returncode != 0
    moved = sh(f"mv {backup} {table}/x.jsonl")
    assert moved.returncode != 0 and backup.exists() and drop.jobs() == []


def test_restore_lists_tables_of_source_target_and_mkdir(drop, table, good):
    restore = drop.path / "restore"
    assert sorted(os.listdir(restore)) == ["orders", "t"]
    os.mkdir(restore / "gone")
    os.rmdir(restore / "gone")
    assert sorted(os.listdir(restore)) == ["orders", "t"]
    assert "Restoring" in (drop.path / "README.txt").read_text()


def test_removing_a_file_leaves_its_job(drop, table, good):
    assert write("cp", good, table).returncode == 0
    drop.finished(table / "f.jsonl")
    assert sh(f"rm {table}/*").returncode == 0
    assert os.listdir(table) == [] and len(drop.jobs()) == 1


def test_attributes_are_taken_and_shown(drop, table, good):
    os.utime(good, (1000, 2000))
    os.chmod(good, 0o640)
    assert write("cp-a", good, table).returncode == 0
    st = (table / "f.jsonl").stat()
    assert (st.st_mtime, st.st_mode & 0o777, st.st_size) == (2000, 0o640, good.stat().st_size)


def test_control_answers_each_command(drop, table, good):
    assert write("cp", good, table).returncode == 0
    drop.finished(table / "f.jsonl")
    control = f"{table}/f.jsonl.job/control"
    assert b"pause" in sh(f"cat {control}").stdout
    assert b"Invalid argument" in sh(f"echo nonsense > {control}").stderr
    assert b"Operation not permitted" in sh(f"echo cancel > {control}").stderr, "it has ended"


def test_reports_name_who_dropped_it(drop, table, good):
    assert write("cp", good, table).returncode == 0
    report = drop.finished(table / "f.jsonl")
    text = json.dumps(report)
    assert f"{os.getuid()}" in text and '"cp"' in text, text


def test_restore_wait_makes_the_close_wait(mount_at, source, service, good, rows_of):
    mount = mount_at(source, "--restore-to", service, "--restore-wait")
    table = mount.path / "restore/w"
    table.mkdir()
    assert sh(f"cp {good} {table}/f.jsonl").returncode == 0
    assert mount.job_of(table / "f.jsonl")["state"] == "done"
    assert set(rows_of("w")) == {"u0", "u1", "u2"}


def test_restore_wait_fails_when_rows_are_set_aside(mount_at, source, service, good, tmp_path):
    mount = mount_at(source, "--restore-to", service, "--restore-wait")
    table = mount.path / "restore/w"
    table.mkdir()
    assert sh(f"cp {good} {table}/f.jsonl").returncode == 0
    (tmp_path / "long.jsonl").write_text(record(7) + record(8, n="x" * (3 << 20)))
    done = sh(f"cp {tmp_path}/long.jsonl {table}/g.jsonl")
    assert done.returncode == 1 and b"Remote I/O error" in done.stderr, done.stderr
    status = mount.job_of(table / "g.jsonl")
    assert (status["state"], status["written"], status["dead"]) == ("done-with-dead", 1, 1)
    dead = (table / "g.jsonl.job" / "dead.jsonl").read_text()
    assert json.loads(dead)["pk"] == {"id": "u8"} and '"why"' in dead


def test_a_target_that_is_away_refuses_at_close(mount_at, source, good):
    mount = mount_at(source, "--restore-to", "http://127.0.0.1:9/local", "--timeout", "2")
    done = sh(f"cp {good} {mount.path}/restore/orders/f.jsonl")
    assert done.returncode == 1
    assert b"Remote I/O error" in done.stderr or b"timed out" in done.stderr, done.stderr
    assert sorted(os.listdir(mount.path / "restore")) == ["orders"]


@pytest.fixture
def stalled(drop, table, service):
    """A service that takes connections and never answers, until it goes on."""
    service.process.send_signal(signal.SIGSTOP)
    yield table
    service.process.send_signal(signal.SIGCONT)


def test_an_interrupted_close_ends_at_once_and_restores_nothing(drop, stalled, good):
    for sig, text in ((signal.SIGINT, -signal.SIGINT), (signal.SIGKILL, -signal.SIGKILL)):
        copier = subprocess.Popen(["cp", str(good), f"{stalled}/f.jsonl"])
        wait_for(
            "cp to wait in its close",
            lambda: (stalled / "f.jsonl").exists()
            and (stalled / "f.jsonl").stat().st_size == good.stat().st_size
            and "request_wait_answer" in open(f"/proc/{copier.pid}/wchan").read(),
        )
        copier.send_signal(sig)
        assert copier.wait(5) == text
    assert not [j for j in drop.jobs() if j["state"] != "refused"]


def test_a_slow_close_delays_nobody_else(drop, stalled, good):
    copier = subprocess.Popen(["cp", str(good), f"{stalled}/f.jsonl"])
    wait_for("its file", lambda: (stalled / "f.jsonl").exists())
    assert sh(f"ls -lR {drop.path}/tables {drop.path}/status; ls {stalled}", timeout=5).returncode == 0
    file = drop.path / f"tables/orders/{HOUR}/{FIRST}.jsonl"
    assert sh(f"cat {file}", timeout=5).returncode == 0
    copier.kill()
    copier.wait(DEADLINE_S)


def test_a_mount_that_ends_answers_its_waiting_closes(drop, table, good, service):
    service.process.send_signal(signal.SIGSTOP)
    copier = subprocess.Popen(["cp", str(good), f"{table}/f.jsonl"], stderr=subprocess.PIPE)
    wait_for("its file", lambda: (table / "f.jsonl").exists())
    drop.process.terminate()
    service.process.send_signal(signal.SIGCONT)
    assert copier.wait(DEADLINE_S) in (0, 1)
    assert drop.process.wait(DEADLINE_S) == 0
