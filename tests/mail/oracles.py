"""Other people's programs that read our mail: what they say of it, or why they could not be asked."""

import json
import os
import shutil
import subprocess
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
