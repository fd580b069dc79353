"""One class a channel: verifies the caller, turns the platform's message into ours and ours into the platform's."""
