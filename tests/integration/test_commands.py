"""The commands without a mount: forms, exit statuses, messages."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from conftest import HOUR, OTSFS, SAMPLES


def run(*args, **kwargs):
    kwargs.setdefault("timeout", 60)
    return subprocess.run([OTSFS, *map(str, args)], capture_output=True, **kwargs)


def test_ls_lists_each_folder_of_the_tree(source):
    assert run("ls", source).stdout.decode().split() == ["by-time/", "raw/", "tables/"]
    names = run("ls", source, f"tables/orders/{HOUR}").stdout.decode().split()
    assert names == [f"{s.name}.jsonl" for s in SAMPLES]
    assert b"latest" in run("ls", source, "tables/orders").stdout
    deep = run("ls", "-R", source).stdout.decode().splitlines()
    assert f"by-time/{HOUR}/orders/{SAMPLES[0].name}.jsonl" in deep


def test_ls_json_has_path_type_size_mtime(source):
    lines = run("ls", "-R", "--json", source, "raw").stdout.decode().splitlines()
    entries = [json.loads(line) for line in lines]
    assert all(list(e) == ["path", "type", "size", "mtime"] for e in entries)
    files = {e["path"]: e["size"] for e in entries if e["type"] == "file"}
    assert files == {f"raw/orders/{HOUR}/{s.name}": s.stat().st_size for s in SAMPLES}


def test_cat_prints_the_records_of_a_folder_in_time_order(source):
    whole = run("cat", source)
    assert whole.returncode == 0
    one_by_one = b"".join(
        run("cat", source, f"tables/orders/{HOUR}/{s.name}.jsonl").stdout for s in SAMPLES
    )
    assert whole.stdout == one_by_one
    assert whole.stdout == run("cat", source, "by-time").stdout
    assert len(whole.stdout.splitlines()) == 4 + 4 + 4 + 3 + 2


def test_cat_raw_and_canonical_csv(source):
    first = SAMPLES[0]
    assert run("cat", "--as", "raw", source, f"raw/orders/{HOUR}/{first.name}").stdout == first.read_bytes()
    # The base is in canonical form already: writing it again changes nothing.
    assert run("cat", "--as", "canonical-csv", first).stdout == first.read_bytes()


def test_cat_below_raw_prints_bytes_as_a_mount_does(source):
    first = SAMPLES[0]
    path = f"raw/orders/{HOUR}/{first.name}"
    assert run("cat", source, path).stdout == first.read_bytes()
    assert run("cat", source, "raw").stdout == b"".join(s.read_bytes() for s in SAMPLES)
    # Asked for a form, raw/ gives it too, where it can.
    records = run("cat", source, f"tables/orders/{HOUR}/{first.name}.jsonl").stdout
    assert run("cat", "--as", "jsonl", source, path).stdout == records
    assert run("cat", "--as", "jsonl", source, "raw").stdout == run("cat", source).stdout
    assert run("cat", source, "/").stdout == run("cat", source).stdout
    (source / "notes.txt").write_text("nothing of ours\n")
    assert run("cat", "--as", "jsonl", source, "raw").returncode == 0
    out = run("cat", "--as", "jsonl", source, "raw/notes.txt")
    assert out.returncode == 1 and b"notes.txt" in out.stderr


def test_cat_of_a_single_file(source):
    out = run("cat", SAMPLES[0])
    assert out.returncode == 0
    assert json.loads(out.stdout.splitlines()[2]) == {
        "ts": 0, "op": "PUT", "pk": {"pk_s": "c", "pk_i": 0, "pk_b": {"$bin": "/g=="}}, "cols": {},
    }


def test_every_cut_gives_whole_records_or_a_clear_error(tmp_path):
    """A file cut after a whole record gives those records; any other cut names line and byte."""
    for sample in SAMPLES:
        good = sample.read_bytes()
        whole = run("cat", sample).stdout.splitlines()
        cut = tmp_path / sample.name
        wrong = []
        for n in range(1, len(good), 23):  # the unit tests try every byte; here the whole program
            cut.write_bytes(good[:n])
            out = run("cat", cut)
            lines = out.stdout.splitlines()
            if lines != whole[: len(lines)]:
                wrong.append((n, "other records"))
            if out.returncode != 0 and sample.name.encode() not in out.stderr:
                wrong.append((n, out.stderr))
            if out.returncode == 0 and not good[:n].endswith((b"\n", b"]", b'"', b"\r")):
                wrong.append((n, "looks whole"))
        assert not wrong, wrong[:5]


def test_damage_is_reported_and_the_rest_goes_on(source):
    bad = source / "orders" / HOUR / "IncData-1700000015000.csv"
    text = SAMPLES[0].read_bytes().splitlines(keepends=True)
    bad.write_bytes(text[0] + text[1] + b"0,PUT,nonsense,[]\n" + text[2])
    out = run("cat", source)
    assert out.returncode == 1
    assert b"IncData-1700000015000.csv" in out.stderr and b"line 3" in out.stderr
    assert len(out.stdout.splitlines()) == 17 + 1


def test_stat_says_what_an_object_is(source):
    path = f"tables/orders/{HOUR}/{SAMPLES[0].name}.jsonl"
    facts = json.loads(run("stat", "--json", source, path).stdout)
    assert facts["table"] == "orders"
    assert facts["format"] == "tunnel-csv"
    assert facts["time_from"] == "name"
    assert facts["time"].startswith("2023-11-14T22:13:20")
    assert facts["key"] == f"orders/{HOUR}/{SAMPLES[0].name}"
    assert facts["exact_size"] == facts["size"] == len(run("cat", source, path).stdout)


@pytest.mark.parametrize(
    "args, code",
    [
        ((), 2),
        (("no-such-command",), 2),
        (("--version",), 0),
        (("--help",), 0),
        (("ls",), 2),
        (("ls", "--no-such-option", "."), 2),
        (("ls", "/no/such/place"), 1),
        (("ls", "oss://bucket/prefix"), 2),
        (("cat", "--as", "parquet", "."), 2),
        (("cat", ".", "tables/no-such"), 1),
        (("mount", "."), 2),
        (("mount", "--open-wait", "5", ".", "."), 2),
        (("mount", "--restore-wait", ".", "."), 2),
        (("mount", "-o", "no_such_option", ".", "."), 2),
        (("restore", "x"), 2),
        (("jobs", "extra"), 2),
        (("serve", "--fault", "x"), 1),
        (("check",), 2),
        (("demo", "extra"), 2),
        (("umount",), 2),
    ],
)
def test_exit_status_of_words(args, code, tmp_path):
    (tmp_path / "empty").mkdir()
    assert run(*args, cwd=tmp_path / "empty").returncode == code


def test_mountpoint_inside_its_source_is_refused(source):
    (source / "mnt").mkdir()
    out = run("mount", source, source / "mnt")
    assert out.returncode == 4 and b"inside" in out.stderr
    out = run("mount", source / "orders", source)
    assert out.returncode == 4 and b"inside" in out.stderr


def test_a_daemon_says_why_it_cannot_mount(source, tmp_path):
    out = run("mount", source, tmp_path / "missing")
    assert out.returncode == 1 and b"missing" in out.stderr
    (tmp_path / "mnt").mkdir()
    out = run("mount", "--restore-to", "nonsense", source, tmp_path / "mnt")
    assert out.returncode != 0 and b"nonsense" in out.stderr


def test_restore_counts_and_reports(service, tmp_path):
    state = tmp_path / "state"
    out = run("restore", SAMPLES[0], "--to", service, "--into", "t", "--state", state, "--json")
    assert out.returncode == 0, out.stderr
    report = json.loads(out.stdout)
    assert list(report)[:9] == [
        "id", "state", "table", "read", "written", "filtered", "skipped", "superseded", "dead",
    ]
    assert report["state"] == "done" and report["table"] == "t"
    assert (report["read"], report["written"], report["dead"]) == (4, 4, 0)
    jobs = [json.loads(line) for line in run("jobs", "--json", "--state", state).stdout.splitlines()]
    assert [(j["id"], j["state"]) for j in jobs] == [(report["id"], "done")]


def test_restore_refuses_what_it_should(service, tmp_path, source):
    state = tmp_path / "state"
    out = run("restore", source, "--to", service, "--state", state)
    assert out.returncode == 2 and b"folder" in out.stderr
    text = tmp_path / "x.txt"
    text.write_text("nothing of ours\n")
    out = run("restore", text, "--to", service, "--into", "t", "--state", state)
    assert out.returncode in (1, 4) and out.stderr
    # The key of the records is not the key of the table.
    assert run("restore", SAMPLES[0], "--to", service, "--into", "keys", "--state", state).returncode == 0
    other = tmp_path / "other.jsonl"
    other.write_text('{"op":"PUT","pk":{"id":1},"cols":{"a":1}}\n')
    out = run("restore", other, "--to", service, "--into", "keys", "--state", state)
    assert out.returncode == 4 and b"pk_s" in out.stderr


def test_serve_stops_cleanly_and_prints_one_line(tmp_path):
    ready = tmp_path / "ready.json"
    with subprocess.Popen([OTSFS, "serve", "--ready", str(ready)], stdout=subprocess.PIPE) as serve:
        line = serve.stdout.readline()
        told = json.loads(line)
        assert told["ots"].startswith("http://127.0.0.1:") and told["instance"] == "local"
        assert told["pid"] == serve.pid
        assert json.loads(ready.read_bytes()) == told
        serve.send_signal(signal.SIGTERM)
        assert serve.wait(timeout=20) == 0
        assert serve.stdout.read() == b""


def test_demo_ends_well_and_leaves_nothing(tmp_path):
    out = run("demo", cwd="/", env={**os.environ, "TMPDIR": str(tmp_path)}, timeout=120)
    assert out.returncode == 0, out.stderr
    assert list(tmp_path.iterdir()) == []


def test_demo_cleans_up_when_interrupted(tmp_path):
    demo = subprocess.Popen(
        [OTSFS, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/",
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    for line in demo.stdout:  # until the first tool runs on the mount
        if line.startswith(b"$ ls"):
            break
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=60)
    assert demo.returncode != 0
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in Path("/proc/mounts").read_text()
