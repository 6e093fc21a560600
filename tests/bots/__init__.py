"""Bots on real sockets, in the plain standard library: correct ones, and for each check one that breaks it."""
