"""Nothing that a practice may enter as its webhook makes us connect to the inside of a network."""

import ipaddress
import socket
import threading

import pytest

from coordination.channels import egress
from coordination.channels.base import Result
from coordination.channels.webhook import WebhookChannel
from tests.coordination.test_webhooks import KEY, message

# {p} is the port of a sentinel on this machine, which is allowed as far as ports go.
LITERALS = """
http://127.0.0.1:{p}/  https://127.0.0.1:{p}/  https://127.0.0.1/  https://127.1:{p}/
https://127.0.1:{p}/  https://127.0.0.1.:{p}/  https://2130706433:{p}/  https://0x7f000001:{p}/
https://0x7f.0.0.1:{p}/  https://0x7f.1:{p}/  https://017700000001:{p}/  https://0177.0.0.1:{p}/
https://0177.0x0.0.1:{p}/  https://127.0.0.0x1:{p}/  https://127.000.000.001:{p}/
https://0:{p}/  https://0.0.0.0:{p}/  https://00000000:{p}/  https://[::1]:{p}/  https://[::]:{p}/
https://[0:0:0:0:0:0:0:1]:{p}/  https://[::ffff:127.0.0.1]:{p}/  https://[::ffff:7f00:1]:{p}/
https://[::127.0.0.1]:{p}/  https://[64:ff9b::7f00:1]:{p}/  https://[64:ff9b:1::7f00:1]:{p}/
https://[2002:7f00:1::]:{p}/  https://[2001:0:7f00:1::]:{p}/  https://[fe80::1%25lo]:{p}/
https://[::1%25lo]:{p}/  https://localhost:{p}/  https://LOCALHOST:{p}/  https://localhost.:{p}/
https://169.254.169.254/latest/meta-data/  https://[fd00:ec2::254]/  https://2852039166/
https://0xa9fea9fe/  https://0251.0376.0251.0376/  https://169.254.43518/
https://10.0.0.1/  https://10.1/  https://172.16.0.1/  https://192.168.0.1/  https://100.64.0.1/
https://192.0.0.192/  https://198.18.0.1/  https://224.0.0.1/  https://240.0.0.1/
https://255.255.255.255/  https://192.88.99.1/  https://8.8.8.8/  https://[2606:4700::1111]/
https://user@hooks.spine.example/  https://user:pass@hooks.spine.example/
https://hooks.spine.example@127.0.0.1:{p}/  https://127.0.0.1:{p}@hooks.spine.example/
https://hooks.spine.example\\@127.0.0.1:{p}/  https://127.0.0.1:{p}\\@hooks.spine.example/
https://hooks.spine.example#@127.0.0.1:{p}/  https://127.0.0.1:{p}#.spine.example/
https://127.0.0.1%00.spine.example:{p}/  https://127.0.0.1%2f.spine.example:{p}/
https://hooks.spine.example:80/  https://hooks.spine.example:22/  https://hooks.spine.example:0/
https://hooks.spine.example:65536/  https://hooks.spine.example:4_43/  https://hooks.spine.example:/
https://hooks..spine.example/  https://.spine.example/  https://-a.spine.example/  https://spine/
https://hooks.spine.example.  https://HOOKS.spine.example/  https://hooks.spine.ex_ample/
http://hooks.spine.example/  ftp://hooks.spine.example/  file:///etc/passwd  gopher://127.0.0.1/
//127.0.0.1:{p}/  https:127.0.0.1:{p}  https:///127.0.0.1:{p}/  https:\\\\127.0.0.1:{p}/
javascript:alert(1)  https://  https://?x  https://hooks.spine.example?x
""".split()  # noqa: SIM905 - one address a line would hide the pattern
ODD = [
    "", " https://hooks.spine.example/", "https://hooks.spine.example/\n",
    "https://hooks.spine.example/ HTTP/1.1\r\nHost: 127.0.0.1", "https://hooks.spine.example/\ta",
    "https://127\u30020\u30020\u30021:{p}/", "https://\u2460\u2461\u2466.0.0.1:{p}/",
    "https://\uff11\uff12\uff17.0.0.1:{p}/", "https://127.0.0.1\u2024:{p}/", "https://loc\u0430lhost.example/",
    "https://hooks.spine.example/\u2028", "https://" + "a" * 64 + ".example/",
    "https://" + "a." * 140 + "example/", "https://hooks.spine.example/" + "a" * 4000,
]  # fmt: skip
# What a name may lead to. "Public" ones stand beside them, so that the first is not all we look at.
INSIDE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1",
    "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
    "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::1", "::",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::",
    "2001:db8::1", "2001:10::1", "2001:20::1", "2002:7f00:1::1", "2002:a00:1::", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "5f00::1", "4000::1", "168.63.129.16",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001::1",
           "::ffff:8.8.8.8"]  # fmt: skip


