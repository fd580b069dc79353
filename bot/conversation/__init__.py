"""The heart: messages in, exactly one owner, messages out, and the transcript between them."""
