"""Data to text, rich or JSON. Never fetches, never decides."""
