"""Outside help desks: one interface, one module a desk."""
