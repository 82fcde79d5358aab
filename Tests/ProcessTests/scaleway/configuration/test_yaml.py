"""Scaleway's configuration file is read as PyYAML reads it, or refused."""

import random
import re

import pytest
import yaml

from process_tools import request, run
from scaleway_service import answer
from scaleway_settings import ACCESS_KEYS, DENIED, UUIDS, write
from traffic import Traffic

PLAIN_NULLS = ("", "~", "null", "Null", "NULL")
TEXTS = [
    "plain", "two words", "it's", 'say "x"', "a\\b", "a: b", "a #b", "a#b", "#x", "x:", "x:y", "-x", "- x", "--- x", "...", "---", "null", "~", "123",
    "0x1F", "yes", "1e3", "2024-01-01", "&a", "*a", "!t", "|", ">", "%x", "@x", "`x`", "{a}", "{}", "[a]", "a,b", ",a", "?x", "? x", ":x", "<<", "=",
    "x ", "'", '"', "\\", "\\x41", "a  b", "a'b'c", '"a" b', "x'", "://", "}", "]",
]  # fmt: skip
# For names of profiles, which may be any text.
SCALARS = ["\u00e9", "e\u0301", "\u4e2d", "\U0001f511", "\u2028", "\u2029", "\x85", "\xa0", "\t", "\x07", "\u200b", "\ufffd", "a", " ", "b"]
ESCAPES = {
    "\0": "0", "\x07": "a", "\x08": "b", "\t": "t", "\n": "n", "\x0b": "v", "\x0c": "f", "\r": "r", "\x1b": "e", "\x85": "N", "\xa0": "_",
    "\u2028": "L", "\u2029": "P", '"': '"', "\\": "\\", "/": "/", " ": " ",
}  # fmt: skip
# What a slip of the hand, another program or somebody who knows YAML well may put in.
ODDITIES = [
    "\t", "\r", "\ufeff", "\0", "\x85", "\u2028", "\x7f", "\xa0", " ", "  ", "\n", "\n\n", ":", ": ", " #", "#", "'", '"', "\\", "-", "- ", "---\n",
    "...\n", "&a ", "*a", "!!str ", "!x ", "[", "]", "{", "}", "{}", ",", "|\n", ">-\n", "? ", "<<: ", "%YAML 1.1\n", "~", "null", "\\u12", "\\x4",
    "''", "@", "`", "|", "%", "=", "\n  more words\n", "\n    deeper: x\n", "\n- item\n", "a: {b: c}\n", "a: [b, c]\n", "x: &y z\n", "x: *y\n",
    "\u00e9",
]  # fmt: skip


