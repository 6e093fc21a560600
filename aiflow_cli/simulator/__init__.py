"""Runs call sessions over a transport and a clock, and yields what happens."""
