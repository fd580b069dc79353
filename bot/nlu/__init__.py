"""Understanding: the components of the Rasa pipeline in config.yml, and what they learn."""
