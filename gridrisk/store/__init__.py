"""The workspace: immutable versions on disk and their catalogue."""
