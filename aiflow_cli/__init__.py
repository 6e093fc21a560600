"""aiflow: build voice bots on the AI Flow API without picking up a phone.

PYTEST_DONT_REWRITE: pytest rewrites the asserts of packages with a plugin, and warns where one was imported before.
"""
