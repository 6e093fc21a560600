"""The reverse proxy in front of the user's app: stored before answered."""
