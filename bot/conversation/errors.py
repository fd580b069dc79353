"""What can go wrong around a conversation that a caller can act on."""


class NotFound(LookupError):
    """There is no such conversation."""


class NotOwner(PermissionError):
    """The caller does not own the conversation now."""
