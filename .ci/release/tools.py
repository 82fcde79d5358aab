"""The programs that the makers run."""

import shutil

# By the package of Debian that has them.
PROGRAMS = {"readelf": "binutils", "strip": "binutils", "chrpath": "chrpath", "dpkg-deb": "dpkg", "node": "nodejs", "npm": "npm"}


def require(*more: str) -> None:
    """Stops, with the packages to install, where one is missing; before anything has been built. More are packages with a program of their name."""
    programs = PROGRAMS | {name: name for name in more}
    missing = sorted({package for name, package in programs.items() if shutil.which(name) is None})
    if missing:
        raise SystemExit(f"not everything is here that makes packages; install Debian's {' '.join(missing)}")
