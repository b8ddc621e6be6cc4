"""One slow request: open until it ends, and then told as it ended."""

import threading

from deployer.facts import SlowRequest
from deployer.plan.model import Expect, Health, ProbeFrom, ReleaseHeader
from deployer.traffic.aim import Aim
from deployer.traffic.shot import Fate, Shot
from deployer.traffic.slow import Slow
from deployer.transport.fake import FakeTransport


def test_a_slow_request_is_open_until_it_is_answered() -> None:
    answer = threading.Event()

    def shoot() -> Shot:
        answer.wait(30)
        return Shot("r1", Fate.OK, 1.2345)

    slow = Slow(shoot)
    slow.start()
    assert slow.fate() == SlowRequest("open")
    answer.set()
    tick = threading.Event()
    while slow.fate().fate == "open":
        tick.wait(0.005)
    assert slow.fate() == SlowRequest("ok", "r1", 1.234)


def test_it_asks_another_path_of_the_same_service() -> None:
    url = "http://10.0.0.1:8080/healthz?full=1"
    aim = Aim(Health(url, Expect(release=ReleaseHeader("X"))), url, ProbeFrom.LOCAL, FakeTransport(), "r2")
    assert aim.at("/report?days=30").url == "http://10.0.0.1:8080/report?days=30"
