"""https asked by curl on a host: authorities that come along, and what is wrong with a certificate told apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from deployer.host import observed
from deployer.host.observed import CurlAnswer
from tests.host.door import Watch
from tests.host.stand import Stand
from tests.host.test_program_observe import NUMBERS, left_over, observe
from tests.probes.authority import Authority, Certificate

SERVE = """
import ssl, sys
from http.server import HTTPServer, SimpleHTTPRequestHandler
server = HTTPServer(("127.0.0.1", int(sys.argv[1])), SimpleHTTPRequestHandler)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(sys.argv[2])
server.socket = tls.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""

NAMED = (("Host", "app.example.com"),)


@contextmanager
def serving(stand: Stand, certificate: Certificate) -> Iterator[str]:
    """Serve https on the host with a certificate; the URL."""
    name, folder, port = f"{stand.site.service}-https", f"/tmp/{stand.site.service}", stand.site.port
    stand.host.sh(f"mkdir -p {folder}")
    stand.host.write(f"{folder}/serve.py", SERVE)
    stand.host.write(f"{folder}/pem", certificate.path.read_text())
    run = f"python3 {folder}/serve.py {port} {folder}/pem"
    stand.host.sh(f"systemd-run --quiet --collect --unit={name} --working-directory={folder} {run}")
    stand.host.sh(f"timeout 60 sh -c 'until ss -Hltn sport = :{port} | grep -q .; do sleep 0.1; done'")
    yield f"https://127.0.0.1:{port}/"
    stand.host.sh(f"systemctl stop {name}; rm -rf {folder}")


def _ask(watch: Watch, url: str, authorities: str, headers: tuple[tuple[str, str], ...] = ()) -> CurlAnswer:
    watch.send(observed.ask(f"q{next(NUMBERS)}", url, timeout=20, headers=headers, authorities=authorities))
    return watch.wait_for(CurlAnswer)


def test_curl_trusts_the_authorities_that_came_along_and_asks_by_the_host_headers_name(
    each_stand: Stand, tmp_path: Path
) -> None:
    stand = each_stand
    stand.inspect()
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    with serving(stand, authority.give("app.example.com")) as url, stand.door.observe(observe(stand)) as watch:
        watch.send(observed.trust("ca0", authority.path.read_bytes()))
        watch.send(observed.trust("ca1", other.path.read_bytes()))
        good = _ask(watch, url, "ca0", NAMED)
        assert (good.status, good.exit, b"serve.py" in good.body) == (200, 0, True)
        of_another_name = _ask(watch, url, "ca0")
        assert (of_another_name.exit, of_another_name.verify) == (60, 1)
        for authorities in ("ca1", ""):
            untrusted = _ask(watch, url, authorities, NAMED)
            assert (untrusted.status, untrusted.exit) == (0, 60)
            assert untrusted.verify in {18, 19, 20, 21}
        watch.end()
    assert left_over(stand) == ""


def test_curl_tells_a_certificate_that_has_run_out(stand: Stand, tmp_path: Path) -> None:
    stand.inspect()
    authority = Authority(tmp_path)
    gone = authority.give("app.example.com", valid=-timedelta(days=1))
    with serving(stand, gone) as url, stand.door.observe(observe(stand)) as watch:
        watch.send(observed.trust("ca0", authority.path.read_bytes()))
        expired = _ask(watch, url, "ca0", NAMED)
        assert (expired.exit, expired.verify) == (60, 10)
        watch.end()
