"""The exchange log and the local flows: one SQLite file shared by several processes."""
