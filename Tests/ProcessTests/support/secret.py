class Secret(str):
    """A text that a failed assertion does not print."""

    def __repr__(self):
        return "'…'"
