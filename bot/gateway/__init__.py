"""The public process: the customer API, the chat widget, the shop page and the desk."""
