"""Whether a secret is shown somewhere: also in part, and in another spelling."""

import base64

from issued import parts

PIECE = 16


def spellings(secret):
    """A secret as itself and in the encodings in which it might slip out, those of base64 at all three places it can begin."""
    yield from (secret, secret.hex().encode(), secret.hex().upper().encode())
    for skipped in range(3):
        text = base64.b64encode(secret[skipped:])
        yield from (text[:-4], text[:-4].replace(b"+", b"-").replace(b"/", b"_"))


def pieces(texts):
    return {text[place : place + PIECE] for text in texts for place in range(max(1, len(text) - PIECE + 1))}


def contains(haystack, secrets):
    """Whether any 16 bytes of any spelling of any secret are in it. Secrets are bytes."""
    wanted = pieces(spelling for secret in secrets for spelling in spellings(secret) if len(spelling) >= PIECE)
    assert wanted
    return any(haystack[place : place + PIECE] in wanted for place in range(len(haystack) - PIECE + 1))


def hides(haystack, secrets, what="a secret is shown"):
    """The assertion; what it compares is never printed."""
    __tracebackhide__ = True
    found = contains(haystack, secrets)
    assert not found, what


def secrets_of(content):
    """All that is secret in a .creds text: the seed, also as the raw key, and the token, which is worth nothing without it."""
    token, seed = parts(content)
    return [seed.encode(), raw(seed), token.encode()]


def raw(seed):
    """The 32 bytes of an Ed25519 key."""
    return base64.b32decode(seed + "======")[2:34]
