"""The dashboard API: one synchronous interface, in process over the store or over HTTP."""
