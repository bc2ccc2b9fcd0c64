"""Where this room's files lie, in a clone and in an installed wheel alike."""

from pathlib import Path

ROOM = Path(__file__).parent
STATIC = ROOM / "static"
TEMPLATES = ROOM / "templates"
