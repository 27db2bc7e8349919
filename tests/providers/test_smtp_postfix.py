"""A second opinion: a real Postfix of our own queues, delivers and bounces what we hand over. Skipped where it cannot be started."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mail
from pathlib import Path

import pytest

from digest.mail import mime
from digest.testing.smtpd import Script, Smtpd
from digest.values import Accepted, Mailbox, Rejected
from tests.providers.wire import MODES, Gate, message, send, smtp

POSTFIX = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(
    POSTFIX is None or os.geteuid() != 0,
    reason="A Postfix of our own needs the package postfix and the rights of root.",
)
PATIENCE = 300  # looks, of a tenth of a second each
NOBODY = 65534

MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.org
mydestination =
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtpd_relay_restrictions = reject_unauth_destination
alias_maps =
recipient_delimiter = +
virtual_mailbox_domains = example.org, bounces.example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {{ known@example.org = known/ }}, {{ b@bounces.example.org = bounces/ }} }}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ gone@example.org = OK }} }}, reject_unlisted_recipient
bounce_queue_lifetime = 0
"""
MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    port: int
    folder: Path

    def mail(self, box: str, count: int) -> list[Mail]:
        """Wait until a mailbox has so many messages, and return them."""
        new = self.folder / "mail" / box / "new"
        for _ in range(PATIENCE):
            files = list(new.iterdir()) if new.is_dir() else []
            if len(files) >= count:
                return [message_from_bytes(file.read_bytes()) for file in files]
            threading.Event().wait(0.1)
        pytest.fail(f"{box} has no {count} messages. {(self.folder / 'mail.log').read_text()[-3000:]}")

    def log(self) -> str:
        return (self.folder / "mail.log").read_text()


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    assert POSTFIX is not None
    folder = Path(tempfile.mkdtemp(prefix="digest-postfix-"))
    folder.chmod(0o755)
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    for name, owner in {"etc": "root", "queue": "root", "data": "postfix", "mail": "nobody"}.items():
        (folder / name).mkdir()
        shutil.chown(folder / name, owner)
    (folder / "etc/main.cf").write_text(MAIN_CF.format(folder=folder))
    (folder / "etc/master.cf").write_text(MASTER_CF.format(port=port))
    started = subprocess.run([POSTFIX, "-c", str(folder / "etc"), "start"], capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr + started.stdout
    try:
        yield Postfix(port, folder)
    finally:
        subprocess.run([POSTFIX, "-c", str(folder / "etc"), "stop"], capture_output=True, check=True)
        shutil.rmtree(folder)


def test_postfix_queues_and_delivers_what_we_hand_over_to_the_byte(postfix: Postfix) -> None:
    messages = [message(number, recipient=Mailbox("known@example.org")) for number in range(60)]
    results = send(smtp(postfix.port, 4), messages, Gate(7))
    assert sum(isinstance(result, Accepted) for result in results.values()) == 59
    arrived = {mail["Message-ID"]: mail for mail in postfix.mail("known", 59)}
    assert set(arrived) == {one.message_id for one in messages if one.key.id != 7}
    for one in messages:
        if one.key.id != 7:
            written = message_from_bytes(mime.wire(one).replace(b"\r\n", b"\n"))
            mail = arrived[one.message_id]
            assert mail["Return-Path"] == f"<{one.envelope_sender}>"
            assert [str(part) for part in mail.get_payload()] == [str(part) for part in written.get_payload()]


def test_postfix_refuses_whom_it_does_not_know(postfix: Postfix) -> None:
    results = send(smtp(postfix.port), [message(1, recipient=Mailbox("nobody@example.org"))], Gate())
    result = results[1]
    assert isinstance(result, Rejected)
    assert (result.category, result.permanence) == ("unknown_user", "hard")


def test_a_bounce_of_postfix_comes_to_our_return_path_and_names_the_envelope(postfix: Postfix) -> None:
    one = message(1, recipient=Mailbox("gone@example.org"), envelope_sender="b+abcdefgh1234567890@bounces.example.org")
    with Smtpd(Script(extensions=MODES["everything"])) as server:
        send(smtp(server.port), [one], Gate())
        [kept] = server.kept
    assert isinstance(send(smtp(postfix.port), [one], Gate())[1], Accepted)
    [bounce] = postfix.mail("bounces", 1)
    assert bounce["Delivered-To"] == one.envelope_sender
    assert bounce.get_content_type() == "multipart/report"
    fields = {name: value for part in bounce.walk() for name, value in part.items()}
    assert fields.get("Original-Envelope-Id") == kept.mail.get("ENVID")
    assert fields["Action"] == "failed"
    assert fields["Status"] == "5.1.1"
    assert fields["Original-Recipient"] == "rfc822;gone@example.org"
    parts = [part.get_content_type() for part in bounce.walk()]
    assert ("text/rfc822-headers" in parts) is (kept.mail.get("RET") == "HDRS"), "then the body does not come back"
    assert one.message_id in bounce.as_string()
