"""What happened, as data: the Exchange, recording files, redaction, diff."""
