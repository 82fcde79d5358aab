"""The workflow of GitHub, which no test can run, runs what .ci/run runs, on a machine with the packages that the README names."""

import re
import shlex

import yaml

from pages import ROOT, Page

WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
JOB = yaml.safe_load(WORKFLOW)["jobs"]["tests"]
COMMANDS = [step["run"] for step in JOB["steps"] if "run" in step]


def packages_of_the_readme():
    """Of two names of one thing, that of Debian 12."""
    table = Page("README.md").text.split("\n## Requirements\n")[1].split("\n## ")[0]
    cells = [row.split(" | ")[-1] for row in table.splitlines() if row.startswith("| ")][2:]
    return {name for cell in cells for name in re.findall(r"`(.*?)`", re.sub(r", or `[^`]*`", "", cell))}


def test_it_ends_with_the_test_command_of_the_project():
    assert COMMANDS[-1] == ".ci/run" and (ROOT / ".ci" / "run").read_text().endswith("\nexec Tests/run\n")


def test_it_begins_on_every_push_and_pull_request():
    # YAML 1.1 reads the word `on` as true.
    assert set(yaml.safe_load(WORKFLOW)[True]) == {"push", "pull_request"}


def test_its_machine_has_what_the_readme_asks_for():
    installed = set(shlex.split(COMMANDS[0].rpartition("--no-install-recommends")[2]))
    assert len(packages_of_the_readme()) >= 14 and packages_of_the_readme() <= installed
    version = re.search(r"^\| Swift toolchain (\d+\.\d+) or newer", Page("README.md").text, re.MULTILINE)[1]
    assert re.fullmatch(r"swift:(\d+\.\d+)-bookworm", JOB["container"]["image"])[1] == version


def test_its_key_of_kept_tools_names_the_file_that_lists_them():
    (key,) = (step["with"]["key"] for step in JOB["steps"] if "with" in step)
    (named,) = re.findall(r"hashFiles\('(.*?)'\)", key)
    assert (ROOT / named).is_file()


def test_it_says_that_it_was_never_run():
    assert WORKFLOW.startswith("# ") and "Untested" in WORKFLOW.partition("name:")[0]
