"""What several tests share: a real bot to talk to, and the command line in process or as a process."""
