"""A bucket of the local service through a mount, in one run: oss_mount.py [FIGURE...]

Figures are throughput, tree, latency (all without arguments); run it from the top of the tree. Needs
FUSE, curl, Python's standard library, and 2 GB of disk below ${TMPDIR:-/tmp} (read back from memory).
Client and service share the machine: quote ratios of one run and requests, not speeds.

  ROUNDS=5        of each measurement, the sides in turn; medians (lowest-highest) are printed
  KEYS=100000     objects of the tree; 1000000 for the large one
  OTSFS=build/otsfs
"""

import base64
import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

OTSFS = str(pathlib.Path(os.environ.get("OTSFS", "build/otsfs")).resolve())
ROUNDS = int(os.environ.get("ROUNDS", "5"))
KEYS = int(os.environ.get("KEYS", "100000"))
ID, SECRET = "otsfs-local", "otsfs-local-secret"  # what serve accepts where nothing else is told
FILES, FILE_BYTES = 64, 16 << 20
LARGE_BYTES = 256 << 20
LATENCY_MS = 20
READ_AHEAD_BYTES = 128 << 10  # what Linux reads ahead of a file system that says nothing else
FOLDER_KEYS = 100
OPS = ("ListObjectsV2", "GetObject", "HeadObject")


def spread(values, form="{:.2f}"):
    show = form.format
    return f"{show(statistics.median(values))} ({show(min(values))}-{show(max(values))})"


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def wait_until(process, condition):
    while not condition():
        if process.poll() is not None:
            sys.exit(f"{process.args[:2]} ended with {process.returncode}")
        time.sleep(0.01)


class Service:
    """Counts requests with a fault a kind of call, which waits for as long as it is told."""

    def __init__(self, place):
        self.bucket = place / "served" / "oss" / "backup"
        self.bucket.mkdir(parents=True)
        self.faults = place / "faults"
        self.ready = place / "served.ready"
        self.process = None

    def start(self, latency_ms):
        lines = [{"match": {"op": op}, "do": {"latency_ms": latency_ms}} for op in OPS]
        self.faults.write_text("".join(json.dumps(line) + "\n" for line in lines))
        self.ready.unlink(missing_ok=True)
        folder = str(self.bucket.parents[1])
        command = [OTSFS, "serve", "--dir", folder, "--ready", str(self.ready), "--fault", str(self.faults)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self.process, self.ready.exists)
        self.url = json.loads(self.ready.read_text())["oss"]

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def counts(self):
        with urllib.request.urlopen(f"{self.url}/-otsfs/faults") as answer:
            return dict(zip(OPS, (line["used"] for line in json.load(answer))))

    def since(self, before):
        return {op: n - before[op] for op, n in self.counts().items()}

    def signed(self, key):
        """Source: OSS API reference, "Include signatures in URLs" (version 1)."""
        expires = str(int(time.time()) + 3600)
        text = f"GET\n\n\n{expires}\n/backup/{key}".encode()
        signature = base64.b64encode(hmac.new(SECRET.encode(), text, hashlib.sha1).digest()).decode()
        query = urllib.parse.urlencode({"OSSAccessKeyId": ID, "Expires": expires, "Signature": signature})
        return f"{self.url}/backup/{urllib.parse.quote(key)}?{query}"


class Mount:
    """A fresh one: nothing listed, nothing in the kernel's cache."""

    def __init__(self, place, service):
        self.path, ready = place / "mnt", place / "mount.ready"
        self.path.mkdir(exist_ok=True)
        ready.unlink(missing_ok=True)
        command = [OTSFS, "mount", "-f", "--ready", str(ready), "--state", str(place / "state")]
        command += ["--endpoint", service.url, "oss://backup", str(self.path)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self.process, ready.exists)
        self.raw = self.path / "raw"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([OTSFS, "umount", str(self.path)], check=True)
        self.process.wait()

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024


def fill(path, size):
    """Bytes that do not repeat, in memory afterwards."""
    block = random.Random(size).randbytes(1 << 20)
    with open(path, "wb") as out:
        for i in range(size >> 20):
            out.write(i.to_bytes(8, "big") + block[8:])
    path.read_bytes()


