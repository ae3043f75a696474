"""Lists and exchange files for people."""
