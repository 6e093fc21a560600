"""Tools for working on aiflow; not shipped."""
