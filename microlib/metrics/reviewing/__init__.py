"""What a review of risk looks at: where money went, why loans failed, who decided what, and in which order."""
