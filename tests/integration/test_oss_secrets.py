"""Keys of buckets show nowhere: not in what is printed, logged, kept in status/ and state, named on a command line, or
left behind by a crash; also where a server or a proxy says again what it was sent."""

import json
import os
import signal
import socket
import subprocess
import threading

import pytest

from conftest import DEADLINE_S, OTSFS, end_process, wait_for

ID, SECRET, TOKEN = "STS.the-id", "the+secret/of=it", "CAES+the/token+of=it=="


def environment(home):
    names = ("OSS", "ALIBABA", "ALICLOUD")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(names)}
    return {**clean, "HOME": str(home), "ALIBABA_CLOUD_ACCESS_KEY_ID": ID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
            "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN}


class Echo:
    """Hands requests on to a service, and answers some itself with all that they were sent, as some proxies do."""

    def __init__(self, port):
        self.port = port
        self.signatures = set()
        self.echoes = 0
        self.echoing = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.handle, args=(client,), daemon=True).start()

    def handle(self, client):
        try:
            self.serve(client)
        except OSError:
            pass  # who asked has hung up, or the service has cut the reply

    def note(self, head):
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"authorization:"):
                mark = b"Signature=" if b"Signature=" in line else b":"
                self.signatures.add(line.rsplit(mark, 1)[1])

    def serve(self, client):
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(65536)
                if not part:
                    return
                head += part
            self.note(head)
            if self.echoing:
                self.echoes += 1
                body = b"<html>403: you sent\n" + head
                client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body))
                client.sendall(body)
                return
            closing = head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            with socket.create_connection(("127.0.0.1", self.port)) as service:
                service.sendall(closing)
                while part := service.recv(65536):
                    client.sendall(part)


@pytest.fixture
def echo(tmp_path):
    """A bucket that only the temporary key opens, behind an Echo."""
    ready, root = tmp_path / "ready.json", tmp_path / "served" / "oss" / "backup"
    root.mkdir(parents=True)
    (root / "x.bin").write_bytes(os.urandom(1 << 20))
    (root / "y.bin").write_bytes(b"y")
    faults = tmp_path / "faults.jsonl"
    faults.write_text("")
    process = subprocess.Popen([OTSFS, "serve", "--dir", root.parent.parent, "--ready", ready, "--fault", faults],
                               stdout=subprocess.DEVNULL, env=environment(tmp_path))
    try:
        wait_for("the service", ready.exists)
        made = Echo(int(json.loads(ready.read_text())["oss"].rsplit(":", 1)[1]))
        made.faults, made.root = faults, root
        yield made
        made.listener.close()
    finally:
        end_process(process)


def fail_in_all_ways(echo, mount):
    lines = [{"error": "AccessDenied", "status": 403}, {"error": "SignatureDoesNotMatch", "status": 403},
             {"error": "SecurityTokenExpired", "status": 403}, {"error": "InternalError", "status": 500},
             {"clock_skew_s": 3600}, {"truncate_body": 3}, {"reset_after_bytes": 0}, {"corrupt_byte": 70}]
    for do in lines:
        echo.faults.write_text(json.dumps({"match": {"op": "GetObject"}, "do": do}) + "\n")
        subprocess.run(["cat", mount / "raw" / "x.bin"], capture_output=True, timeout=DEADLINE_S)
    echo.echoing = True
    for path in ("raw/x.bin", "raw/y.bin", "tables"):
        subprocess.run(["cat" if "raw" in path else "ls", mount / path], capture_output=True, timeout=DEADLINE_S)
    echo.echoing = False


@pytest.mark.parametrize("sign", ["v1", "v4"])
def test_no_key_shows_anywhere(echo, tmp_path, sign):
    mount = tmp_path / "mnt"
    mount.mkdir()
    words = ["--endpoint", echo.url, "--sign", sign]
    told = []
    with open(tmp_path / "said", "wb") as said:
        process = subprocess.Popen(
            ["sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", OTSFS, "mount", "-f", "--ready", tmp_path / "mounted",
             "--state", tmp_path / "state", "--timeout", "2", *words, "oss://backup", mount],
            stdout=said, stderr=said, env=environment(tmp_path), cwd=tmp_path)
        try:
            wait_for("the mount", (tmp_path / "mounted").exists)
            told.append(open(f"/proc/{process.pid}/cmdline", "rb").read())
            fail_in_all_ways(echo, mount)
            for name in ("log", "mount.json", "metrics.prom"):
                told.append((mount / "status" / name).read_bytes())
            told.append((mount / "README.txt").read_bytes())
            process.send_signal(signal.SIGABRT)
            process.wait(DEADLINE_S)
            assert process.returncode == -signal.SIGABRT
        finally:
            subprocess.run(["fusermount3", "-uz", mount], capture_output=True)
            end_process(process)
    echo.echoing = True
    for command in (["ls"], ["cat"], ["stat"], ["check"], ["thaw"]):
        done = subprocess.run([OTSFS, *command, *words, "oss://backup"], capture_output=True, timeout=DEADLINE_S,
                              env=environment(tmp_path))
        assert done.returncode == 1 and b"it repeats the key" in done.stderr + done.stdout, done.stderr
        told += [done.stdout, done.stderr]
    told.append((tmp_path / "said").read_bytes())
    told += [path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert not [name for name in os.listdir(tmp_path) if name.startswith("core")]
    assert any(b"SignatureDoesNotMatch" in text for text in told) and echo.echoes > 5
    assert any(b"it repeats the key" in text for text in told)
    assert len(echo.signatures) > 5
    for secret in (SECRET.encode(), TOKEN.encode(), *echo.signatures):
        assert not any(secret in text or secret[:12] in text for text in told), secret
