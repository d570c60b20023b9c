"""Ten minutes (SOAK_SECONDS) of mount, read, restore, change and unmount, with everything compared."""

import json
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))
from conftest import OTSFS, SAMPLES, wait_for


def run(*args, **kwargs):
    return subprocess.run([OTSFS, *map(str, args)], capture_output=True, check=True, timeout=120, **kwargs).stdout


def resident_kib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def test_soak(tmp_path, service):
    rng = random.Random(20231114)
    hour = tmp_path / "backup" / "orders" / "2023/11/14/22"
    hour.mkdir(parents=True)
    for sample in SAMPLES:
        shutil.copy(sample, hour)
    mnt = tmp_path / "mnt"
    mnt.mkdir()
    expected = {s.name: run("cat", s) for s in SAMPLES}
    tree = "tables/orders/2023/11/14/22"
    until = time.monotonic() + SECONDS
    rounds = 0
    while time.monotonic() < until:
        run("mount", "--refresh", "1", "--restore-to", service, "--restore-wait", "--state",
            tmp_path / "state", tmp_path / "backup", mnt)
        try:
            pid = json.loads((mnt / "status/mount.json").read_text())["pid"]
            before = None
            for step in range(200):
                if time.monotonic() >= until:
                    break
                name = rng.choice(sorted(expected))
                path = mnt / tree / f"{name}.jsonl"
                assert path.read_bytes() == expected[name]
                choice = rng.randrange(4)
                if choice == 0:
                    target = mnt / "restore/orders" / f"{rounds}-{step}.jsonl"
                    subprocess.run(["cp", path, target], check=True, timeout=120)
                elif choice == 1:
                    subprocess.run(["grep", "-rc", "PUT", mnt / "by-time"], check=True,
                                   stdout=subprocess.DEVNULL, timeout=120)
                elif choice == 2:
                    new = hour / f"IncData-{1700000060000 + rounds * 1000 + step}.csv"
                    shutil.copy(SAMPLES[1], new)
                    wait_for("the new object", (mnt / tree / f"{new.name}.jsonl").exists)
                    expected[new.name] = expected[SAMPLES[1].name]
                else:
                    subprocess.run(["ls", "-lR", mnt / "raw"], check=True, stdout=subprocess.DEVNULL, timeout=120)
                if step == 50:
                    before = resident_kib(pid)
            if before is not None:
                # Bounded: a round may not grow by more than the cache that it may fill.
                assert resident_kib(pid) < before + 64 * 1024
        finally:
            run("umount", mnt)
        for report in (tmp_path / "state/jobs").glob("*/report.json"):
            counts = json.loads(report.read_text())
            assert counts["read"] == counts["written"] + counts["filtered"] + counts["skipped"] + \
                counts["superseded"] + counts["dead"]
            assert counts["state"] == "done", counts
        rounds += 1
    assert rounds > 0
    print(f"{rounds} rounds")
