"""`otsfs check`: what holds, what does not, and what to do about it. It changes nothing."""

import json
import os
import subprocess

import pytest

import fault_proxy as fp
from conftest import DEADLINE_S, OTSFS, SAMPLES, end_process, wait_for

DONE, FAILED, USAGE = range(3)


def check(*words, **environment):
    done = subprocess.run(
        [OTSFS, "check", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def table(tmp_path, service):
    """The table `orders` with rows in it."""
    command = [OTSFS, "restore", SAMPLES[0], "--to", service, "--into", "orders"]
    subprocess.run([*command, "--state", tmp_path / "state"], check=True, timeout=DEADLINE_S)
    return "orders"


@pytest.fixture
def proxy(service):
    proxy = fp.FaultProxy(service)
    yield proxy
    proxy.vanish()


def test_all_is_well(service, source, table, rows_of):
    before = rows_of(table)
    code, out, err = check(source, "--to", service)
    assert (code, err) == (DONE, ""), out
    for text in ("objects are there", "read: ", "1 table", "pk_s STRING, pk_i INTEGER, pk_b BINARY"):
        assert text in out
    assert "takes rows (BatchWriteRow; nothing was written)" in out
    assert rows_of(table) == before


WRONG = {
    "secret": (dict(ALIBABA_CLOUD_ACCESS_KEY_SECRET="no"), "secret does not belong"),
    "id": (dict(ALIBABA_CLOUD_ACCESS_KEY_ID="no"), "the key id is not known"),
}


@pytest.mark.parametrize("which", WRONG)
def test_a_wrong_key_is_told_by_its_half(service, which):
    change, text = WRONG[which]
    pair = dict(ALIBABA_CLOUD_ACCESS_KEY_ID="otsfs-local", ALIBABA_CLOUD_ACCESS_KEY_SECRET="otsfs-local-secret")
    code, _, err = check("--to", service, **{**pair, **change})
    assert code == FAILED
    assert "OTSAuthFailed" in err and text in err
    assert "1 of 2 checks failed" in err


def test_another_instance_nobody_there_and_no_url(service):
    code, _, err = check("--to", service + "x")
    assert code == FAILED and "check the instance's name" in err
    code, _, err = check("--to", "http://127.0.0.1:1/local")
    assert code == FAILED and "VPC and internal endpoints" in err
    assert check("--to", "nowhere")[0] == USAGE
    assert check()[0] == USAGE
    assert check("--table", "t")[0] == USAGE
    assert check("a", "b")[0] == USAGE


HALF = dict(ALIBABA_CLOUD_ACCESS_KEY_ID="half", ALIBABA_CLOUD_ACCESS_KEY_SECRET="")
SET_BOTH = "do: mend that place, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET"


def test_a_key_that_cannot_be_had_is_not_blamed_on_the_service(service, tmp_path):
    home = dict(HOME=str(tmp_path), ALIBABA_CLOUD_ACCESS_KEY_ID="", ALIBABA_CLOUD_ACCESS_KEY_SECRET="")
    home["ALIBABA_CLOUD_IGNORE_PROFILE"] = ""  # the test command's, so that no tester's own file is read
    profiles = tmp_path / ".aliyun" / "config.json"
    profiles.parent.mkdir()
    profiles.write_text('{"current":"default","profiles":[}')
    profiles.chmod(0o600)
    for environment, text in (
        ({**home, **HALF}, "half an access key"),
        (home, "config.json is no configuration of the cli at byte"),
        ({**home, "ALIBABA_CLOUD_PROFILE": "none"}, "config.json is no configuration of the cli at byte"),
    ):
        code, out, err = check("--to", service, **environment)
        assert code == FAILED, out
        assert text in err and SET_BOTH in err and "something between" not in err


@pytest.mark.parametrize("code", ["OTSParameterInvalid", "OTSMethodNotAllowed", "OTSBrandNew"])
def test_a_refusal_that_nobody_knows_says_what_to_do_all_the_same(proxy, code):
    proxy.script = lambda call: fp.whole(400, code, "Something else.")
    status, _, err = check("--to", proxy.url)
    assert status == FAILED and f"{code}: Something else. (request " in err
    assert "do: the service refuses the request itself" in err


DENIED = {
    "ListTable": ("ots:ListTable", "instance/local/table/*"),
    "DescribeTable": ("ots:DescribeTable", "instance/local/table/orders"),
    "BatchWriteRow": ("ots:BatchWriteRow", "instance/local/table/orders"),
}


@pytest.mark.parametrize("action", DENIED)
def test_a_missing_permission_is_named_with_its_resource(proxy, table, action):
    denied = fp.whole(403, "OTSNoPermissionAccess", "You have no permission to access the requested resource.")
    proxy.script = lambda call: denied if call.action == action else None
    code, out, err = check("--to", proxy.url, *(["--table", table] if action == "ListTable" else []))
    permission, resource = DENIED[action]
    assert code == FAILED, out
    assert f"grant the key {permission} on acs:ots:*:*:{resource}" in err
    assert "OTSNoPermissionAccess" in err
    # A key that may not list tables may still use the one it is for.
    if action == "ListTable":
        assert "takes rows" in out
    assert proxy.violations == []


def test_no_permission_for_the_row_alone_counts_too(proxy, table):
    proxy.script = lambda call: (
        fp.rows_fail(lambda row: "OTSNoPermissionAccess") if call.action == "BatchWriteRow" else None
    )
    code, _, err = check("--to", proxy.url)
    assert code == FAILED and "ots:BatchWriteRow" in err


def test_what_is_between_and_is_no_tablestore_is_said(proxy):
    proxy.script = lambda call: fp.plain_http(200)
    code, _, err = check("--to", proxy.url)
    assert code == FAILED and "something between speaks in its place" in err


def test_a_source_that_cannot_be_read(tmp_path, source):
    code, _, err = check(tmp_path / "none")
    assert code == FAILED and "No such file" in err
    (tmp_path / "empty").mkdir()
    code, out, _ = check(tmp_path / "empty")
    assert code == DONE and "the tree will be empty" in out


def test_tables_are_checked_one_by_one(service, table, tmp_path):
    (tmp_path / "two.jsonl").write_text(json.dumps({"op": "PUT", "pk": {"otsfs_check": "a"}, "cols": {}}) + "\n")
    command = [OTSFS, "restore", tmp_path / "two.jsonl", "--to", service, "--into", "second"]
    subprocess.run([*command, "--state", tmp_path / "state"], check=True, timeout=DEADLINE_S)
    code, out, _ = check("--to", service)
    assert code == DONE and "2 tables" in out
    assert "table orders: takes rows" in out and "table second: takes rows" in out
    code, out, _ = check("--to", service, "--table", "second")
    assert "table orders" not in out and "table second: takes rows" in out
    code, _, err = check("--to", service, "--table", "none")
    assert code == FAILED and "OTSObjectNotExist" in err and "check the table's name" in err


def test_a_certificate_that_nobody_trusts_and_the_file_that_mends_it(tmp_path):
    ready = tmp_path / "tls.json"
    process = subprocess.Popen([OTSFS, "serve", "--tls", "--ready", ready], stdout=subprocess.DEVNULL)
    try:
        wait_for("the service", ready.exists)
        line = json.loads(ready.read_text())
        target = f"{line['ots']}/{line['instance']}"
        code, _, err = check("--to", target)
        assert code == FAILED and "--ca-file" in err
        code, out, err = check("--to", target, "--ca-file", line["ca"])
        assert code == DONE and "the key is accepted" in out, err
    finally:
        end_process(process)
