"""Project scaffolding: catalog -> files -> pure plan -> writer, and the templates themselves."""
