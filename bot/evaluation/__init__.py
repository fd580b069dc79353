"""How well messages are understood: cross-validation, entities, the report, and the check against figures kept."""
