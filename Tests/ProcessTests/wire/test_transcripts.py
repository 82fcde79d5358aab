"""Conversations as text: `> ` goes in, `< ` must come out, byte for byte and in this order; `#` is a comment."""

from pathlib import Path

import pytest

from bridge import Bridge

TRANSCRIPTS = sorted((Path(__file__).parents[2] / "Transcripts").glob("*.transcript"))


def test_there_are_transcripts():
    assert len(TRANSCRIPTS) >= 2


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path, home):
    sent, wanted = [], []
    for line in path.read_bytes().splitlines():
        if line.startswith(b"> "):
            sent.append(line[2:])
        elif line.startswith(b"< "):
            wanted.append(line[2:])
        else:
            assert not line or line.startswith(b"#"), line
    with Bridge(home, env={"XDG_STATE_HOME": str(home / "state")}) as bridge:
        bridge.send(*sent)
        status, output, errors = bridge.end()
    assert output.splitlines() == wanted
    assert status == 0
