"""otsfs reads what the official SDKs wrote, and the reverse: keys of every kind, both signatures."""

import json
import os
import random
import subprocess

import pytest

from conftest import DEADLINE_S, KEY_ID, KEY_SECRET, OTSFS
from test_oss_clients import HARD_KEYS, buckets, oss  # noqa: F401 (fixtures)

PARTS = [random.Random(n).randbytes(size) for n, size in enumerate((204_800, 102_400, 17))]


@pytest.fixture
def ours(buckets, oss):
    """ours("cat", …) runs otsfs with the signature of the SDK beside it; the bytes it printed."""

    def run(*words):
        environment = dict(os.environ, ALIBABA_CLOUD_ACCESS_KEY_ID=KEY_ID,
                           ALIBABA_CLOUD_ACCESS_KEY_SECRET=KEY_SECRET)
        command = [OTSFS, words[0], "--endpoint", buckets.ready["oss"], "--sign", oss.sign, *words[1:]]
        done = subprocess.run(command, capture_output=True, timeout=6 * DEADLINE_S, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def files_of(ours, source):
    """key -> bytes of every file below raw/."""
    out = {}
    for line in ours("ls", "-R", "--json", source, "raw").splitlines():
        told = json.loads(line)
        if told["type"] == "file":
            path = told["path"] if told["path"].startswith("raw/") else f"raw/{told['path']}"
            facts = json.loads(ours("stat", "--json", source, path))
            out[facts["key"]] = ours("cat", source, path)
            assert facts["size"] == told["size"] == len(out[facts["key"]])
    return out


def test_we_read_what_they_wrote(oss, ours):
    folder = oss.folder + "theirs/"
    longest = "k" * (1023 - len(folder))
    wrote = {key: str(n).encode() * 100 for n, key in enumerate([*HARD_KEYS, longest])}
    for key, body in wrote.items():
        oss.put(folder + key, body)
    oss.multipart(folder + "in parts", PARTS)
    wrote["in parts"] = b"".join(PARTS)
    oss.append(folder + "log", 0, b"one ")
    oss.append(folder + "log", 4, b"two")
    wrote["log"] = b"one two"
    oss.symlink(folder + "link", folder + "log")
    wrote["link"] = b"one two"
    assert files_of(ours, f"oss://backup/{folder}") == wrote
    for key in [*wrote]:
        oss.delete(folder + key)


@pytest.mark.parametrize("size", [0, 1000, (8 << 20) + 1])
def test_they_read_what_we_wrote(oss, ours, tmp_path, size):
    folder = oss.folder + f"ours {size}/"
    body = random.Random(size).randbytes(size)
    source = tmp_path / "source"
    source.write_bytes(body)
    longest = "k" * (1023 - len(folder))
    keys = [key for key in [*HARD_KEYS, longest] if not key.endswith("/")]
    if size > 1000:
        keys = ["a b+c%41/日本"]
    for key in keys:
        ours("cat", "--as", "raw", "-o", f"oss://backup/{folder}{key}", str(source))
    for key in keys:
        assert oss.get(folder + key) == body, key
        assert oss.head(folder + key)["size"] == size
    assert oss.list(2, folder)[0] == sorted((folder + key for key in keys), key=str.encode)
    for key in keys:
        oss.delete(folder + key)
