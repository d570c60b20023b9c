"""Where keys come from, through the real program against the local service; and that no secret shows."""

import json
import os
import signal
import subprocess

import pytest

from conftest import DEADLINE_S, OTSFS, SAMPLES, end_process, wait_for
from key_services import KeyServices, Recorder, in_seconds, server_context, v4_signature

DONE, FAILED, USAGE = range(3)
ID, SECRET, TOKEN = "STS.given", "given-secret-8d1f", "given-token-5a+/="
BASE_ID, BASE_SECRET = "LTAI.base", "base-secret-77b0"
SECRETS = (SECRET, TOKEN, BASE_SECRET)


def given(seconds=3600, **change):
    key = {"AccessKeyId": ID, "AccessKeySecret": SECRET, "SecurityToken": TOKEN, "Expiration": in_seconds(seconds)}
    return {**key, **change}


def bare_environment(home, **more):
    """Nothing about keys but what a test says."""
    words = ("ALIBABA", "ALICLOUD", "OSS", "ACCESS_KEY", "SECURITY_TOKEN", "OTS")
    bare = {k: v for k, v in os.environ.items() if not any(word in k.upper() for word in words)}
    bare.pop("XDG_STATE_HOME", None)
    return {**bare, "HOME": str(home), **{k: str(v) for k, v in more.items()}}


@pytest.fixture
def target(tmp_path):
    """URL of a service that takes the temporary key and no other."""
    ready = tmp_path / "keyed.json"
    process = subprocess.Popen(
        [OTSFS, "serve", "--memory", "--ready", str(ready)],
        stdout=subprocess.DEVNULL,
        env=bare_environment(
            tmp_path,
            ALIBABA_CLOUD_ACCESS_KEY_ID=ID,
            ALIBABA_CLOUD_ACCESS_KEY_SECRET=SECRET,
            ALIBABA_CLOUD_SECURITY_TOKEN=TOKEN,
        ),
    )
    try:
        wait_for("the local service", ready.exists)
        line = json.loads(ready.read_text())
        yield f"{line['ots']}/{line['instance']}"
    finally:
        end_process(process)


