"""Ways to a public URL, and the lease under which it is registered."""
