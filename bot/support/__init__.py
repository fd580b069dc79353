"""The logic of serving: orders, policies. Knows neither Rasa nor HTTP."""
