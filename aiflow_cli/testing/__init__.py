"""Conversation tests: what ``aiflow test``, the pytest plugin and its fixture share."""
