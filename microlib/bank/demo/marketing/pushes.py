"""Who is asked to borrow, to bring others, to stay or to come back; in order."""

from microlib.bank.demo.marketing import lists, losses, referrals, win_backs

STAGES = (lists.make_campaigns, referrals.make_referrals, losses.make_reviews, win_backs.make_win_backs)
