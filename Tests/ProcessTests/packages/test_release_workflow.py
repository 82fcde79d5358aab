"""The workflow that publishes, which no test can run, fits GitHub's schema; its scripts do what their names say."""

import hashlib
import subprocess
import sys
from ast import literal_eval

import pytest
import yaml

from pages import ROOT

# Seconds for one of the tools that are run here; it takes one where nothing else is busy.
LIMIT = 120

FOLDER = ROOT / ".github" / "workflows"
JOBS = yaml.safe_load((FOLDER / "release.yml").read_text())["jobs"]
STEPS = {step["name"]: step["run"] for job in JOBS.values() for step in job["steps"] if {"name", "run"} <= step.keys()}


def test_all_workflows_fit_the_schema_of_github():
    files = sorted(FOLDER.glob("*.yml"))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *files]
    result = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode == 0 and len(files) == 2, result.stdout


def test_it_makes_packages_on_both_machines():
    machines = [each["machine"] for each in JOBS["packages"]["strategy"]["matrix"]["include"]]
    assert machines == ["x86_64", "aarch64"]
    assert any(step.get("run") == ".ci/package --image --out packages" for step in JOBS["packages"]["steps"])


def test_what_builds_has_no_key_to_the_repository():
    checkouts = [step for step in JOBS["packages"]["steps"] if step.get("uses", "").startswith("actions/checkout@")]
    assert [step["with"] for step in checkouts] == [{"persist-credentials": False}]


def test_its_machine_has_what_makes_packages():
    tools = (ROOT / ".ci" / "release" / "tools.py").read_text()
    needed = set(literal_eval(tools[tools.index("{") : tools.index("}") + 1]).values())
    assert len(needed) >= 5 and needed | {"git", "mmdebstrap", "python3-venv"} <= set(STEPS["packages"].split())


def script(name, folder, **environment):
    return subprocess.run(["bash", "-e", "-c", STEPS[name]], cwd=folder, env={"PATH": "/usr/bin:/bin", **environment}, capture_output=True, text=True)


@pytest.mark.parametrize("tag, status", [("v{}", 0), ("v{}0", 1), ("v", 1)])
def test_a_tag_that_is_not_the_version_makes_no_release(version, tag, status):
    assert script("the tag is the version", ROOT, GITHUB_REF_NAME=tag.format(version)).returncode == status


def made(folder, **files):
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    sums = [f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(files.items())]
    (folder / "SHA256SUMS").write_text("".join(sums))


def test_what_both_machines_have_made_becomes_one_folder(tmp_path):
    made(tmp_path / "machines/x86_64", client="all", program="x86_64")
    made(tmp_path / "machines/aarch64", client="all", other="aarch64")
    result = script("one folder", tmp_path)
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in (tmp_path / "packages").iterdir()) == ["SHA256SUMS", "client", "other", "program"]
    sums = subprocess.run(["sha256sum", "--check", "--strict"], stdin=(tmp_path / "packages/SHA256SUMS").open(), cwd=tmp_path / "packages",
                          capture_output=True, text=True)  # fmt: skip
    assert (sums.returncode, sums.stdout) == (0, "client: OK\nother: OK\nprogram: OK\n")


@pytest.mark.parametrize("change", ["machines/aarch64/client", "machines/aarch64/other"])
def test_files_that_differ_or_are_broken_are_not_published(tmp_path, change):
    made(tmp_path / "machines/x86_64", client="all", program="x86_64")
    made(tmp_path / "machines/aarch64", client="not all" if change.endswith("client") else "all", other="aarch64")
    if change.endswith("other"):
        (tmp_path / change).write_text("broken")
    assert script("one folder", tmp_path).returncode == 1
