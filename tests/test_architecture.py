"""The shape of the house, as tests. The rooms' import contracts are in `.importlinter`."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("tracker", "telemetry", "checkpoints", "operators", "dashboard")
MODULES = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py") if "versions" not in p.parts)
SHAPELESS = {"utils", "helpers", "common", "base", "core", "manager", "service"}
LONGEST = 300
TOP_LEVEL = {"tracker", "checkpoints", "operators", "telemetry", "dashboard", "tests", "docs", ".ci"}
RULES = (
    "telemetry/decode.py",
    "telemetry/declared_trips.py",
    "telemetry/redact.py",
    "telemetry/topics.py",
    "telemetry/nats_config.py",
    "telemetry/simulator/journey.py",
    "tracker/corridors.py",
    "tracker/events.py",
    "tracker/geo.py",
    "tracker/places.py",
    "tracker/scope.py",
)
REACHES_OUT = {"sqlite3", "sqlalchemy", "sqlmodel", "fastapi", "httpx", "paho", "socket", "time", "requests"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_short_and_has_a_noun_for_a_name(path):
    assert len(path.read_text().splitlines()) <= LONGEST
    assert path.stem not in SHAPELESS


@pytest.mark.parametrize("room", ROOMS)
def test_the_front_door_says_what_each_module_is_for(room):
    said = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text())) or ""
    inside = {p.stem for p in (ROOT / room).glob("*.py")} | {p.parent.name for p in (ROOT / room).glob("*/__init__.py")}
    missing = {name for name in inside - {"__init__"} if f"`{name}`" not in said}
    gone = {name for name in re.findall(r"^- `(\w+)`", said, re.M) if name not in inside}
    assert (missing, gone) == (set(), set())


@pytest.mark.parametrize("path", RULES)
def test_a_rule_reaches_no_clock_database_or_network(path):
    tree = ast.parse((ROOT / path).read_text())
    imported = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imported |= {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    calls = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    assert not imported & REACHES_OUT
    assert "utcnow" not in calls
    assert "now" not in {
        n.func.attr for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
    }


def test_the_rooms_keep_their_contracts():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_top_level_is_the_one_that_was_agreed():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert {name.split("/")[0] for name in tracked if "/" in name} <= TOP_LEVEL


def test_nothing_committed_names_a_registry_or_a_folder_of_one_machine():
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = []
    for name in filter(None, tracked.split("\0")):
        if name.startswith("tests/test_architecture"):
            continue
        content = (ROOT / name).read_bytes()
        found += [
            name
            for needle in (b"registry.npmjs", b"pypi.org/simple", b"files.pythonhosted", b"/work/")
            if needle in content
        ]
    assert found == []


def test_no_two_locks_share_a_number():
    found = re.findall(r"^(\w+_LOCK) = (0x\w+)", "\n".join(p.read_text() for p in MODULES), re.M)
    assert len(found) >= 5
    assert len({number for _, number in found}) == len(found)
