"""The local service as a fixture: a process of its own, ready when its ready file is there; the
official SDKs as fixtures: a process each (drivers.py)."""

import itertools
import json
import os
import signal
import subprocess
import time

import pytest

import drivers
from sdk_cases import KEY, OLD_ENOUGH_S

OTSFS = os.environ.get("OTSFS", "build/otsfs")
DEADLINE_S = 20

KEY_ID = "interop-key"
KEY_SECRET = "interop-secret"


class Service:
    """One `otsfs serve`. The ready file appears whole, by rename, once requests are accepted."""

    def __init__(self, folder, *arguments, token=None):
        self.ready_path = os.path.join(str(folder), "ready.json")
        self.arguments = [OTSFS, "serve", "--ready", self.ready_path, *arguments]
        self.token = token
        self.process = None
        self.start()

    def start(self):
        environment = dict(os.environ)
        environment.pop("ALIBABA_CLOUD_SECURITY_TOKEN", None)
        environment["ALIBABA_CLOUD_ACCESS_KEY_ID"] = KEY_ID
        environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = KEY_SECRET
        if self.token is not None:
            environment["ALIBABA_CLOUD_SECURITY_TOKEN"] = self.token
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

    def start(*arguments, **how):
        folder = tmp_path / f"service-{len(started)}"
        folder.mkdir()
        started.append(Service(folder, *arguments, **how))
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


def pytest_configure(config):
    config.addinivalue_line("markers", "only(language, …): the SDKs whose API can do what is tested")


def pytest_collection_modifyitems(config, items):
    """What INTEROP_SKIP names is not run, nor what an SDK has no call for; neither is counted as
    skipped, which would be a failure of the test command."""
    try:
        left_out = drivers.left_out()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error

    def is_left_out(item):
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        language = parameters.get("sdk") or parameters.get("language")
        if "oss" in parameters:  # (language, SDK, signature)
            language = parameters["oss"][0]
        only = item.get_closest_marker("only")
        return language in left_out or (only is not None and language not in only.args)

    deselected = [item for item in items if is_left_out(item)]
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if not is_left_out(item)]


@pytest.fixture(scope="session", name="driver_commands")
def _driver_commands():
    """Commands of drivers by language; a build that failed fails each test of its language."""
    made = {}

    def command(language):
        if language not in made:
            try:
                made[language] = drivers.command_of(language)
            except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
                made[language] = error
        if isinstance(made[language], Exception):
            pytest.fail(f"the {language} driver cannot be built: {made[language]}", pytrace=False)
        return made[language]

    return command


@pytest.fixture
def start_sdk(driver_commands):
    """Start drivers of one's own; each must end well at the end."""
    started = []

    def start(language, **environment):
        started.append(drivers.Driver(language, driver_commands(language), **environment))
        return started[-1]

    yield start
    assert [one.close() for one in started] == [0] * len(started)


@pytest.fixture(scope="module", params=sorted(drivers.LANGUAGES))
def sdk(request, service, driver_commands):
    """Every official SDK in turn, connected to the service of the file."""
    one = drivers.Driver(request.param, driver_commands(request.param))
    one.connect(service.url, KEY_ID, KEY_SECRET)
    yield one
    assert one.close() == 0


TABLE_NUMBERS = itertools.count(1)


@pytest.fixture
def make_table(sdk):
    """Make tables that are dropped at the end."""
    made = []

    def make(key, **options):
        name = f"sdk{next(TABLE_NUMBERS)}"
        sdk.create_table(name, key, **{"versions": 3, "deviation": OLD_ENOUGH_S, **options})
        made.append(name)
        return name

    yield make
    for name in made:
        sdk.delete_table(name)


@pytest.fixture
def table(make_table):
    """One with a STRING and an INTEGER key and three versions."""
    return make_table(KEY)
