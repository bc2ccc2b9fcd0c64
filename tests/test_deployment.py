"""The files for running it for real, as far as a machine without a container engine can check them."""

import re
import subprocess
import tomllib
from pathlib import Path

import yaml

from dashboard.cli import app
from tracker.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {name: s for name, s in COMPOSE["services"].items() if s.get("image") == "ecowas-corridor-monitor"}
COMMANDS = {c.name or c.callback.__name__ for c in app.registered_commands}  # type: ignore[union-attr]


def test_every_service_of_ours_runs_a_command_that_exists():
    assert set(OURS) == {"web", "ingest", "broker", "backup"}
    for service in OURS.values():
        assert service["command"].split()[0] in COMMANDS


def test_health_checks_run_a_command_that_exists():
    for service in OURS.values():
        if "healthcheck" in service:
            assert service["healthcheck"]["test"][2] in COMMANDS


def test_every_setting_in_it_is_known():
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for service in OURS.values():
        assert set(service["environment"]) <= known


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("POSTGRES_PASSWORD", "CORRIDOR_SECRET_KEY", "DOMAIN"):
        assert f"${{{name}:?" in text
    for line in (ROOT / ".env.example").read_text().splitlines():
        assert not re.match(r"(POSTGRES_PASSWORD|CORRIDOR_SECRET_KEY|DOMAIN)=.", line)


def test_programs_run_without_rights_they_do_not_need():
    for service in OURS.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    assert re.search(r"^USER corridor$", (ROOT / "Dockerfile").read_text(), re.M)


def test_what_the_image_copies_exists():
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.M):
        for name in source.split():
            assert (ROOT / name).exists()


def test_nothing_private_goes_into_the_image():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", ".data", ".git"} <= set(ignored)
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert ".env" not in tracked


def test_the_lock_files_hold_every_dependency_of_the_project():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for names, lock in (
        (declared["dependencies"], "requirements.lock"),
        (declared["dependencies"] + declared["optional-dependencies"]["dev"], "requirements-dev.lock"),
    ):
        locked = {
            line.split("==")[0].split("[")[0].lower() for line in (ROOT / lock).read_text().splitlines() if "==" in line
        }
        wanted = {re.split(r"[\[<>=;, ]", name)[0].lower() for name in names}
        assert wanted - locked == set()
