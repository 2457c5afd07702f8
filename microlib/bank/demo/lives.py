"""What people do, in order: the parts they play, who they say they are, what they sell, how they borrow."""

from microlib.bank.demo import customers, lendings, roles, sales

STAGES = (roles.make_roles, customers.make_identities, sales.make_sales, lendings.live_through)
