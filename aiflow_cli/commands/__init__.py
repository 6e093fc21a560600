"""One thin module per command: options, help, delegation. Heavy imports live in the bodies."""
