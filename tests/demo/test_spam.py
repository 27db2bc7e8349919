"""SpamAssassin finds the demo's mail unsuspicious, its own two parts alike."""

import re
import subprocess
from pathlib import Path

from tests.acceptance.house import DIGEST
from tests.mail import oracles


def test_spamassassin_gives_the_demos_mail_less_than_two_points(tmp_path: Path) -> None:
    program = oracles.needs("spamassassin", "spamassassin")
    subprocess.run([DIGEST, "demo", "--once", "--dir", tmp_path], check=True, capture_output=True)
    mail = next(file for file in sorted((tmp_path / "mail").rglob("*")) if file.is_file()).read_bytes()

    said = subprocess.run([program, "-L", "-t"], input=mail, capture_output=True, check=True).stdout.decode()

    score = re.search(r"score=(-?[\d.]+)", said)
    assert score is not None
    assert float(score[1]) < 2, said
    assert "MPART_ALT_DIFF" not in said