@pytest.fixture
def givers():
    """givers(keys, option=...) -> KeyServices"""
    started = []

    def start(*args, **options):
        started.append(KeyServices(*args, **options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def recorder():
    """Says OTSAuthFailed to everything."""
    recorder = Recorder(403, b"\x0a\x0dOTSAuthFailed\x12\x13Signature mismatch.")
    yield recorder
    recorder.stop()


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return home


def write(home, name, text, mode=0o600):
    path = home / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    path.chmod(mode)
    return path


def check(home, url, *words, **environment):
    done = subprocess.run(
        [OTSFS, "check", "--to", url, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        env=bare_environment(home, **environment),
    )
    for secret in SECRETS:
        assert secret not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def profiles(**profile):
    return {"current": "p", "profiles": [{"name": "p", **profile}], "meta_path": ""}


PLACES = {
    "cli spelling": (
        dict(ALICLOUD_ACCESS_KEY_ID=ID, ALICLOUD_ACCESS_KEY_SECRET=SECRET, ALICLOUD_SECURITY_TOKEN=TOKEN),
        {},
        "environment ALICLOUD_ACCESS_KEY_ID",
    ),
    "oss spelling": (
        dict(OSS_ACCESS_KEY_ID=ID, OSS_ACCESS_KEY_SECRET=SECRET, OSS_SESSION_TOKEN=TOKEN),
        {},
        "environment OSS_ACCESS_KEY_ID",
    ),
    "cli StsToken": (
        {},
        {
            ".aliyun/config.json": profiles(
                mode="StsToken", access_key_id=ID, access_key_secret=SECRET, sts_token=TOKEN
            )
        },
        "/.aliyun/config.json, profile p",
    ),
    "cli External": (
        {},
        {
            ".aliyun/config.json": profiles(
                mode="External",
                process_command=f"""printf '{{"access_key_id":"{ID}","access_key_secret":"{SECRET}",%s}}' """
                f"""'"sts_token":"{TOKEN}"'""",
            )
        },
        "/.aliyun/config.json, profile p",
    ),
    "ossutil 1": (
        {},
        {
            ".ossutilconfig": f"[Credentials]\nmode=StsToken\naccessKeyID={ID}\naccessKeySecret={SECRET}\n"
            f"stsToken={TOKEN}\n"
        },
        "/.ossutilconfig, profile Credentials",
    ),
    "ossutil 2": (
        {"OSSUTIL_PROFILE": "dev"},
        {
            ".ossutilconfig": f"[profile dev]\nmode=StsToken\naccess-key-id={ID}\naccess-key-secret={SECRET}\n"
            f"sts-token={TOKEN}\n"
        },
        "/.ossutilconfig, profile dev",
    ),
    "older file": (
        {},
        {
            ".alibabacloud/credentials": f"[default]\ntype=sts\naccess_key_id={ID}\naccess_key_secret={SECRET}\n"
            f"security_token={TOKEN}\n"
        },
        "/.alibabacloud/credentials, profile default",
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_key_is_found_where_the_tools_keep_it(place, home, target):
    environment, files, name = PLACES[place]
    for file, text in files.items():
        write(home, file, text)
    code, out, err = check(home, target, **environment)
    assert (code, err) == (DONE, ""), out
    assert name in out
    # What stands in the environment under Tablestore's own names comes first.
    code, out, err = check(home, target, ALIBABA_CLOUD_ACCESS_KEY_ID="x", ALIBABA_CLOUD_ACCESS_KEY_SECRET="y", **environment)
    assert code == FAILED and "access key of environment ALIBABA_CLOUD_ACCESS_KEY_ID" in err


def test_a_file_that_others_can_read_is_refused_with_the_cure(home, target):
    text = profiles(mode="AK", access_key_id=ID, access_key_secret=SECRET)
    path = write(home, ".aliyun/config.json", text, 0o644)
    code, _, err = check(home, target)
    assert code == FAILED
    assert "open to other users (mode 0644)" in err and f"chmod 600 {path}" in err


if os.geteuid() == 0:  # nobody else can give a file away

    def test_a_file_of_somebody_else_is_refused(home, target):
        path = write(home, ".ossutilconfig", f"[Credentials]\naccessKeyID={ID}\naccessKeySecret={SECRET}\n")
        os.chown(path, 12345, 12345)
        code, _, err = check(home, target)
        assert code == FAILED and "belongs to user 12345" in err


def test_a_chain_of_roles_is_assumed(home, target, givers):
    middle = {"AccessKeyId": "STS.middle", "AccessKeySecret": BASE_SECRET + "&+", "SecurityToken": "m/+=",
              "Expiration": in_seconds(900)}
    sts = givers([middle, given()], base={BASE_ID: BASE_SECRET, "STS.middle": BASE_SECRET + "&+"})
    role = dict(mode="ChainableRamRoleArn", ram_session_name="se ssion~*")
    write(
        home,
        ".aliyun/config.json",
        {
            "current": "two",
            "profiles": [
                dict(name="base", mode="AK", access_key_id=BASE_ID, access_key_secret=BASE_SECRET),
                dict(name="one", source_profile="base", ram_role_arn="acs:ram::1:role/a", **role),
                dict(name="two", source_profile="one", ram_role_arn="acs:ram::2:role/b", policy='{"a": "é"}', **role),
            ],
        },
    )
    code, out, err = check(home, target, ALIBABA_CLOUD_STS_ENDPOINT=sts.url)
    assert (code, err) == (DONE, ""), out
    assert [(f["AccessKeyId"], f["RoleArn"], f.get("SecurityToken")) for f in sts.forms] == [
        (BASE_ID, "acs:ram::1:role/a", None),
        ("STS.middle", "acs:ram::2:role/b", "m/+="),
    ]
    assert len({f["SignatureNonce"] for f in sts.forms}) == 2
    sts.base[BASE_ID] = "another"
    sts.keys = [middle]
    code, _, err = check(home, target, ALIBABA_CLOUD_STS_ENDPOINT=sts.url)
    assert code == FAILED and "STS refuses: SignatureDoesNotMatch: not signed so" in err


def test_a_cluster_gives_a_role_through_oidc(home, target, givers):
    sts = givers([given()])
    token = write(home, "token", "oidc-token\n", 0o644)
    code, out, err = check(
        home,
        target,
        ALIBABA_CLOUD_STS_ENDPOINT=sts.url,
        ALIBABA_CLOUD_ROLE_ARN="acs:ram::1:role/pod",
        ALIBABA_CLOUD_OIDC_PROVIDER_ARN="acs:ram::1:oidc-provider/ack",
        ALIBABA_CLOUD_OIDC_TOKEN_FILE=token,
    )
    assert (code, err) == (DONE, ""), out
    assert sts.forms[0]["Action"] == "AssumeRoleWithOIDC"


@pytest.mark.parametrize("version", [1, 2])
def test_an_instance_has_a_role(version, home, target, givers):
    metadata = givers([given()], version_1_only=version == 1)
    write(home, ".aliyun/config.json", profiles(mode="EcsRamRole", ram_role_name=""))
    # A proxy never stands between.
    where = dict(OTSFS_METADATA_URL=metadata.url, http_proxy="http://127.0.0.1:1", all_proxy="http://127.0.0.1:1")
    code, out, err = check(home, target, **where)
    assert (code, err) == (DONE, ""), out
    assert metadata.requests[0] == "PUT /latest/api/token"
    if version == 1:
        code, _, err = check(home, target, ALIBABA_CLOUD_IMDSV1_DISABLED="true", **where)
        assert code == FAILED and "ALIBABA_CLOUD_IMDSV1_DISABLED" in err


def test_a_local_endpoint_without_a_key_asks_nobody(home, service, givers):
    metadata = givers([given()])
    code, out, err = check(home, service, OTSFS_METADATA_URL=metadata.url)
    assert (code, err) == (DONE, ""), out
    assert "the local service's own key" in out
    assert metadata.requests == []


def test_no_key_anywhere_names_the_places(home, givers):
    code, _, err = check(home, "https://i.cn-hangzhou.ots.aliyuncs.com", OTSFS_METADATA_URL="http://127.0.0.1:1")
    assert code == FAILED
    for place in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "/.aliyun/config.json", "/.ossutilconfig", "instance's role"):
        assert place in err


def test_a_refused_key_is_asked_for_again_and_the_call_repeated(home, target, givers):
    address = givers([given(AccessKeyId="STS.stale"), given()])
    code, out, err = check(home, target, ALIBABA_CLOUD_CREDENTIALS_URI=f"{address.url}/key?who=me")
    assert (code, err) == (DONE, ""), out
    assert len(address.requests) == 2


def test_rows_are_restored_while_keys_are_renewed(home, target, givers, tmp_path):
    """Keys that live for a fifth of a second: half of each is over before the next comes."""
    address = givers([given()])
    address.next_key = lambda: given(0.2)
    rows = tmp_path / "rows.jsonl"
    with open(rows, "w") as stream:
        for n in range(100_000):  # takes longer than a key lives
            stream.write(json.dumps({"ts": 1, "op": "PUT", "pk": {"id": f"u{n}"}, "cols": {"n": n}}) + "\n")
    for _ in range(3):
        done = subprocess.run(
            [OTSFS, "restore", rows, "--to", target, "--table", "t", "--json", "--state", tmp_path / "state"],
            capture_output=True,
            text=True,
            timeout=60,
            env=bare_environment(home, ALIBABA_CLOUD_CREDENTIALS_URI=f"{address.url}/key?who=me"),
        )
        assert done.returncode == DONE, done.stderr
        assert json.loads(done.stdout)["written"] == 100_000
    assert len(address.requests) > 3, "no key was renewed"


def test_a_server_must_be_trusted_or_named(home, target, givers, tmp_path):
    context, certificate = server_context(tmp_path)
    address = givers([given()], context=context)
    where = dict(ALIBABA_CLOUD_CREDENTIALS_URI=f"{address.url}/key?who=me")
    code, _, err = check(home, target, **where)
    assert code == FAILED
    assert "certificate is not trusted" in err and "--ca-file" in err
    code, out, err = check(home, target, "--ca-file", certificate, **where)
    assert (code, err) == (DONE, ""), out
    code, _, err = check(home, target, "--ca-file", tmp_path / "none.pem", **where)
    assert code == USAGE and "none.pem" in err
    # The certificate is for 127.0.0.1: another name of this machine is another server.
    other = {k: v.replace("127.0.0.1", "localhost") for k, v in where.items()}
    code, _, err = check(home, target, "--ca-file", certificate, **other)
    assert code == FAILED and "certificate is not trusted" in err


def test_a_proxy_is_used_for_others_and_never_for_this_machine(home, recorder, service):
    code, _, err = check(home, "http://i.cn-x.ots.aliyuncs.com", http_proxy=recorder.url, OSS_ACCESS_KEY_ID="a",
                         OSS_ACCESS_KEY_SECRET="b")
    assert code == FAILED and "OTSAuthFailed" in err
    assert recorder.calls[0][0].startswith("http://i.cn-x.ots.aliyuncs.com/")
    code, _, _ = check(home, "http://i.cn-x.ots.aliyuncs.com", http_proxy=recorder.url, no_proxy="aliyuncs.com",
                       OSS_ACCESS_KEY_ID="a", OSS_ACCESS_KEY_SECRET="b")
    assert code == FAILED and len(recorder.calls) == 1
    assert check(home, service, http_proxy="http://127.0.0.1:1")[0] == DONE


def test_a_region_signs_by_version_4(home, recorder):
    own = dict(ALIBABA_CLOUD_ACCESS_KEY_ID=ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET=SECRET, ALIBABA_CLOUD_SECURITY_TOKEN=TOKEN)
    check(home, f"{recorder.url}/i", OTS_REGION="cn-hangzhou", **own)
    path, headers = recorder.calls[0]
    assert "x-ots-signature" not in headers
    assert headers["x-ots-signregion"] == "cn-hangzhou" and headers["x-ots-ststoken"] == TOKEN
    assert headers["x-ots-signaturev4"] == v4_signature(path, headers, SECRET)
    check(home, "http://i.cn-x.ots.aliyuncs.com", OTS_REGION="auto", http_proxy=recorder.url, **own)
    assert recorder.calls[1][1]["x-ots-signregion"] == "cn-x"
    for region in ("auto", "CN_Hangzhou"):
        assert check(home, f"{recorder.url}/i", OTS_REGION=region, **own)[0] == USAGE
    assert check(home, f"{recorder.url}/i", OTSFS_COMPRESS="perhaps", **own)[0] == USAGE
    assert len(recorder.calls) == 2


@pytest.mark.parametrize("region", ["", "cn-hangzhou"])
@pytest.mark.parametrize("compress", ["false", "true"])
def test_rows_arrive_by_either_version_plain_and_compressed(region, compress, home, service, rows_of, tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(f'{{"ts":1,"op":"PUT","pk":{{"id":"u{n}"}},"cols":{{"n":{n}}}}}\n' for n in range(450)))
    done = subprocess.run(
        [OTSFS, "restore", rows, "--to", service, "--table", "t", "--json", "--state", tmp_path / "state"],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        env=bare_environment(home, OTS_REGION=region, OTSFS_COMPRESS=compress),
    )
    assert done.returncode == DONE, done.stderr
    assert {k: row["n"] for k, row in rows_of("t").items()} == {f"u{n}": n for n in range(450)}


def test_a_mount_takes_the_file_of_certificates_as_fstab_would_give_it(home, source, tmp_path):
    (tmp_path / "mnt").mkdir()
    done = subprocess.run(
        [OTSFS, "mount", "-o", "restore_to=https://127.0.0.1:1/i,ca_file=none.pem", source, tmp_path / "mnt"],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        env=bare_environment(home),
    )
    assert done.returncode == USAGE and "--ca-file none.pem: No such file" in done.stderr


def everything_below(folder):
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield path.read_bytes()


def test_no_secret_shows_anywhere(home, recorder, givers, tmp_path, source):
    """A mount whose every call is refused: what it prints, logs, keeps and is started with is searched."""
    address = givers([given()])
    (tmp_path / "mnt").mkdir()
    with open(tmp_path / "stderr", "wb") as stderr, open(tmp_path / "stdout", "wb") as stdout:
        process = subprocess.Popen(
            [OTSFS, "mount", "-f", "--ready", tmp_path / "ready", "--state", tmp_path / "state"]
            + ["--restore-to", f"{recorder.url}/i", "--timeout", "2", source, tmp_path / "mnt"],
            stdout=stdout,
            stderr=stderr,
            env=bare_environment(home, ALIBABA_CLOUD_CREDENTIALS_URI=f"{address.url}/key?who=me"),
        )
        try:
            wait_for("the mount", (tmp_path / "ready").exists)
            told = [open(f"/proc/{process.pid}/cmdline", "rb").read()]
            subprocess.run(["mkdir", tmp_path / "mnt/restore/t"], capture_output=True, timeout=DEADLINE_S)
            subprocess.run(["cp", SAMPLES[0], tmp_path / "mnt/restore/t/"], capture_output=True, timeout=DEADLINE_S)
            subprocess.run(["ls", tmp_path / "mnt/restore"], capture_output=True, timeout=DEADLINE_S)
            for name in ("log", "mount.json", "metrics.prom"):
                told.append((tmp_path / "mnt/status" / name).read_bytes())
        finally:
            subprocess.run(["fusermount3", "-u", tmp_path / "mnt"], capture_output=True)
            end_process(process)
    told += everything_below(tmp_path / "state")
    told += [(tmp_path / name).read_bytes() for name in ("stdout", "stderr")]
    assert recorder.calls and any(b"OTSAuthFailed" in text for text in told)
    signatures = {headers["x-ots-signature"] for _, headers in recorder.calls}
    for secret in (SECRET, TOKEN, "who=me", *signatures):
        assert not any(secret.encode() in text for text in told), secret


def test_a_crash_leaves_no_core(tmp_path):
    ready = tmp_path / "ready.json"
    process = subprocess.Popen(
        ["sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", OTSFS, "serve", "--ready", str(ready)],
        stdout=subprocess.DEVNULL,
        cwd=tmp_path,
        env=bare_environment(tmp_path),
    )
    try:
        wait_for("the local service", ready.exists)
        os.kill(process.pid, signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -signal.SIGABRT
        assert os.WIFSIGNALED(status) and not os.WCOREDUMP(status)
    finally:
        end_process(process)
    assert not [name for name in os.listdir(tmp_path) if name.startswith("core")]
