"""The live tail: nothing lost, nothing twice, and how long from stored to shown."""
