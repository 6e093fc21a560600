"""The reverse proxy in front of the user's app: it stores every exchange before its answer is passed on."""
