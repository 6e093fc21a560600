"""aiflow: build voice bots on the AI Flow API without picking up a phone."""
