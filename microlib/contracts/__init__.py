"""What a table or a file must say: tables of a bank, written terms, and the mappings of a bank's own exports."""
