"""What a user writes to name a bucket: sources, options, variables, files of Alibaba's tools, keys of every kind.
product.md 4.1, through the real program."""

import json
import os
import subprocess
import urllib.request

import oss2
import pytest

from conftest import DEADLINE_S, HOUR, OTSFS, SAMPLES, Bucket, end_process, wait_for

ID, SECRET = "otsfs-local", "otsfs-local-secret"
KEYS = [
    "a b",
    "plus+plus",
    "per%zent",
    "per%41cent",
    "ümläut/世界/😀",
    "question?mark&and=equals#hash",
    "quotes'\"<>&",
    "a//b",
    "dots/./x",
    "dots/../x",
    "tab\tkey",
    "back/sl\\ash",
    "n" * 255 + "/" + "x",
    "k" * 1023,
    ("d" * 250 + "/") * 4 + "e" * 19,
]


def clean(**more):
    """An environment without keys and places of its own."""
    names = ("OSS", "ALIBABA", "ALICLOUD", "ACCESS_KEY", "SECURITY_TOKEN")
    return {**{k: v for k, v in os.environ.items() if not k.startswith(names)}, **more}


def run(*words, status=0, env=None, text=True):
    done = subprocess.run([OTSFS, *map(str, words)], capture_output=True, text=text, timeout=120, env=env or clean())
    assert done.returncode == status, f"{done.returncode}: {done.stderr}"
    return done


def client_of(bucket):
    return oss2.Bucket(oss2.Auth(ID, SECRET), bucket.endpoint, "backup")


def tree(top):
    """Every file below a folder: path -> bytes."""
    out = {}
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                out[os.path.relpath(path, top)] = file.read()
            assert os.path.getsize(path) == len(out[os.path.relpath(path, top)])
    return out


@pytest.mark.parametrize("prefix", ["a", "a/", "a/b", "a/b/", "", "/"])
def test_a_prefix_is_a_folder(bucket, prefix):
    bucket.put("a/b/x", b"x")
    bucket.put("ab/y", b"y")
    expected = {"a": "b/\n", "a/": "b/\n", "a/b": "x\n", "a/b/": "x\n"}.get(prefix, "a/\nab/\n")
    source = "oss://backup" + ("/" + prefix if prefix not in ("", "/") else prefix)
    assert bucket.run("ls", source, "raw").stdout == expected


def test_a_prefix_is_one_object_and_of_both_the_folder(bucket):
    client = client_of(bucket)
    client.put_object("one", b"the object")
    client.put_object("both", b"the object")
    client.put_object("both/x", b"in the folder")
    assert bucket.run("ls", "oss://backup/one", "raw").stdout == "one\n"
    assert bucket.run("cat", "--as", "raw", "oss://backup/one").stdout == "the object"
    assert bucket.run("ls", "oss://backup/both", "raw").stdout == "x\n"
    assert bucket.run("cat", "oss://backup/both", "raw/x").stdout == "in the folder"
    assert json.loads(bucket.run("stat", "--json", "oss://backup/one", "raw/one").stdout)["size"] == 10


def test_what_is_written_has_its_key_and_no_other(bucket):
    bucket.put("from", b"content")
    client_of(bucket).put_object("a", b"a file of that name")
    write = ["cat", "--as", "raw", "-o"]
    for key in ("a/b", "c//d", "e///f/g", "h//", "i/../j"):
        done = bucket.run(*write, f"oss://backup/{key}", "oss://backup", "raw/from", status=2 if key == "h//" else 0)
        assert ("oss://bucket/key" in done.stderr) == (key == "h//")
    keys = [entry.key for entry in oss2.ObjectIterator(client_of(bucket))]
    assert keys == ["a", "a/b", "c//d", "e///f/g", "from", "i/../j"]
    assert bucket.run("ls", "oss://backup/a/", "raw").stdout == "b\n"


def test_an_empty_source_mounts_with_a_warning(mount_at, bucket):
    mount = mount_at("oss://backup/nothing/here", "--endpoint", bucket.endpoint)
    assert os.listdir(mount.path / "raw") == []
    for said in (mount.errors(), mount.log()):
        assert "warning" in said and "nothing/here has no objects" in said, said


