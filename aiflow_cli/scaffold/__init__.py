"""Project scaffolding: catalog, pure plan, atomic writer, templates."""