class Writer:
    """Writes small files of the shape of Scaleway's, each way that YAML has; all from one number."""

    def __init__(self, seed, url):
        self.random, self.url = random.Random(seed), url
        self.options = []

    def quoted(self, text):
        """In double quotes, with some characters escaped that need not be."""
        return '"' + "".join(self.escaped(character) for character in text) + '"'

    def escaped(self, character):
        must = character in '"\\' or character in ESCAPES and character not in "/ " or not character.isprintable() and character not in "\u200b"
        if not must and self.random.random() > 0.2:
            return character
        ways = [f"\\U{ord(character):08x}"]
        ways += [f"\\u{ord(character):04X}"] if ord(character) < 0x10000 else []
        ways += [f"\\x{ord(character):02x}"] if ord(character) < 0x100 else []
        ways += ["\\" + ESCAPES[character]] * 2 if character in ESCAPES else []
        return self.random.choice(ways)

    def scalar(self, text):
        """Any way to write it that is right: plain only where nobody could take it for something else."""
        ways = [self.quoted(text)]
        if text.isprintable():
            ways.append("'" + text.replace("'", "''") + "'")
        if re.fullmatch(r"[a-zA-Z0-9/\u00e9][\w./:-]*(?<!:)( [\w.-]+)*", text) and text not in PLAIN_NULLS:
            ways += [text] * 3
        return self.random.choice(ways)

    def entry(self, key, text, indent=""):
        key = self.random.choice([key] * 6 + [f"'{key}'", self.quoted(key)])
        colon = self.random.choice([": "] * 5 + [":  ", " : "])
        comment = self.random.choice([""] * 4 + [" # more", "   #", "  # a\tb", "  "])
        return f"{indent}{key}{colon}{text}{comment}\n"

    def filler(self):
        return self.random.choice([""] * 6 + ["\n", "# a comment: 'x\n", "   \n", "  # \tx\n", "\n\n"])

    def settings(self, indent="", keys=()):
        values = {
            "secret_key": self.random.choice(UUIDS), "default_region": self.random.choice(["fr-par", "nl-ams"]), "access_key": ACCESS_KEYS[0],
            "api_url": self.url + "/" + self.random.choice("abc"), "default_project_id": self.random.choice(UUIDS),
            "user_agent": self.random.choice([text for text in TEXTS if text.strip() == text]),
        }  # fmt: skip
        chosen = [key for key in values if key in keys or self.random.random() < 0.5]
        made = [self.entry(key, self.scalar(values[key]), indent) for key in chosen]
        made += self.random.sample([
            f"{indent}send_telemetry: true\n", f"{indent}s3_endpoint: 'https://x: y'\n", f"{indent}tags:\n{indent}- one\n{indent}- 'two'\n",
            f"{indent}cli:\n{indent}  alias:\n{indent}    isl: {{}}\n{indent}  x: ~\n", f"{indent}default_zone:\n", f"{indent}insecure: no\n",
            f"{indent}default_organization_id: null\n", f"{indent}more:\n{indent}    - \n{indent}    - \"b\" # c\n",
        ], self.random.choice([0, 0, 1, 2]))  # fmt: skip
        self.random.shuffle(made)
        return self.filler().join(made)

    def name(self):
        if self.random.random() < 0.5:
            return self.random.choice(["work", "home", "at home", "123", "profiles"])
        return "".join(self.random.choices(SCALARS, k=self.random.randint(1, 6)))

    def ordinary(self):
        """A file that must be read: everything in it is right, and nothing is of the rarer kinds."""
        text = self.filler() + self.settings(keys=("secret_key", "default_region", "api_url"))
        if self.random.random() < 0.6:
            name, indent = self.name(), " " * self.random.randint(1, 5)
            inner = indent + " " * self.random.randint(1, 4)
            text += f"profiles:{self.random.choice(['', ' ', ' # all'])}\n" + self.filler()
            # A value behind it, so that a profile is never empty.
            text += f"{indent}{self.scalar(name)}:\n{self.settings(inner, keys=('user_agent',))}{self.filler()}"
            if self.random.random() < 0.5:
                self.options = [f"--profile={name}"]
            else:
                text = self.entry("active_profile", self.scalar(name)) + text if self.random.random() < 0.5 else text + self.entry(
                    "active_profile", self.scalar(name)
                )
        if self.random.random() < 0.2:
            text = self.random.choice(["---\n", "--- # x\n", "\n---\n"]) + text
        if self.random.random() < 0.1:
            text += self.random.choice(["...\n", "... # x\n# y\n"])
        if self.random.random() < 0.15:
            text = text.replace("\n", "\r\n")
        if self.random.random() < 0.1:
            text = "\ufeff" + text
        return text.rstrip("\r\n") if self.random.random() < 0.1 else text

    def odd(self):
        """The same, with something put in, taken out, exchanged or doubled at one to three places, seldom after all right."""
        text = self.ordinary()
        for _ in range(self.random.choice([1, 1, 1, 2, 3])):
            # At the seams, where it matters, or anywhere.
            seams = [found.start() for found in re.finditer(r"(?m)^|$|(?<=: )|(?=:)|(?<=['\"])|(?=['\"])|(?<=^ )", text)]
            place = self.random.choice(seams) if self.random.random() < 0.7 else self.random.randint(0, len(text))
            kind = self.random.random()
            if kind < 0.5:
                text = text[:place] + self.random.choice(ODDITIES) + text[place:]
            elif kind < 0.65:
                text = text[:place] + text[place + self.random.randint(1, 3) :]
            elif kind < 0.8:
                text = text[:place] + self.random.choice(ODDITIES + TEXTS) + text[place + 1 :]
            elif kind < 0.9:
                whole = text.splitlines(keepends=True)
                number = self.random.randrange(len(whole))
                whole.insert(self.random.randrange(len(whole)), whole[number])
                text = "".join(whole)
            else:
                whole = text.splitlines(keepends=True)
                number = self.random.randrange(len(whole))
                whole[number] = self.random.choice(["", " ", "  ", "    "]) + whole[number].lstrip(" ")
                text = "".join(whole)
        return text


