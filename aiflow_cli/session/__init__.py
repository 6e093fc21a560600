"""One call as a state machine: inputs in, effects out, time passed in. Pure: no I/O, no clock."""
