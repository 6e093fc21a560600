"""Protocol conformance against a live webhook: checks, score, fuzzing."""
