"""The programs that the makers run."""

import importlib.util
import shutil

# By the package of Debian that has them.
PROGRAMS = {"readelf": "binutils", "strip": "binutils", "chrpath": "chrpath", "dpkg-deb": "dpkg", "node": "nodejs", "npm": "npm"}


def require(*more: str) -> None:
    """Stops, with the packages to install, where one is missing; before anything has been built. More are packages with a program of their name."""
    programs = PROGRAMS | {name: name for name in more}
    missing = {package for name, package in programs.items() if shutil.which(name) is None}
    if not importlib.util.find_spec("hatchling") and not has_venv():
        missing.add("python3-venv")
    if missing:
        raise SystemExit(f"not everything is here that makes packages; install Debian's {' '.join(sorted(missing))}")


def has_venv() -> bool:
    """Whether this Python can make an environment with pip. Debian's has the module venv always, and what that needs only in python3-venv."""
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        return False
    return True
