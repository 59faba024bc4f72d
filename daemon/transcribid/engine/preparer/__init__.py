"""The process that opens media: an open file in, windows of speech out."""
