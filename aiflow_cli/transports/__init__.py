"""Ways to reach a webhook. Every operating-system error leaves here as one of our own."""
