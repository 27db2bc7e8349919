"""Groups of commands whose files are read when one of them is asked for: `digest inspect` need not wait for a web server's imports."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
import typer.core


def on_demand(package: str, places: Mapping[str, tuple[str, ...]]) -> type[typer.core.TyperGroup]:
    """Return the class of a group whose commands stand in the files of a package: file → names.

    Each file has a `register(app)` that adds its commands to a Typer.
    """

    class OnDemand(typer.core.TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 -- as Click has it
            return [name for names in places.values() for name in names]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 -- as Click has it
            if cmd_name not in self.commands:
                for file, names in places.items():
                    if cmd_name in names:
                        self.commands.update(_commands_of(f"{package}.{file}"))
            return super().get_command(ctx, cmd_name)

    return OnDemand


def _commands_of(module: str) -> Mapping[str, Any]:
    part = typer.Typer(
        callback=lambda: None, rich_markup_mode=None
    )  # with a callback a single command stays one of a group
    import_module(module).register(part)
    return typer.main.get_group(part).commands
