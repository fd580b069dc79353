"""From a basket to an order: taken in the conversation, or in the shop's own checkout."""
