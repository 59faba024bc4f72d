"""The messages between our processes, and the errors that cross process boundaries."""
