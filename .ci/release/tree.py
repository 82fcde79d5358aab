"""What is installed below a prefix such as ~/.local or /usr."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from program import NAME, Program

# Where Neovim looks below each prefix, and loads without being told.
NEOVIM = "share/nvim/site/pack/natscreds/start/natscreds"


class File(NamedTuple):
    """One file that is installed."""

    content: bytes
    mode: int = 0o644


def tree(root: Path, program: Program) -> dict[str, File]:
    """The files by their paths below the prefix."""
    editor = root / "clients/editors/neovim"
    extension = [*(editor / "plugin").glob("*.lua"), *(editor / "lua").rglob("*.lua"), editor / "doc/natscreds.txt"]
    help_text = (editor / "doc/natscreds.txt").read_text()
    return {
        f"bin/{NAME}": File(program.path.read_bytes(), 0o755),
        f"share/man/man1/{NAME}.1": File(program.says("manual")),
        f"share/bash-completion/completions/{NAME}": File(program.says("completion", "bash")),
        f"share/zsh/site-functions/_{NAME}": File(program.says("completion", "zsh")),
        f"share/fish/vendor_completions.d/{NAME}.fish": File(program.says("completion", "fish")),
        f"share/{NAME}/natscreds.sh": File((root / "clients/shell/natscreds.sh").read_bytes()),
        **{f"{NEOVIM}/{path.relative_to(editor)}": File(path.read_bytes()) for path in extension},
        f"{NEOVIM}/doc/tags": File(tags("natscreds.txt", help_text)),
        f"share/doc/{NAME}/copyright": File((root / ".ci/release/copyright").read_bytes()),
    }


def tags(name: str, text: str) -> bytes:
    """What :helptags writes, which cannot where the folder is not the user's."""
    found = sorted(re.findall(r"(?<!\S)\*([^\s*|]+)\*(?!\S)", text))
    return "".join(f"{tag}\t{name}\t/*{tag}*\n" for tag in found).encode()