class Sentinel:
    """Listens on this machine, in both families, and notes every connection."""

    def __init__(self):
        self.connections, self._stop = [], threading.Event()
        self._ears = [socket.create_server(("127.0.0.1", 0))]
        self.port = self._ears[0].getsockname()[1]
        if socket.has_dualstack_ipv6():
            self._ears.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        self._threads = [threading.Thread(target=self._listen, args=(ear,)) for ear in self._ears]
        for thread in self._threads:
            thread.start()

    def _listen(self, ear):
        ear.settimeout(0.05)
        while not self._stop.is_set():
            try:
                connection, peer = ear.accept()
            except TimeoutError:
                continue
            self.connections.append(peer)
            connection.close()

    def close(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for ear in self._ears:
            ear.close()


@pytest.fixture(scope="module")
def sentinel():
    found = Sentinel()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def allowed_port(settings, sentinel):
    settings.WEBHOOK_PORTS = {443, sentinel.port}


def send(address):
    return WebhookChannel().send(key=KEY, address=address, message=message())


def resolve(monkeypatch, *answers):
    """Let names lead here; each call takes the next answer. Returns the names that were asked."""
    asked, left = [], list(answers)

    def getaddrinfo(host, port, *args, **more):
        asked.append(host)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (families[ipaddress.ip_address(a).version], socket.SOCK_STREAM, 6, "", (a, port))
            for a in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_the_list_is_long_enough_to_mean_something():
    assert len(set(LITERALS)) + len(ODD) >= 60
    assert len(INSIDE) >= 40


@pytest.mark.parametrize("address", [*LITERALS, *ODD])
def test_an_address_that_is_no_plain_https_name_is_refused_before_any_lookup(
    address, sentinel, monkeypatch
):
    asked = resolve(monkeypatch, ["127.0.0.1"])
    receipt = send(address.replace("{p}", str(sentinel.port)))
    assert (receipt.result, receipt.code) == (Result.REFUSED, "webhook_bad_url")
    assert asked == []
    assert sentinel.connections == []


@pytest.mark.parametrize("inside", INSIDE)
def test_a_name_is_refused_if_any_of_its_addresses_is_inside(inside, sentinel, monkeypatch):
    for answer in ([inside], ["8.8.8.8", inside], [inside, "2606:4700::1111"]):
        asked = resolve(monkeypatch, answer)
        receipt = send(f"https://hooks.spine.example:{sentinel.port}/")
        assert (receipt.result, receipt.code) == (Result.REFUSED, "webhook_forbidden_address")
        assert asked == ["hooks.spine.example"]
    assert sentinel.connections == []


@pytest.mark.parametrize("outside", OUTSIDE)
def test_an_address_of_the_open_internet_is_public(outside):
    assert egress.is_public(ipaddress.ip_address(outside))


def test_a_public_network_of_our_own_can_be_forbidden(settings):
    settings.WEBHOOK_FORBIDDEN_NETWORKS = (ipaddress.ip_network("8.8.8.0/24"),)
    assert not egress.is_public(ipaddress.ip_address("8.8.8.8"))
    assert not egress.is_public(ipaddress.ip_address("::ffff:8.8.8.8"))
    assert egress.is_public(ipaddress.ip_address("8.8.4.4"))


def test_a_name_that_is_rebound_after_the_check_changes_nothing(sentinel, monkeypatch):
    # Public when it is checked, this machine whenever it is asked again.
    asked = resolve(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    reached = []

    def connect(self, address):
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    receipt = send(f"https://hooks.spine.example:{sentinel.port}/")
    assert (receipt.result, receipt.code) == (Result.RETRY, "webhook_unreachable")
    assert asked[0] == "hooks.spine.example"
    assert asked.count("hooks.spine.example") == 1
    assert sentinel.connections == []


def test_a_proxy_of_the_environment_is_not_used(sentinel, monkeypatch):
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{sentinel.port}")
    resolve(monkeypatch, ["10.0.0.1"])
    assert send("https://hooks.spine.example/").code == "webhook_forbidden_address"
    assert sentinel.connections == []


def test_loopback_is_used_only_where_it_is_switched_on_and_only_by_number(settings, sentinel):
    address = f"http://127.0.0.1:{sentinel.port}/x"
    assert send(address).code == "webhook_bad_url"
    settings.WEBHOOK_MAY_USE_LOOPBACK = True
    for other in ("http://localhost", "http://127.0.0.2", "http://10.0.0.1", "https://127.0.0.1"):
        assert send(f"{other}:{sentinel.port}/").code == "webhook_bad_url"
    assert sentinel.connections == []
    assert egress.read(address).port == sentinel.port
    # The sentinel hears this one, so it would have heard the others.
    assert send(address).code == "webhook_no_answer"
    assert len(sentinel.connections) == 1
    sentinel.connections.clear()
