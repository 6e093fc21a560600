"""The checks, a module a group. Each is a function from a ``Probe`` to the breaches that it finds."""
