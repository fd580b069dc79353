"""The logic of selling: catalogue, search, availability, delivery, branches. Knows neither Rasa nor HTTP."""
