"""The standard shelf: what each product earns, how it stands beside peers, what one changed term would do."""
