"""The local service as a fixture: a process of its own, ready when its ready file is there."""

import json
import os
import signal
import subprocess
import time

import pytest

OTSFS = os.environ.get("OTSFS", "build/otsfs")
DEADLINE_S = 20

KEY_ID = "interop-key"
KEY_SECRET = "interop-secret"


class Service:
    """One `otsfs serve`. The ready file appears whole, by rename, once requests are accepted."""

    def __init__(self, folder, *arguments):
        self.ready_path = os.path.join(str(folder), "ready.json")
        self.arguments = [OTSFS, "serve", "--ready", self.ready_path, *arguments]
        self.process = None
        self.start()

    def start(self):
        environment = dict(os.environ)
        environment.pop("ALIBABA_CLOUD_SECURITY_TOKEN", None)
        environment["ALIBABA_CLOUD_ACCESS_KEY_ID"] = KEY_ID
        environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = KEY_SECRET
        if os.path.exists(self.ready_path):
            os.unlink(self.ready_path)
        self.process = subprocess.Popen(
            self.arguments, env=environment, stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + DEADLINE_S
        while not os.path.exists(self.ready_path):
            if self.process.poll() is not None:
                raise RuntimeError(f"serve ended with {self.process.returncode}")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError("serve was not ready in time")
            time.sleep(0.01)
        with open(self.ready_path, encoding="utf-8") as file:
            self.ready = json.load(file)

    @property
    def url(self):
        return self.ready["ots"]

    def stop(self):
        """Ask it to stop and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_S)

    def kill(self):
        self.process.kill()
        self.process.wait(DEADLINE_S)


@pytest.fixture
def start_service(tmp_path):
    """Start services with options of one's own; all are stopped at the end."""
    started = []

    def start(*arguments):
        folder = tmp_path / f"service-{len(started)}"
        folder.mkdir()
        started.append(Service(folder, *arguments))
        return started[-1]

    yield start
    for service in started:
        if service.process.poll() is None:
            service.kill()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """One service in memory for all tests of a file; it must stop cleanly."""
    one = Service(tmp_path_factory.mktemp("service"))
    yield one
    assert one.stop() == 0
