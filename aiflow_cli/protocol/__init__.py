"""The AI Flow wire protocol (protocol.md): events, actions, codec and rules. Pure: no I/O, no clock."""
