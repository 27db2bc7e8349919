"""The real command line as subprocesses, against real servers on loopback."""
