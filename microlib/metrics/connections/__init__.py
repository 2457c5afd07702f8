"""Who belongs together, who stands for whom, who lives off whom: groups, split loans, guarantees, dependence."""
