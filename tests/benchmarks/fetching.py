"""Fetches one address in a process of its own and prints what that cost at most: `python -m tests.benchmarks.fetching URL [LIMIT]`."""

import resource
import subprocess
import sys
from pathlib import Path

from digest.errors import FetchError
from digest.sources.http import FEED_LIMIT, Http

_STATUS = Path("/proc/self/status")


def cost(url: str, limit: int = FEED_LIMIT) -> tuple[int, str]:
    """Return by how many bytes a fresh process grew at its largest, and the answer's size or the error."""
    command = [sys.executable, "-m", "tests.benchmarks.fetching", url, str(limit)]
    grown, said = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split(maxsplit=1)
    return int(grown), said.strip()


def _largest() -> int:
    """Return the most memory this process ever had, in bytes; where the system's own count would include its parent's, from Linux."""
    if _STATUS.exists():
        return (
            next(int(line.split()[1]) for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM")) * 1024
        )
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS counts bytes


def main(url: str, limit: int) -> None:
    """Fetch, and print what it cost."""
    with Http() as http:
        before = _largest()
        try:
            said = str(len(http.get(url, allow_private=True, limit=limit).body))
        except FetchError as error:
            said = error.detail
        sys.stdout.write(f"{_largest() - before} {said}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
