"""How much of an upload is on its way: little while the host reads, all that sshd allows while it does not."""

from deployer.transport.execution import LEAST_AHEAD
from deployer.transport.ssh import SshTransport

SIZE = 6 << 20


def test_an_upload_far_longer_than_the_credit_arrives_whole(host: SshTransport) -> None:
    assert SIZE > 10 * LEAST_AHEAD
    assert host.run("wc -c", stdin=bytes(SIZE), timeout=30).stdout.split() == [str(SIZE).encode()]


def test_a_command_that_reads_late_gets_everything(host: SshTransport) -> None:
    assert host.run("sleep 2; wc -c", stdin=bytes(SIZE), timeout=30).stdout.split() == [str(SIZE).encode()]


def test_a_command_that_never_reads_ends_as_it_likes(host: SshTransport) -> None:
    assert host.run("sleep 2; exit 3", stdin=bytes(SIZE), timeout=30).status == 3
