"""What a campaign did: power before it, arms, effect with its range, cost, quality, referrals."""