def test_the_warning_of_a_daemon_reaches_its_terminal(bucket, tmp_path):
    (tmp_path / "mnt").mkdir()
    try:
        done = bucket.run("mount", "--state", tmp_path / "state", "oss://backup", tmp_path / "mnt")
        assert done.stderr == "otsfs mount: warning: oss://backup has no objects\n"
    finally:
        run("umount", tmp_path / "mnt")


def test_keys_are_relative_to_the_prefix(mount_at, orders):
    mount = mount_at("oss://backup/orders", "--endpoint", orders.endpoint)
    assert os.listdir(mount.path / "raw") == ["2023"]
    assert os.listdir(mount.path / "tables") == ["orders"]
    assert len(os.listdir(mount.path / "tables" / "orders" / HOUR)) == len(SAMPLES)


@pytest.mark.parametrize("sign", ["v1", "v4"])
def test_keys_of_every_kind_are_files(mount_at, bucket, sign):
    client = client_of(bucket)
    for i, key in enumerate(KEYS):
        client.put_object(key, f"content {i}".encode())
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint, "--sign", sign)
    seen = tree(mount.path / "raw")
    assert sorted(seen.values()) == sorted(f"content {i}".encode() for i in range(len(KEYS)))
    for plain in ("a b", "plus+plus", "per%zent", "ümläut/世界/😀", "question?mark&and=equals#hash", "back/sl\\ash"):
        assert seen[plain] == f"content {KEYS.index(plain)}".encode()
    # Every file's own key is the one that was put.
    for path, content in list(seen.items())[:6]:
        facts = json.loads(run("stat", "--json", "--endpoint", bucket.endpoint, "oss://backup", f"raw/{path}").stdout)
        assert KEYS.index(facts["key"]) == int(content.split()[1])


def test_an_object_beside_a_folder_of_its_name(mount_at, bucket):
    client = client_of(bucket)
    client.put_object("a", b"the file")
    client.put_object("a/b", b"below")
    client.put_object("c/", b"")
    mount = mount_at("oss://backup", "--endpoint", bucket.endpoint)
    assert tree(mount.path / "raw")["a%2F"] == b"the file"
    assert (mount.path / "raw" / "a" / "b").read_bytes() == b"below"


def test_keys_with_a_leading_slash_are_refused(bucket):
    bucket.put("x", b"x")
    write = ["cat", "--as", "raw", "-o"]
    done = bucket.run(*write, "oss://backup//leading", "oss://backup", "raw/x", status=2)
    assert "InvalidObjectName" in done.stderr
    done = bucket.run(*write, "oss://backup/\\leading", "oss://backup", "raw/x", status=2)
    assert "InvalidObjectName" in done.stderr
    assert "no key begins with" in bucket.run("ls", "oss://backup//x", status=2).stderr
    assert bucket.run("ls", "oss://backup", "raw").stdout == "x\n"


@pytest.mark.parametrize("options", [
    ["--endpoint={endpoint}"],
    ["-o", "endpoint={endpoint},region=cn-hangzhou,sign=v1"],
    ["-o", "endpoint={endpoint},addressing=path,sse=AES256"],
    ["-o", "ro,endpoint={endpoint}", "-o", "sign=v4,refresh=5"],
])
def test_options_of_a_mount_in_both_forms(mount_at, orders, options):
    mount = mount_at("oss://backup", *[word.format(endpoint=orders.endpoint) for word in options])
    assert os.listdir(mount.path / "raw") == ["orders"]


