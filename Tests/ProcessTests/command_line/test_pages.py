"""Every page says what is so: what it shows runs as it stands and prints what is shown, and its links lead somewhere. No page is linked
from nowhere."""

import contextlib
import re

import pytest

from nats_server import Port
from pages import FILES, NAME, ROOT, Page, install_libraries, paths, save, steps, strangers_environment
from terminal import Terminal

PAGES = {path: Page(path) for path in paths()}
SHOWING = [path for path, page in PAGES.items() if page.blocks("console")]
# Words that have another one here: retry, fix, aborted, acknowledged, one per line, duplicate.
OLD_WORDS = r"\b(mend(s|ed)?|torn|(has|have|had) heard|(one|a row) a line|a line each|rows a page|stands? twice|repeats?|carried out)\b"
RUNS_A_PROGRAM = re.compile(r"(python3|node|bash) \w+\.\w+")
# Their programs are run by tests of their own, which also know what these print.
LIBRARIES = {"clients/README.md", "clients/node/README.md", "clients/python/README.md", "clients/shell/README.md"}


def test_the_pages_are_found():
    assert {"README.md", "Sources/README.md", "schemas/README.md", ".github/CONTRIBUTING.md", *LIBRARIES} <= set(PAGES)
    assert {"README.md", "clients/protocol.md", "Sources/LocalBackend/README.md"} <= set(SHOWING)


@pytest.mark.parametrize("path", SHOWING)
def test_everything_shown_runs_as_it_stands(path, home):
    """In an empty home, so that a page needs no other; its terminals stay open from its first block to its last."""
    folder, terminals = home / "work", {}
    folder.mkdir()
    install_libraries(folder)
    with Port() as port, contextlib.ExitStack() as open_terminals:
        environment = strangers_environment(home, port)
        for block in PAGES[path].blocks("console", *FILES):
            if block["language"] in FILES:
                if path not in LIBRARIES:
                    save(block, folder)
                continue
            where = block["where"]
            if where not in terminals:
                terminals[where] = open_terminals.enter_context(Terminal(folder, environment))
            for command, shown in steps(block["text"]):
                follow(terminals[where], command, shown, goes_on=where != "")
                # Whoever tries a program once tries it again.
                if command and where == "" and path not in LIBRARIES and RUNS_A_PROGRAM.fullmatch(command):
                    follow(terminals[where], command, shown, goes_on=False)


def follow(terminal, command, shown, goes_on):
    if command is None:
        terminal.start("", shown)
    elif goes_on:
        terminal.start(command, shown)
    else:
        terminal.run(command, shown)


@pytest.mark.parametrize("path", PAGES)
def test_every_program_shown_is_run_by_a_command_after_it(path):
    page = PAGES[path]
    assert all(shown for block in page.blocks("console") for command, shown in steps(block["text"]) if command is None)
    for block in page.blocks(*FILES) if path not in LIBRARIES else ():
        name = NAME.match(block["text"])[1]
        later = [command for other in page.blocks("console") if other.start() > block.end() for command, _ in steps(other["text"]) if command]
        assert any(name in command.split() for command in later), name


@pytest.mark.parametrize("path", PAGES)
def test_every_place_it_points_to_exists(path):
    page = PAGES[path]
    for target, heading in page.links():
        assert (ROOT / target).exists(), target
        if heading:
            assert heading in PAGES[target].headings(), f"{target}#{heading}"
    for word in (word for block in page.blocks("sh") for word in block["text"].split() if word.startswith(("Tests/", "./clients/", "clients/"))):
        assert (ROOT / word).exists(), word


@pytest.fixture(scope="module")
def words_of_the_code():
    """What the sources and tests have words for, and what their files and folders are called."""
    found = set()
    for folder in ("Sources", "Tests", "clients"):
        for path in (ROOT / folder).rglob("*"):
            found.add(path.name.split(".")[0])
            if path.suffix in (".swift", ".py", ".mjs", ".js", ".ts", ".lua", ".sh") and "node_modules" not in path.parts:
                found.update(re.findall(r"\w+", path.read_text()))
    return found


@pytest.mark.parametrize("path", PAGES)
def test_every_type_it_names_exists(path, words_of_the_code):
    """In words and in blocks of Swift, where a type is what is named after a colon; what a block declares is its own."""
    text = PAGES[path].text
    named = set(re.findall(r"`([A-Z][A-Z]*[a-z]+[A-Z]\w*)`", text))
    named |= {word for block in re.findall(r"```swift\n(.*?)```", text, re.DOTALL) for word in re.findall(r": ([A-Z]\w+)\b", block)}
    assert named - words_of_the_code == set()


def test_no_page_is_linked_from_nowhere():
    reached, left = set(), ["README.md"]
    while left:
        path = left.pop()
        if path not in reached:
            reached.add(path)
            targets = {target for target, _ in PAGES[path].links()}
            left += [page for page in PAGES if page in targets or page.endswith("/README.md") and page.removesuffix("/README.md") in targets]
    assert reached == set(PAGES)


@pytest.mark.parametrize("path", PAGES)
def test_its_lines_and_tables_are_whole(path):
    """Every row of a table has as many cells as its head; every block that begins also ends."""
    page = PAGES[path]
    assert page.text.count("```") % 2 == 0 and page.text.endswith("\n") and "\t" not in page.prose()
    for table in [lines for lines in page.prose().split("\n\n") if lines.startswith("|")]:
        rows = [row.replace("\\|", "").count("|") for row in table.strip().splitlines() if row.startswith("|")]
        assert len(rows) > 2 and len(set(rows)) == 1, table


@pytest.mark.parametrize("path", PAGES)
def test_it_has_one_word_for_one_thing(path):
    assert not re.search(OLD_WORDS, PAGES[path].prose(), re.IGNORECASE)
