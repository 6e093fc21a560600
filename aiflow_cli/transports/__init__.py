"""Ways to reach a webhook. Every operating-system error leaves here as a ``Failure`` in a ``Reply``."""
