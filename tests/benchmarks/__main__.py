"""Measures the program against what others do; prints tables."""

import sys

from tests.benchmarks import content, ingest, simulate

if __name__ == "__main__":
    content.main()
    sys.stdout.write("\ncollecting\n\n")
    ingest.main()
    sys.stdout.write("\nsimulating a year\n\n")
    simulate.main()
