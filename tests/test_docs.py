"""The documents say what the code does, or the build fails."""

import re
from pathlib import Path

import pytest

from dashboard.cli import app
from tracker.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "ARCHITECTURE.md", *ROOT.glob("docs/**/*.md")])


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def test_every_setting_is_in_the_manual_with_its_default():
    manual = text_of("docs/settings.md")
    for name, field in Settings.model_fields.items():
        assert f"`{PREFIX}{name.upper()}`" in manual, name
        assert field.description, name
        assert field.description in manual, name


def test_every_command_is_in_the_manual():
    manual = text_of("docs/commands.md")
    names = {c.name or c.callback.__name__.replace("_", "-") for c in app.registered_commands}  # type: ignore[union-attr]
    names |= {group.name for group in app.registered_groups}
    assert {name for name in names if f"`corridor {name}" not in manual} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_a_document_links_to_exists(path):
    for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_named_in_a_document_exists(path):
    for named in re.findall(
        r"`((?:tracker|telemetry|checkpoints|operators|dashboard|tests|docs)/[\w/.-]+\.\w+)`", path.read_text()
    ):
        assert (ROOT / named).exists() or "built" in named or "vendor" in named, named


def test_every_make_target_in_the_readme_exists():
    makefile = text_of("Makefile")
    for target in re.findall(r"`make (\w+)", text_of("README.md")):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_changelog_names_this_version():
    version = re.search(r'^version = "(.+)"', text_of("pyproject.toml"), re.M).group(1)  # type: ignore[union-attr]
    assert f"## {version}" in text_of("CHANGELOG.md")


def test_decision_records_are_numbered_and_complete():
    for path in (ROOT / "docs/decisions").glob("*.md"):
        assert re.match(r"\d{4}-", path.name)
        content = path.read_text()
        for heading in ("## Context", "## Decision", "## Roads not taken"):
            assert heading in content, path.name
