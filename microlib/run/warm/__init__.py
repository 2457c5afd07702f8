"""Kernels forked from a process that has already imported what notebooks import: the zygote and its callers."""
