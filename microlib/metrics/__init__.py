"""What is: frames in, frames out; no product, no notebook, no plot, no engine."""
