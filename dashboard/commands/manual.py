"""Writes the parts of the manual that the code knows best: settings and commands. `python -m dashboard.commands.manual`."""

from __future__ import annotations

from pathlib import Path

import typer

from dashboard.cli import app
from tracker.settings import PREFIX, Settings

DOCS = Path(__file__).parent.parent.parent / "docs"


def settings_page() -> str:
    """Return the table of settings in Markdown."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | `{'' if field.default is None else field.default}` | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "From the environment or a `.env` file. A name that is not here stops the start, and so does an unsafe value.",
            "Written by `python -m dashboard.commands.manual`.",
            "",
            "| Name | Default | What it is |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def commands_page() -> str:
    """Return the list of commands in Markdown."""
    lines = [
        "# Commands",
        "",
        "Written by `python -m dashboard.commands.manual`.",
        "",
        "| Command | Does |",
        "|---|---|",
    ]
    root = typer.main.get_command(app)
    context = typer.Context(root)
    for name in root.list_commands(context):  # type: ignore[attr-defined]
        command = root.get_command(context, name)  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        for sub, one in (inner or {"": command}).items():
            arguments = " ".join(
                str(p.name).upper() if p.param_type_name == "argument" else f"--{str(p.name).replace('_', '-')}"
                for p in one.params
                if p.name != "help"
            )
            text = (one.help or "").strip().splitlines()[0]
            lines.append(f"| `{' '.join(filter(None, ('corridor', name, sub, arguments)))}` | {text} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    (DOCS / "settings.md").write_text(settings_page())
    (DOCS / "commands.md").write_text(commands_page())
