"""What all tests share."""

from runtimes import pytest_runtest_setup

__all__ = ["pytest_runtest_setup"]
