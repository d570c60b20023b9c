"""schema.json: names and types where the format has none, through a mount, `cat` and a restore."""

import errno
import json
import subprocess

import pytest

from conftest import HOUR, OTSFS, wait_for

KEY = [{"name": "uid", "type": "STRING"}, {"name": "seq", "type": "INTEGER"}]
COLUMNS = [
    {"name": "age", "type": "INTEGER"},
    {"name": "raw", "type": "BINARY"},
    {"name": "half", "type": "DOUBLE"},
]


def run(*args):
    return subprocess.run([OTSFS, *map(str, args)], capture_output=True, timeout=60)


def line(key, cols, ts=1700000000000001):
    def field(value):
        return '"' + json.dumps(value).replace('"', '""') + '"'

    return f"{ts},PUT,{field(key)},{field(cols)}\n"


def typed(name, value):
    return {"columnType": "PUT", "name": name, "type": "INTEGER", "value": value, "timestamp": 1700000000000}


def untyped(name, value):
    return {"Type": 0, "Name": name, "Value": value, "Timestamp": 1700000000000}


MAP = line({"seq": 7, "uid": "u1"}, [typed("age", "31")])  # shape F
GO = line(  # shape E
    [{"ColumnName": "uid", "Value": "u2"}, {"ColumnName": "seq", "Value": 8}],
    [untyped("age", 32), untyped("raw", "/wA="), untyped("half", 2)],
    1700000000000002,
)


@pytest.fixture
def backup(tmp_path):
    """Table `people`: map.csv of shape F, go.csv of shape E, no schema yet."""
    hour = tmp_path / "backup" / "people" / HOUR
    hour.mkdir(parents=True)
    (hour / "map.csv").write_text(MAP)
    (hour / "go.csv").write_text(GO)
    return tmp_path / "backup"


def put_schema(folder, **members):
    (folder / "schema.json").write_text(json.dumps({"primaryKey": KEY, "columns": COLUMNS, **members}))


def text_of(mount, name):
    return mount.path / "tables" / "people" / HOUR / f"{name}.csv.jsonl"


def records(path):
    return [json.loads(text) for text in path.read_text().splitlines()]


def test_without_one_a_map_is_an_error_and_a_guess_is_marked(backup, mount_at):
    mount = mount_at(backup)
    with pytest.raises(OSError) as failed:
        text_of(mount, "map").read_bytes()
    assert failed.value.errno == errno.EIO
    assert "only a schema file can tell" in mount.log() and "map.csv" in mount.log()
    (record,) = records(text_of(mount, "go"))
    assert record["lossy"] is True
    assert record["cols"] == {"age": 32, "raw": "/wA=", "half": 2}
    out = run("cat", backup, f"tables/people/{HOUR}/map.csv.jsonl")
    assert out.returncode == 1 and b"only a schema file can tell" in out.stderr and b"map.csv" in out.stderr


def test_without_one_a_guess_is_not_restored(backup, mount_at, service):
    mount = mount_at(backup, "--restore-to", service)
    dropped = mount.path / "restore" / "people" / "go.jsonl"
    dropped.parent.mkdir(exist_ok=True)
    out = subprocess.run(["cp", text_of(mount, "go"), dropped], capture_output=True)
    assert out.returncode == 1
    assert mount.job_of(dropped)["state"] == "refused"
    assert "schema.json" in mount.log() and "guess" in mount.log()
    out = run("restore", backup / "people" / HOUR / "go.csv", "--to", service, "--state", backup.parent / "s")
    assert out.returncode == 4
    assert b"schema.json" in out.stderr


def test_with_one_both_are_read_in_full(backup, mount_at):
    put_schema(backup / "people")
    mount = mount_at(backup)
    (of_map,) = records(text_of(mount, "map"))
    assert list(of_map["pk"].items()) == [("uid", "u1"), ("seq", 7)]
    assert "lossy" not in of_map
    (of_go,) = records(text_of(mount, "go"))
    assert "lossy" not in of_go
    assert of_go["cols"] == {"age": 32, "raw": {"$bin": "/wA="}, "half": 2.0}
    whole = run("cat", backup)
    assert whole.returncode == 0
    each = [text_of(mount, name).read_bytes() for name in ("map", "go")]
    assert sorted(whole.stdout.splitlines(True)) == sorted(each)
    # It is an object like any other, below raw/ only.
    assert (mount.path / "raw" / "people" / "schema.json").is_file()


def test_the_nearest_wins(backup, mount_at):
    put_schema(backup, primaryKey=KEY[::-1])
    assert list(json.loads(run("cat", backup, f"tables/people/{HOUR}/map.csv.jsonl").stdout)["pk"]) == ["seq", "uid"]
    put_schema(backup / "people" / HOUR)
    assert list(json.loads(run("cat", backup, f"tables/people/{HOUR}/map.csv.jsonl").stdout)["pk"]) == ["uid", "seq"]
    (of_map,) = records(text_of(mount_at(backup), "map"))
    assert list(of_map["pk"]) == ["uid", "seq"]


def test_of_a_single_file_the_one_beside_it_counts(backup):
    hour = backup / "people" / HOUR
    put_schema(backup / "people")  # above the source
    assert b"only a schema file can tell" in run("cat", hour / "map.csv").stderr
    put_schema(hour)
    out = run("cat", hour / "map.csv")
    assert out.returncode == 0, out.stderr
    assert list(json.loads(out.stdout)["pk"]) == ["uid", "seq"]
    (hour / "schema.json").write_text("{")
    out = run("cat", hour / "map.csv")
    assert out.returncode == 1 and b"schema.json" in out.stderr and not out.stdout


