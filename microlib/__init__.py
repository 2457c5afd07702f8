"""The small-business credit product workbench (小微信贷产品设计工作台)."""
