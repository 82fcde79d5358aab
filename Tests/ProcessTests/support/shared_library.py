"""Libraries of a test's own making, compiled here: preloaded ones, and ones that stand in the place of the system's."""

import subprocess

from bridge import LIMIT


def compiled(path, source, *options, shared=True):
    """What a C compiler makes of the text; gives the path."""
    kind = ["-shared", "-fPIC", f"-Wl,-soname,{path.name}"] if shared else []
    command = ["gcc", "-w", *kind, "-o", str(path), "-x", "c", "-", "-x", "none", *options]
    subprocess.run(command, input=source.encode(), check=True, timeout=LIMIT)
    return path


def with_functions(path, *names, code=""):
    """One that has these functions, each of which answers 0, beside those of `code`."""
    return compiled(path, code + "\n" + "\n".join(f"void *{name}(void) {{ return 0; }}" for name in names))
