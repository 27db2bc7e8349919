"""`digest run` and the parts of the service: serve, web, scheduler, worker."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated
from urllib.parse import urlsplit

import typer
import uvicorn

from digest import config, pipeline, scheduler, worker
from digest.cli.options import ConfigOption, running
from digest.clock import fixed_clock, parse_instant, system_clock
from digest.runtime import Runtime, opened
from digest.web import create_app

_DEFAULT_PORT = 8765
HostOption = Annotated[str, typer.Option("--host", help="The address to listen on.")]
PortOption = Annotated[int | None, typer.Option("--port", help="The port; default the one of [site] url, else 8765.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (run, serve, web):
        app.command()(command)
    app.command("scheduler")(scheduler_)
    app.command("worker")(worker_)


def run(
    at: Annotated[str | None, typer.Option("--at", help="As if it were this instant; default now.")] = None,
    path: ConfigOption = None,
) -> None:
    """Do everything that is due, then exit: collect, draft, freeze, deliver. Safe to repeat.

    Example: digest run --at 2026-11-24T07:30:00+04:00
    """
    clock = fixed_clock(parse_instant(at)) if at else system_clock
    with running(path, clock) as runtime:
        pipeline.run_due(runtime)


def serve(path: ConfigOption = None, host: HostOption = "127.0.0.1", port: PortOption = None) -> None:
    """Run all in one process: web pages, scheduler and workers, until SIGTERM or Ctrl-C.

    Example: digest serve --host 0.0.0.0 --port 8765
    """
    with opened(config.load(path)) as runtime:
        serve_all(runtime, host, port or port_of(runtime))


def web(path: ConfigOption = None, host: HostOption = "127.0.0.1", port: PortOption = None) -> None:
    """Run the web pages only.

    Example: digest web --port 8765
    """
    with opened(config.load(path)) as runtime:
        _Server(runtime, host, port or port_of(runtime), _told_to_stop()).run()


def scheduler_(path: ConfigOption = None) -> None:
    """Run the ticks only: collect, draft, freeze and plan when it is time. Any number may run.

    Example: digest scheduler --config /srv/newsletter/config.toml
    """
    _until_told(path, scheduler.run)


def worker_(path: ConfigOption = None) -> None:
    """Run a worker only: hand over what is due. Any number may run.

    Example: digest worker --config /srv/newsletter/config.toml
    """
    _until_told(path, worker.run)


def serve_all(runtime: Runtime, host: str, port: int) -> None:
    """Run scheduler and worker in threads beside the web server; told to stop, they finish what they began."""
    stop = _told_to_stop()
    parts = [
        threading.Thread(target=part, args=(runtime, stop), name=name)
        for name, part in (("scheduler", scheduler.run), ("worker", worker.run))
    ]
    for part in parts:
        part.start()
    try:
        _Server(runtime, host, port, stop).run()
    finally:
        stop.set()
        for part in parts:
            part.join()


def port_of(runtime: Runtime) -> int:
    """Return the port of the site's own address where it is on loopback, else the default."""
    parts = urlsplit(runtime.settings.site.url)
    return parts.port or _DEFAULT_PORT if parts.hostname in {"127.0.0.1", "localhost", "::1"} else _DEFAULT_PORT


def _until_told(path: Path | None, part: Callable[[Runtime, threading.Event], None]) -> None:
    stop = _told_to_stop()
    with running(path) as runtime:
        part(runtime, stop)


def _told_to_stop() -> threading.Event:
    """Return an event that SIGTERM and Ctrl-C set from now on, instead of ending the process where it stands."""
    stop = threading.Event()

    def told(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
    return stop


class _Server(uvicorn.Server):
    """The web server; it keeps no access log, for addresses of pages hold tokens. What tells it to stop sets `stop` at once."""

    def __init__(self, runtime: Runtime, host: str, port: int, stop: threading.Event) -> None:
        self._stop = stop
        app = create_app(runtime)
        super().__init__(
            uvicorn.Config(app, host=host, port=port, access_log=False, log_config=None, timeout_graceful_shutdown=5)
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Hand the signal on: uvicorn has it to itself while it runs, and raises it again only when it is done."""
        self._stop.set()
        super().handle_exit(sig, frame)