@pytest.mark.parametrize("words, status, environment, expected", [
    (["oss://nothing-here"], 1, {}, ["NoSuchBucket"]),
    (["--endpoint", "http://127.0.0.1:1", "oss://backup"], 1, {}, ["127.0.0.1:1"]),
    (["--endpoint", "ftp://x", "oss://backup"], 2, {}, ["[http[s]://]host[:port]"]),
    (["--region", "cn-beijing", "oss://backup"], 1, {}, ["signed for region cn-beijing"]),
    (["--anonymous", "oss://backup"], 1, {}, ["AccessDenied"]),
    (["oss://backup"], 1, {"OSS_ACCESS_KEY_ID": "nobody", "OSS_ACCESS_KEY_SECRET": "wrong-secret"}, ["InvalidAccessKeyId"]),
    (["oss://backup"], 1, {"OSS_ACCESS_KEY_ID": ID, "OSS_ACCESS_KEY_SECRET": "wrong-secret"}, ["SignatureDoesNotMatch"]),
    (["oss://backup"], 1, {"OSS_ACCESS_KEY_ID": "half"}, ["OSS_ACCESS_KEY_SECRET"]),
])
def test_a_mount_fails_at_once_with_the_reason(bucket, tmp_path, words, status, environment, expected):
    (tmp_path / "mnt").mkdir()
    env = clean(OSS_ENDPOINT=bucket.endpoint, HOME=str(tmp_path), **environment)
    done = run("mount", "--timeout", 5, *words, tmp_path / "mnt", status=status, env=env)
    for text in expected:
        assert text in done.stderr
    assert "wrong-secret" not in done.stdout + done.stderr
    assert not os.path.ismount(tmp_path / "mnt")


def test_no_key_is_refused_naming_the_places_looked_at(tmp_path):
    env = clean(HOME=str(tmp_path), ALIBABA_CLOUD_ECS_METADATA_DISABLED="true")
    done = run("ls", "--endpoint", "http://192.0.2.1", "oss://backup", status=1, env=env)
    for place in ("OSS_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_ID", ".aliyun/config.json", ".ossutilconfig"):
        assert place in done.stderr


def test_no_endpoint_is_said_before_keys_are_looked_for(tmp_path):
    done = run("ls", "oss://backup", status=2, env=clean(HOME=str(tmp_path)))
    for place in ("no endpoint", "OSS_ENDPOINT", f"{tmp_path}/.ossutilconfig", f"{tmp_path}/.aliyun/config.json"):
        assert place in done.stderr


@pytest.fixture
def home(tmp_path):
    """home(file, text) writes a file that only its owner reads; home.env is what commands run in."""
    folder = tmp_path / "home"

    def write(name, text, mode=0o600):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    write.env = clean(HOME=str(folder))
    return write


@pytest.mark.parametrize("text", [
    "[Credentials]\nlanguage=EN\nendpoint={endpoint}\naccessKeyID=otsfs-local\naccessKeySecret=otsfs-local-secret\n",
    "[Credentials]\nendpoint=192.0.2.1\n[Bucket-Endpoint]\nbackup={endpoint}\n",
    "[default]\naccess-key-id=otsfs-local\naccess-key-secret=otsfs-local-secret\nendpoint={endpoint}\n",
    "[default]\nendpoint=192.0.2.1\nregion=cn-beijing\n[buckets backup]\nendpoint={endpoint}\nregion=cn-hangzhou\n",
    "[default]\nendpoint={endpoint}\naddressing-style=path\nsign-version=v1\nregion=cn-beijing\n",
])
def test_the_endpoint_of_a_configuration_file(orders, home, text):
    home(".ossutilconfig", text.format(endpoint=orders.endpoint))
    assert run("ls", "oss://backup", "raw", env=home.env).stdout == "orders/\n"


def test_what_is_nearer_wins_over_files(orders, home):
    home(".ossutilconfig", "[default]\nendpoint=192.0.2.1\nregion=cn-beijing\naddressing-style=virtual\n")
    assert run("ls", "--endpoint", orders.endpoint, "oss://backup", "raw", env=home.env).stdout == "orders/\n"
    env = {**home.env, "OSS_ENDPOINT": orders.endpoint}
    assert run("ls", "oss://backup", "raw", env=env).stdout == "orders/\n"
    done = run("ls", "--region", "cn-beijing", "oss://backup", "raw", env=env, status=1)
    assert "signed for region cn-beijing" in done.stderr


def test_the_region_of_files(orders, home):
    home(".aliyun/config.json", json.dumps({"current": "p", "profiles": [
        {"name": "p", "mode": "AK", "access_key_id": ID, "access_key_secret": SECRET, "region_id": "cn-beijing"}]}))
    # A domain does not tell its region: the file's is signed for, and here it is the wrong one.
    port = orders.endpoint.rsplit(":", 1)[1]
    done = run("ls", "--endpoint", f"http://backup.localhost:{port}", "--addressing", "cname", "oss://backup",
               status=1, env=home.env)
    assert "cn-beijing" in done.stderr or "resolve" in done.stderr