def test_a_broken_one_is_never_passed_over(backup, mount_at):
    put_schema(backup)
    (backup / "people" / "schema.json").write_text('{"primaryKey":"uid"}')
    mount = mount_at(backup)
    for name in ("map", "go"):
        with pytest.raises(OSError) as failed:
            text_of(mount, name).read_bytes()
        assert failed.value.errno == errno.EIO
    assert "people/schema.json: primaryKey: expected a list of 1 to 4 columns" in mount.log()
    out = run("cat", backup)
    assert out.returncode == 1
    assert b"people/schema.json: primaryKey" in out.stderr and not out.stdout
    # The rest of the mount goes on, and a mended one serves at the next open.
    assert (mount.path / "raw" / "people" / HOUR / "go.csv").read_text() == GO
    put_schema(backup / "people")
    (of_map,) = records(text_of(mount, "map"))
    assert list(of_map["pk"]) == ["uid", "seq"]


def test_a_changed_one_shows_in_the_same_mount(backup, mount_at):
    mount = mount_at(backup, "--refresh", "1")
    assert records(text_of(mount, "go"))[0]["lossy"] is True
    put_schema(backup / "people")

    def shows():
        try:
            return "lossy" not in records(text_of(mount, "go"))[0]
        except OSError as error:
            assert error.errno == errno.ESTALE
            return False

    wait_for("the text under the new schema", shows)
    assert records(text_of(mount, "go"))[0]["cols"]["half"] == 2.0


def test_another_order_of_as_many_bytes_shows_too(backup, mount_at):
    """What the kernel keeps of a file is of one text, though neither its size nor its object changed."""
    put_schema(backup / "people")
    mount = mount_at(backup, "--refresh", "1")
    before = text_of(mount, "map").read_bytes()
    put_schema(backup / "people", primaryKey=KEY[::-1])

    def shows():
        try:
            return list(records(text_of(mount, "map"))[0]["pk"]) == ["seq", "uid"]
        except OSError as error:
            assert error.errno == errno.ESTALE
            return False

    wait_for("the text under the new schema", shows)
    assert len(text_of(mount, "map").read_bytes()) == len(before)


def restored(service, table):
    import tablestore

    endpoint, instance = service.rsplit("/", 1)
    client = tablestore.OTSClient(endpoint, "otsfs-local", "otsfs-local-secret", instance)
    return client.describe_table(table)


def test_a_table_is_made_from_the_schema(backup, mount_at, service, rows_of):
    put_schema(backup / "people", maxVersions=3, ttlSeconds=86400 * 3650)
    mount = mount_at(backup, "--restore-to", service, "--restore-wait")
    folder = mount.path / "restore" / "people"
    folder.mkdir(exist_ok=True)
    # Through raw/ the records come as they are stored, their schema beside them.
    subprocess.run(["cp", mount.path / "raw" / "people" / HOUR / "map.csv", folder], check=True)
    subprocess.run(["cp", text_of(mount, "go"), folder], check=True)
    made = restored(service, "people")
    assert made.table_meta.schema_of_primary_key == [("uid", "STRING"), ("seq", "INTEGER")]
    assert made.table_options.max_version == 3
    assert made.table_options.time_to_live == 86400 * 3650
    rows = rows_of("people")
    assert rows["u1"] == {"age": 31}
    assert rows["u2"] == {"age": 32, "raw": bytearray(b"\xff\x00"), "half": 2.0}


def test_restore_of_a_single_file_takes_the_one_beside_it(backup, service, rows_of, tmp_path):
    hour = backup / "people" / HOUR
    state = tmp_path / "state2"
    put_schema(hour, maxVersions=5)
    out = run("restore", hour / "map.csv", "--to", service, "--state", state)
    assert out.returncode == 0, out.stderr
    assert rows_of("people") == {"u1": {"age": 31}}
    assert restored(service, "people").table_options.max_version == 5
    (hour / "schema.json").write_text("[]")
    out = run("restore", hour / "go.csv", "--to", service, "--state", state)
    assert out.returncode == 1 and b"schema.json: top: expected an object" in out.stderr
    assert rows_of("people") == {"u1": {"age": 31}}


def test_dropped_text_of_maps_goes_by_the_key_of_its_table(backup, mount_at, service, rows_of):
    mount = mount_at(backup, "--restore-to", service, "--restore-wait")
    folder = mount.path / "restore" / "people"
    folder.mkdir(exist_ok=True)
    with pytest.raises(OSError) as failed:  # nobody knows the key's order yet
        (folder / "early.csv").write_text(MAP)
    assert failed.value.errno == errno.EBADMSG
    assert "only a schema file can tell" in mount.log()
    (folder / "first.jsonl").write_text('{"op":"PUT","pk":{"uid":"u0","seq":1},"cols":{"age":1}}\n')
    (folder / "late.csv").write_text(MAP)
    assert rows_of("people") == {"u0": {"age": 1}, "u1": {"age": 31}}
    # Columns are not the key: their types stay a guess, and that is refused.
    with pytest.raises(OSError) as failed:
        (folder / "guess.csv").write_text(GO)
    assert failed.value.errno == errno.EBADMSG
    assert rows_of("people") == {"u0": {"age": 1}, "u1": {"age": 31}}
