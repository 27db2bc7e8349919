"""`digest init` and `digest db`: the files and tables that everything else needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from digest import config
from digest.cli.options import ConfigOption, JsonOption, print_json
from digest.clock import system_clock
from digest.config import Settings
from digest.engines.base import Engine, KeepsTables, Version
from digest.engines.registry import build as build_engine
from digest.errors import UsageError
from digest.store import Store, migrations

database = typer.Typer(help="The database: its tables and their version.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("init")(init)
    app.add_typer(database, name="db")


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where config.toml shall stand.")] = Path(),
) -> None:
    """Write config.toml, its secrets and the database, and say what to do next.

    Example: digest init /srv/newsletter
    """
    target = folder / "config.toml"
    if target.exists():
        raise UsageError(f"{target} is there already.", hint="Change it by hand, or choose another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(_example(), encoding="utf-8")
    settings = config.load(target)
    prepare(settings)
    typer.echo(f"Wrote {target}, its secrets under {settings.folder / 'var/secrets'} and the database.")
    typer.echo("Next:")
    typer.echo(f"  1. Put your site's name, address, sections and provider into {target}.")
    typer.echo(f"  2. digest collect --config {target}")
    typer.echo(f"  3. digest draft daily --config {target}     (then: digest preview daily --out preview.html)")
    typer.echo(f"  4. digest serve --config {target}")


@database.command("upgrade")
def upgrade(path: ConfigOption = None) -> None:
    """Bring the database to the tables of this version; safe to repeat.

    Example: digest db upgrade --config /srv/newsletter/config.toml
    """
    settings = config.load(path)
    prepare(settings)
    typer.echo(f"The database stands at {migrations.current(settings.database_url)}.")


@database.command("current")
def current(path: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show at which version the tables are, and which this version needs.

    Example: digest db current --json
    """
    settings = config.load(path)
    found, needed = migrations.current(settings.database_url), migrations.head()
    jobs = _engine_version(settings)
    if as_json:
        print_json({"current": found, "head": needed, "engine": jobs and jobs._asdict()})
        return
    typer.echo(f"The database stands at {found or 'nothing'}; this version needs {needed}.")
    if jobs is not None:
        typer.echo(f"The engine's tables stand at {jobs.found or 'nothing'}; this version needs {jobs.needed}.")


def prepare(settings: Settings) -> None:
    """Make what an installation lacks: secrets that only the owner may read, tables of this version."""
    for given, file in (
        (settings.secrets.root, settings.secrets.root_file),
        (settings.secrets.pepper, settings.secrets.pepper_file),
    ):
        if given is None:
            config.make_secret(settings.folder / file)
    migrations.upgrade(settings.database_url)
    with _engine(settings) as engine:
        if isinstance(engine, KeepsTables):
            engine.upgrade()


def _engine_version(settings: Settings) -> Version | None:
    with _engine(settings) as engine:
        return engine.version() if isinstance(engine, KeepsTables) else None


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    """Return the engine of an installation that may not be ready yet."""
    store = Store(settings.database_url)
    try:
        yield build_engine(settings.engine, store, system_clock)
    finally:
        store.close()


def _example() -> str:
    """Return config.example.toml: beside the package in a wheel, at the top in a checkout."""
    package = Path(config.__file__).parent
    places = (package / "_templates" / "config.example.toml", package.parent / "config.example.toml")
    return next(place for place in places if place.exists()).read_text(encoding="utf-8")
