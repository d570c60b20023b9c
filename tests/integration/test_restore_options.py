"""Options of the target's table that would lose something refuse a restore: both sides named, exit 4.

The tables are made by the official SDK, since their options are what is tested.
"""

import errno
import json
import subprocess
import time

import pytest
from tablestore import CapacityUnit, OTSClient, ReservedThroughput, TableMeta, TableOptions

from conftest import DEADLINE_S, OTSFS

DONE, REFUSED = 0, 4
DAY_S = 86400


@pytest.fixture
def make(service):
    """make(table, option=…): a table of the one key column `id`."""
    endpoint, instance = service.rsplit("/", 1)
    client = OTSClient(endpoint, "otsfs-local", "otsfs-local-secret", instance)

    def run(name, ttl=-1, max_versions=1, deviation=10 * 365 * DAY_S, allow_update=None):
        options = TableOptions(ttl, max_versions, deviation)
        if allow_update is not None:
            options.allow_update = allow_update
        client.create_table(
            TableMeta(name, [("id", "STRING")]), options, ReservedThroughput(CapacityUnit(0, 0))
        )

    return run


def line(op="PUT", **cols):
    return json.dumps({"ts": 1, "op": op, "pk": {"id": "u1"}, "cols": cols}) + "\n"


def versions(*ages_s):
    now_ms = int(time.time() * 1000)
    return {"$v": [[now_ms - age * 1000, n] for n, age in enumerate(sorted(ages_s))]}


CASES = {
    "key": (dict(), line().replace('"id"', '"uid"'), ["key is (uid STRING)", "table's is (id STRING)"]),
    "max-versions": (dict(max_versions=1), line(c=versions(1, 2)), ["2 versions", "keeps 1", "max_versions"]),
    "allow-update": (dict(ttl=30 * DAY_S, allow_update=False), line("UPDATE", c=1), ["UPDATE", "allow_update"]),
    "ttl": (dict(ttl=DAY_S), line(c=versions(2 * DAY_S)), ["expire after 86400 seconds", "TTL"]),
    "offset": (dict(deviation=DAY_S), line(c=versions(2 * DAY_S)), ["86400", "max_time_deviation"]),
}


@pytest.mark.parametrize("case", CASES)
def test_the_command_refuses_with_both_sides_named(tmp_path, service, make, rows_of, case):
    options, text, words = CASES[case]
    make("t", **options)
    (tmp_path / "rows.jsonl").write_text(text)
    done = subprocess.run(
        [OTSFS, "restore", tmp_path / "rows.jsonl", "--to", service, "--table", "t"]
        + ["--state", tmp_path / "state"],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode == REFUSED, done.stderr
    for word in ["table t", "rows.jsonl: ", *words]:
        assert word in done.stderr
    assert rows_of("t") == {}


@pytest.mark.parametrize("case", CASES)
def test_a_dropped_file_is_refused_at_close(drop, make, rows_of, case):
    options, text, words = CASES[case]
    make("t", **options)
    with pytest.raises(OSError) as refused:
        (drop.path / "restore" / "t" / "rows.jsonl").write_text(text)
    assert refused.value.errno == errno.EBADMSG
    for word in words:
        assert word in drop.log()
    assert rows_of("t") == {}


def test_versions_that_the_source_kept_need_room_in_the_target(tmp_path, service, make):
    make("t", max_versions=2)
    (tmp_path / "rows.jsonl").write_text(line(c=versions(1)))
    (tmp_path / "schema.json").write_text(
        json.dumps({"primaryKey": [{"name": "id", "type": "STRING"}], "maxVersions": 3})
    )
    command = [OTSFS, "restore", tmp_path / "rows.jsonl", "--to", service, "--table", "t"]
    command += ["--state", tmp_path / "state"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == REFUSED, done.stderr
    assert "kept 3 versions" in done.stderr and "table t keeps 2" in done.stderr
    assert "rows.jsonl: " in done.stderr
    (tmp_path / "schema.json").write_text(
        json.dumps({"primaryKey": [{"name": "id", "type": "STRING"}], "maxVersions": 2})
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == DONE, done.stderr


def test_options_that_lose_nothing_take_everything(tmp_path, service, make, rows_of):
    make("t", ttl=30 * DAY_S, max_versions=2, allow_update=None)
    (tmp_path / "rows.jsonl").write_text(line(c=versions(1, 2)) + line("UPDATE", d=1))
    done = subprocess.run(
        [OTSFS, "restore", tmp_path / "rows.jsonl", "--to", service, "--table", "t"]
        + ["--state", tmp_path / "state"],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode == DONE, done.stderr
    assert set(rows_of("t")["u1"]) == {"c", "d"}
