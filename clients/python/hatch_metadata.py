"""The project's addresses. It does not know them itself: where GitHub builds a release, they are of that repository.

An sdist has those of its release, or none: who builds it, in whatever repository, is not the project.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class AddressHook(MetadataHookInterface):
    """Puts them into the metadata of the package."""

    def update(self, metadata: dict[str, Any]) -> None:
        repository, tag = os.environ.get("GITHUB_REPOSITORY"), os.environ.get("GITHUB_REF_NAME")
        if not repository or (Path(self.root) / "PKG-INFO").is_file():
            return
        home = f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{repository}"
        files = f"{home}/blob/{tag or 'HEAD'}/clients/python"
        metadata["urls"] = {
            "Homepage": home,
            "Documentation": f"{files}/README.md",
            "Changelog": f"{files}/CHANGELOG.md",
            "Source": home,
            "Issues": f"{home}/issues",
        }