def small_reads(path, count=200):
    picks = random.Random(1)
    fd = os.open(path, os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
    start = time.perf_counter()
    for _ in range(count):
        os.pread(fd, 4096, picks.randrange(FILE_BYTES // 4096) * 4096)
    took = time.perf_counter() - start
    os.close(fd)
    return count / took


def throughput(place, service):
    names = [f"{i:03}.bin" for i in range(FILES)]
    for name in names:
        fill(service.bucket / name, FILE_BYTES)
    service.start(0)
    urls = place / "urls"
    urls.write_text("".join(f'url = "{service.signed(name)}"\noutput = /dev/null\n' for name in names))
    curl, cat, small = [], [], []
    for _ in range(ROUNDS):
        curl.append(seconds(["curl", "-sf", "-Z", "--parallel-max", "8", "-K", str(urls)]))
        with Mount(place, service) as mount:
            os.listdir(mount.raw)
            cat.append(seconds(["cat", *(str(mount.raw / name) for name in names)]))
        with Mount(place, service) as mount:
            small.append(small_reads(mount.raw / names[0]))
    mb = FILES * FILE_BYTES / 1e6
    print(f"cold cat of {FILES} x 16 MiB: {spread([mb / s for s in cat], '{:.0f}')} MB/s")
    print(f"  curl -Z --parallel-max 8:   {spread([mb / s for s in curl], '{:.0f}')} MB/s")
    print(f"  ratio: {spread([c / s for c, s in zip(curl, cat)])}, goal 0.45")
    print(f"4 KiB at random places of one object: {spread(small, '{:.0f}')} a second")


def tree(place, service):
    folders = -(-KEYS // FOLDER_KEYS)
    for n in range(folders):
        hour = datetime.datetime(2024, 1, 1) + datetime.timedelta(hours=n)
        folder = service.bucket / hour.strftime("orders/%Y/%m/%d/%H")
        folder.mkdir(parents=True)
        for i in range(min(FOLDER_KEYS, KEYS - n * FOLDER_KEYS)):
            (folder / f"part-{n:05}-{i:03}.csv").write_bytes(b"1,a\n")
    service.start(0)
    cold, warm, each = [], [], []
    for _ in range(ROUNDS if KEYS <= 100000 else 1):
        with Mount(place, service) as mount:
            before, resident = service.counts(), mount.resident_bytes()
            command = ["sh", "-c", f"ls -R '{mount.raw}' | grep -c csv"]
            cold.append(seconds(command))
            asked = service.since(before)
            each.append((mount.resident_bytes() - resident) / KEYS)
            warm.append(seconds(command))
            shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            assert int(shown) == KEYS, f"ls -R shows {shown} of {KEYS}"
    print(f"ls -R of {KEYS} keys in {folders} folders: {spread(cold)} s, again {spread(warm)} s")
    print(f"  requests {asked}")
    print(f"  resident bytes a key: {spread(each, '{:.0f}')}, goal 150")


def first_byte(path):
    start = time.perf_counter()
    with open(path, "rb", buffering=0) as file:
        file.read(1)
    return (time.perf_counter() - start) * 1000


def read_ahead_alone(service, key, count):
    """What the kernel does by itself: one range is read while the next one is on its way."""
    address = urllib.parse.urlparse(service.url).netloc
    target = service.signed(key)[len(service.url) :]

    def every_other(start):
        connection = http.client.HTTPConnection(address)
        for i in range(start, count, 2):
            first = i * READ_AHEAD_BYTES
            connection.request("GET", target, headers={"Range": f"bytes={first}-{first + READ_AHEAD_BYTES - 1}"})
            assert len(connection.getresponse().read()) == READ_AHEAD_BYTES
        connection.close()

    threads = [threading.Thread(target=every_other, args=(i,)) for i in range(2)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count * READ_AHEAD_BYTES / 1e6 / (time.perf_counter() - start)


def latency(place, service):
    folder = service.bucket / "a" / "b" / "c"
    folder.mkdir(parents=True)
    for i in range(8):
        fill(folder / f"{i}.bin", 4 << 20)
    fill(service.bucket / "large.bin", LARGE_BYTES)
    service.start(LATENCY_MS)
    listed, cold, requests = [], [], {}
    large, alone = [], []
    for i in range(ROUNDS):
        with Mount(place, service) as mount:
            before = service.counts()
            cold.append(first_byte(mount.raw / "a/b/c/0.bin"))
            requests["cold mount"] = service.since(before)
            os.listdir(mount.raw / "a/b/c")
            before = service.counts()
            listed.append(first_byte(mount.raw / "a/b/c/1.bin"))
            requests["listed folder"] = service.since(before)
        with Mount(place, service) as mount:
            os.listdir(mount.raw)
            large.append(LARGE_BYTES / 1e6 / seconds(["cat", str(mount.raw / "large.bin")]))
        alone.append(read_ahead_alone(service, "large.bin", 100))
    print(f"with {LATENCY_MS} ms a request:")
    print(f"  first byte, folder listed: {spread(listed, '{:.0f}')} ms, goal 2 round trips, {requests['listed folder']}")
    print(f"  first byte, cold mount, 4 levels: {spread(cold, '{:.0f}')} ms, goal 6, {requests['cold mount']}")
    print(f"  cat of 256 MiB: {spread(large, '{:.0f}')} MB/s; two ranges of 128 KiB in turn: {spread(alone, '{:.1f}')} MB/s")
    print(f"  ratio: {spread([a / b for a, b in zip(large, alone)], '{:.0f}')}, goal 40")


FIGURES = {"throughput": throughput, "tree": tree, "latency": latency}


def main():
    for name in ("OSS_ENDPOINT", "OSS_REGION", "OSS_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_ID"):
        os.environ.pop(name, None)
    for name in sys.argv[1:] or FIGURES:
        with tempfile.TemporaryDirectory(prefix="otsfs-bench-") as folder, contextlib.ExitStack() as stack:
            place = pathlib.Path(folder)
            service = Service(place)
            stack.callback(service.stop)
            FIGURES[name](place, service)


main()
