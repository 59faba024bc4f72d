"""What our processes say to each other, and the errors that cross from one to the next."""