class PyYAML:
    """What PyYAML makes of a file, by the rules of the configuration. `is_read` is false where it refuses the text."""

    def __init__(self, data, options):
        try:
            root = yaml.compose(data, Loader=yaml.BaseLoader)
        except (yaml.YAMLError, ValueError, OverflowError):
            # The last two come from escapes that are no characters.
            self.is_read = False
            return
        self.is_read = True
        top = self.plain(root) if root else {}
        self.top = top if isinstance(top, dict) else {}
        profiles = self.top.get("profiles")
        name = options[0].removeprefix("--profile=") if options else self.top.get("active_profile")
        chosen = profiles.get(name) if isinstance(profiles, dict) and isinstance(name, str) and name != "default" else {}
        of_profile = {key: value for key, value in (chosen or {}).items() if value is not None} if isinstance(chosen, dict | None) else {}
        self.settings = {**self.top, **of_profile}

    def plain(self, node):
        if isinstance(node, yaml.MappingNode):
            return {self.hashable(key): self.plain(value) for key, value in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item) for item in node.value]
        return None if node.style is None and node.value in PLAIN_NULLS else node.value

    def hashable(self, node):
        """A key; one that is no text is like none of ours."""
        return node.value if isinstance(node, yaml.ScalarNode) else object()

    def request(self):
        """What must reach the service."""
        found = {key: self.settings.get(key) for key in ("secret_key", "default_region", "default_project_id", "user_agent")}
        return {**found, "path": ("/" + str(self.settings.get("api_url")).split("/", 3)[-1]).rstrip("/")}


class Judge:
    """Gives files to bridges, one each, and compares."""

    def __init__(self, home, service):
        self.home, self.service, self.traffic = home, service, Traffic()
        self.read = self.refused = 0
        service.fail("*", answer(401, DENIED), times=None)

    def environment(self, theirs):
        """Nothing may ever leave this machine: where a file names no URL of the stand-in's, a variable does; and a proxy that is none is
        between the bridge and all others."""
        own = theirs.is_read and str(theirs.settings.get("api_url")).startswith(self.service.url + "/")
        return {"HTTPS_PROXY": self.service.url, **({} if own else {"SCW_API_URL": self.service.url})}

    def differences(self, seed, text, options, must_read):
        """What is wrong with the way one file was taken; empty if nothing is."""
        path = write(self.home, text.encode("utf-8", "surrogatepass"))
        theirs, count = PyYAML(path.read_bytes(), options), len(self.service.requests)
        line = request("accounts.create", {"name": "a"})
        self.traffic.sent(line)
        result = run(self.home, *options, input=line, env=self.environment(theirs))
        answered = self.traffic.came(result.stdout.rstrip(b"\n"))
        assert result.returncode == 0
        requests = self.service.requests[count:]
        code, message = (answered["error"]["code"], answered["error"]["message"]) if "error" in answered else (0, "made")
        if code == 1460:
            self.refused += 1
            place = re.search(r" is not understood: line (\d+), column (\d+): ", message)
            if must_read or not theirs.is_read and not place or requests:
                return [(seed, text, options, message)]
            if place and not (int(place[1]) <= text.count("\n") + 1 and int(place[2]) <= 1 + max(map(len, text.split("\n")))):
                return [(seed, text, "a place outside the file", message)]
            return []
        self.read += 1
        if (code, len(requests)) != (1401, 1) or not theirs.is_read:
            return [(seed, text, options, message)]
        recorded = requests[0]
        ours = {
            "secret_key": recorded.header("X-Auth-Token"), "default_region": recorded.path.split("/")[-2],
            "default_project_id": recorded.json.get("project_id"), "user_agent": recorded.header("User-Agent"),
            "path": recorded.path.split("/mnq/")[0],
        }  # fmt: skip
        wanted = theirs.request()
        if "SCW_API_URL" in self.environment(theirs):
            wanted["path"] = ""
        if wanted["user_agent"] is None and ours["user_agent"].startswith("nats-credentials-bridge/"):
            wanted["user_agent"] = ours["user_agent"]
        return [] if ours == wanted else [(seed, text, options, {key: (ours[key], wanted[key]) for key in ours if ours[key] != wanted[key]})]


@pytest.fixture
def judge(home, service):
    return Judge(home, service)


def test_ordinary_files_are_read_as_pyyaml_reads_them(judge):
    found = []
    for seed in range(130):
        writer = Writer(f"ordinary {seed}", judge.service.url)
        found += judge.differences(seed, writer.ordinary(), writer.options, True)
    assert found[:3] == [] and judge.read == 130


def test_odd_files_are_read_as_pyyaml_reads_them_or_refused(judge):
    found = []
    for seed in range(300):
        writer = Writer(f"odd {seed}", judge.service.url)
        found += judge.differences(seed, writer.odd(), writer.options, False)
    assert found[:3] == []
    # Both ways were gone often enough for this to mean something.
    assert judge.read > 30 and judge.refused > 100
