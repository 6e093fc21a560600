"""Ways to get a public URL, and the lease that registers and restores it."""
