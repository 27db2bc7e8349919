"""Other people's programs that read our mail: what they say of it, or why they could not be asked."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MODULES = Path(__file__).parents[2] / ".tools" / "node_modules"

_PARSER = """
const { simpleParser } = require("mailparser");
const mails = JSON.parse(require("fs").readFileSync(0));
(async () => {
  const found = [];
  for (const mail of mails) {
    const one = await simpleParser(Buffer.from(mail, "base64"), { skipTextToHtml: true, skipHtmlToText: true });
    found.push({
      subject: one.subject ?? "", from: one.from.value, to: one.to.value, date: one.date, id: one.messageId,
      text: one.text ?? "", html: one.html, list: Object.fromEntries(one.headers).list ?? null,
      lines: one.headerLines.map((line) => line.key),
    });
  }
  process.stdout.write(JSON.stringify(found));
})();
"""

_AUTH = """
const { authenticate } = require("mailauth");
const given = JSON.parse(require("fs").readFileSync(0));
const resolver = async (name, type) => {
  const found = given.records[name.toLowerCase()];
  if (!found || type !== "TXT") { const error = new Error("no record"); error.code = "ENOTFOUND"; throw error; }
  return [found];
};
(async () => {
  const found = await authenticate(Buffer.from(given.mail, "base64"), {
    ip: "192.0.2.1", helo: "mail.example.org", sender: given.sender, mta: "mx.example.net", resolver, disableArc: true, disableBimi: true,
  });
  process.stdout.write(JSON.stringify({
    dkim: found.dkim.results.map((one) => [one.status.result, one.info, one.status.aligned || null]),
    spf: found.spf && found.spf.status.result, dmarc: found.dmarc && found.dmarc.status.result,
  }));
})();
"""


def mailparser(mails: list[str]) -> Any:
    """Have nodemailer's mailparser read mails in base64."""
    return _node("mailparser", _PARSER, mails)


def mailauth(mail: str, records: dict[str, list[str]], sender: str) -> Any:
    """Have mailauth check a mail in base64 against DNS records."""
    return _node("mailauth", _AUTH, {"mail": mail, "records": records, "sender": sender})


def _node(module: str, script: str, given: object) -> Any:
    if not shutil.which("node"):
        pytest.skip(f"{module} was not asked: there is no node on this machine")
    if not (MODULES / module).exists():
        pytest.skip(f"{module} was not asked: npm install --prefix .tools {module}")
    environment = {**os.environ, "NODE_PATH": str(MODULES)}
    run = subprocess.run(
        ["node", "-e", script], input=json.dumps(given), capture_output=True, text=True, env=environment, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def needs(program: str, package: str) -> str:
    """Return the path of a program, or skip the test and say how it would run."""
    found = shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
    if found is None:
        pytest.skip(f"{program} was not asked: apt-get install {package}")
    return found


_NAMES_OF_ITS_OWN = """
import json, socket, subprocess, sys, threading
import dns.flags, dns.message, dns.rrset
program, resolv, known = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run(["mount", "--bind", resolv, "/etc/resolv.conf"], check=True)
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))

def answer():
    while True:
        packet, peer = server.recvfrom(4096)
        asked = dns.message.from_wire(packet)
        reply = dns.message.make_response(asked)
        reply.flags |= dns.flags.RA
        name = asked.question[0].name
        strings = known.get(str(name).rstrip(".").lower())
        if strings:
            text = " ".join('"%s"' % one for one in strings)
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", text))
        server.sendto(reply.to_wire(), peer)

threading.Thread(target=answer, daemon=True).start()
sys.exit(subprocess.run([program, "-C"], stdin=sys.stdin).returncode)
"""


def opendkim(mail: bytes, records: dict[str, list[str]], folder: Path) -> int:
    """Have opendkim-testmsg check a mail, in a network of its own whose only name server knows these records; return its exit code."""
    program = needs("opendkim-testmsg", "opendkim-tools")
    resolv = folder / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\n", encoding="ascii")
    apart = [needs("unshare", "util-linux"), "--net", "--mount", "--map-root-user"]
    needs("ip", "iproute2")
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("opendkim-testmsg was not asked: this machine lets nobody have a network of their own")
    script = [sys.executable, "-c", _NAMES_OF_ITS_OWN, program, str(resolv), json.dumps(records)]
    return subprocess.run([*apart, *script], input=mail, capture_output=True, check=False).returncode
