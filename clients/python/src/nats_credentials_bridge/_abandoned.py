"""What is known of a request that was given up."""

from __future__ import annotations

from typing import NamedTuple

from .errors import Outcome


class Abandoned(NamedTuple):
    """outcome: what it may have done to the world. cancel: the line to write, empty if there is nothing to cancel."""

    outcome: Outcome
    cancel: bytes
