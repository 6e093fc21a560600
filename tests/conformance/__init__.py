"""Checks against real bots, and the reports of them."""