def test_a_file_of_settings_that_makes_no_sense(home):
    path = home(".ossutilconfig", "[default]\nendpoint=http://127.0.0.1:1\nregion=cn-hangzhou\n", 0o644)
    assert "chmod 600" in run("ls", "oss://backup", status=1, env=home.env).stderr
    home(".ossutilconfig", "[default]\nendpoint\n")
    assert f"{path}, line 2" in run("ls", "oss://backup", status=1, env=home.env).stderr


def test_anonymous_reads_what_is_public(orders):
    client_of(orders).put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ)
    done = run("ls", "--anonymous", "--endpoint", orders.endpoint, "oss://backup", "raw", env=clean())
    assert done.stdout == "orders/\n"


@pytest.mark.parametrize("sign", ["v1", "v4"])
def test_a_temporary_key_and_its_token(tmp_path, sign):
    env = clean(HOME=str(tmp_path), ALIBABA_CLOUD_ACCESS_KEY_ID="STS.id", ALIBABA_CLOUD_ACCESS_KEY_SECRET="the-secret",
                ALIBABA_CLOUD_SECURITY_TOKEN="the-token")
    ready = tmp_path / "ready.json"
    process = subprocess.Popen([OTSFS, "serve", "--memory", "--ready", ready], stdout=subprocess.DEVNULL, env=env)
    try:
        wait_for("the service", ready.exists)
        endpoint = json.loads(ready.read_text())["oss"]
        source = tmp_path / "x"
        source.write_bytes(b"x" * 100)
        words = ["--endpoint", endpoint, "--sign", sign]
        run("cat", "--as", "raw", *words, "-o", "oss://backup/a b", source, env=env)
        assert run("cat", *words, "oss://backup", "raw/a b", env=env).stdout == "x" * 100
        done = run("ls", *words, "oss://backup", status=1, env={**env, "ALIBABA_CLOUD_SECURITY_TOKEN": "another"})
        assert "InvalidSecurityToken" in done.stderr or "SecurityToken" in done.stderr
        assert "another" not in done.stderr
        without = {k: v for k, v in env.items() if "TOKEN" not in k}
        assert "otsfs ls: " in run("ls", *words, "oss://backup", status=1, env=without).stderr
    finally:
        end_process(process)


@pytest.mark.parametrize("size", [10, 9 << 20])
def test_what_is_written_is_encrypted_as_asked(bucket, size):
    bucket.put("from", b"z" * size)
    for asked, told, key in (("AES256", "AES256", None), ("KMS", "KMS", None), ("KMS:the-id", "KMS", "the-id")):
        bucket.run("cat", "--sse", asked, "--as", "raw", "-o", "oss://backup/to", "oss://backup", "raw/from")
        head = client_of(bucket).head_object("to")
        assert head.headers.get("x-oss-server-side-encryption") == told
        assert head.headers.get("x-oss-server-side-encryption-key-id") == key


def test_a_bucket_behind_tls(tmp_path):
    ready = tmp_path / "ready.json"
    process = subprocess.Popen([OTSFS, "serve", "--memory", "--tls", "--ready", ready], stdout=subprocess.DEVNULL)
    try:
        wait_for("the service", ready.exists)
        line = json.loads(ready.read_text())
        assert line["oss"].startswith("https://")
        words = ["--endpoint", line["oss"], "oss://backup", "raw"]
        assert run("ls", "--ca-file", line["ca"], *words).stdout == ""
        assert "certificate" in run("ls", *words, status=1).stderr
    finally:
        end_process(process)


def test_check_tells_of_a_bucket(orders):
    done = orders.run("check", "oss://backup")
    assert "oss://backup" in done.stdout
    done = orders.run("check", "oss://nothing-here", status=1)
    assert "NoSuchBucket" in done.stderr


def test_restore_takes_the_options_of_buckets(orders, service, rows_of):
    one = f"oss://backup/orders/{HOUR}/{SAMPLES[0].name}"
    env = clean(HOME=str(orders.folder))
    run("restore", "--endpoint", orders.endpoint, "--sign", "v1", "--region", "cn-hangzhou", one, "--to", service,
        "--state", orders.folder / "state", env=env)
    assert rows_of("orders")
