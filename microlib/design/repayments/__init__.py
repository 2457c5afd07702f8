"""What happens to a schedule after signing: early repayment, draws on a revolving line, subtotals for the contract."""
