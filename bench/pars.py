"""The pieces of the four PARs by branch and section on ten million loan-months, against the same SQL by hand."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb

from bench import clocks
from bench.vintages import AS_OF, make_store
from microlib.bank.store import open_store
from microlib.bank.sums.books import par_sums

LOANS, MONTHS = 278_000, 36


def rows(loans: int = LOANS) -> list[dict]:
    """Return the rows of the bench table."""
    with tempfile.TemporaryDirectory() as folder:
        make_store(Path(folder), loans, MONTHS)
        ours = clocks.median_of(lambda: _pieces(folder), times=5)
        peer = clocks.median_of(lambda: _by_hand(folder), times=5)
    name = f"pieces of the four PARs, {loans * MONTHS / 1e6:.0f}M loan-months / SQL by hand (s)"
    return [clocks.row(name, ours, peer, bound=1.2, slack=0.02)]


def _pieces(folder: str) -> int:
    with open_store(Path(folder)) as store:
        return len(par_sums(store, as_of=AS_OF))


BY_HAND = """
WITH RECURSIVE ledger AS (SELECT * FROM loans WHERE as_of = '2026-06-30'),
held AS (
  SELECT l.loan_id, p.loan_id AS prev, l.disbursed_date AS began,
    p.loan_id IS NULL OR l.amount_yuan >= p.amount_yuan - 1 AS kept,
    coalesce(l.extensions_count, 0) + (l.issue_type IN ('renewal_without_principal', 'refinance', 'extension',
      'restructure') AND (p.loan_id IS NULL OR l.amount_yuan >= p.amount_yuan - 1))::INT AS own
  FROM ledger l LEFT JOIN ledger p ON p.loan_id = l.previous_loan_id),
walk AS (
  SELECT loan_id, prev, began, kept, own AS n, 0 AS depth FROM held WHERE prev IS NOT NULL
  UNION ALL
  SELECT w.loan_id, h.prev, least(w.began, h.began), w.kept AND h.kept, w.n + CASE WHEN w.kept THEN h.own ELSE 0 END,
    w.depth + 1
  FROM walk w JOIN held h ON h.loan_id = w.prev WHERE w.depth < 60),
chains AS (SELECT loan_id, min(began) AS began, arg_max(n, depth) AS n FROM walk GROUP BY loan_id),
events AS (
  SELECT e.loan_id, e.amount_yuan, e.in_place, coalesce(c.n, e.own) AS n,
    CASE WHEN in_place THEN e.loan_id ELSE previous_loan_id END AS evidence,
    CASE WHEN in_place THEN DATE '2026-06-30' ELSE disbursed_date END AS renewed
  FROM (SELECT *, coalesce(extensions_count, 0) + coalesce(issue_type IN ('renewal_without_principal', 'refinance',
      'extension', 'restructure'), false)::INT AS own,
      NOT coalesce(issue_type IN ('renewal_without_principal', 'refinance', 'extension', 'restructure'), false)
      OR (coalesce(issue_type IN ('extension', 'restructure'), false) AND previous_loan_id IS NULL) AS in_place
    FROM ledger WHERE balance_yuan > 0 AND status NOT IN ('settled', 'written_off', 'transferred')) e
  LEFT JOIN chains c USING (loan_id) WHERE own > 0),
before AS (
  SELECT e.loan_id, count(*) AS seen, count(*) FILTER (m.overdue_days > 0) AS late,
    count(*) FILTER (m.class5 IN ('special_mention', 'substandard', 'doubtful', 'loss')) AS watched,
    arg_max(m.balance_yuan, m.month) AS last_balance
  FROM events e JOIN loan_months m ON m.loan_id = e.evidence
  WHERE m.month <= '2026-06' AND date_diff('day', last_day((m.month || '-01')::DATE), e.renewed) BETWEEN 0 AND 180
  GROUP BY e.loan_id),
judged AS (
  SELECT e.loan_id, CASE WHEN b.late > 0 OR b.watched > 0 OR p.overdue_days > 0 OR p.overdue_interest_yuan > 0
      OR p.class5 IN ('special_mention', 'substandard', 'doubtful', 'loss')
      OR date_diff('day', p.first_overdue_date, e.renewed) BETWEEN 0 AND 180
      OR (NOT in_place AND e.amount_yuan - d.debt > 1 AND e.amount_yuan - d.debt <= d.debt * coalesce(p.yearly_rate, 0)
        * least(date_diff('day', p.disbursed_date, p.maturity_date), 365) / 360) THEN 'stressed'
    WHEN (p.loan_id IS NULL AND b.seen IS NULL) OR e.n >= 3 THEN 'unknown' ELSE 'normal' END AS state
  FROM events e LEFT JOIN before b USING (loan_id) LEFT JOIN ledger p ON p.loan_id = e.evidence,
    LATERAL (SELECT CASE WHEN b.last_balance > 0 THEN b.last_balance ELSE p.amount_yuan END AS debt) d),
gone AS (
  SELECT *, status = 'written_off' OR coalesce(written_off_yuan, 0) > 0 AS written FROM ledger
  WHERE status IN ('written_off', 'transferred') OR coalesce(written_off_yuan, 0) > 0),
last AS (
  SELECT loan_id, arg_max(balance_yuan, month) AS balance, arg_max(CASE WHEN class5 IS NULL THEN overdue_days > 90
    ELSE class5 IN ('substandard', 'doubtful', 'loss') END, month) AS bad
  FROM loan_months WHERE month <= '2026-06' AND balance_yuan > 0 AND loan_id IN (SELECT loan_id FROM gone)
  GROUP BY loan_id),
exits AS (
  SELECT loan_id, coalesce(CASE WHEN written_off_yuan > 0 THEN written_off_yuan ELSE l.balance END, g.balance_yuan) AS y
  FROM gone g LEFT JOIN last l USING (loan_id)
  WHERE (written OR (CASE WHEN class5 IS NULL THEN overdue_days > 90 ELSE class5 IN ('substandard', 'doubtful', 'loss')
      END OR coalesce(l.bad, false)))
    AND coalesce(CASE WHEN written THEN coalesce(written_off_date, closed_date) ELSE closed_date END
      BETWEEN DATE '2025-07-01' AND DATE '2026-06-30', written)),
opening AS (
  SELECT loan_id, balance_yuan AS y FROM loan_months WHERE month = '2025-06' AND balance_yuan > 0
    AND status NOT IN ('settled', 'written_off', 'transferred')),
parts AS (
  SELECT l.branch_id, l.customer_id, coalesce(c.industry_code, l.use_industry_code) AS code,
    (l.balance_yuan > 0 AND l.status NOT IN ('settled', 'written_off', 'transferred'))::INT AS live,
    live * l.balance_yuan AS b, b * (l.overdue_days > 30)::INT AS p,
    b * (l.overdue_days > 30 OR coalesce(j.state, '') = 'stressed')::INT AS s,
    b * (l.overdue_days <= 30 AND coalesce(j.state, '') = 'unknown')::INT AS u, coalesce(x.y, 0) AS w,
    coalesce(o.y, 0) AS o, (coalesce(h.began, l.disbursed_date) <= DATE '2025-06-30')::INT AS old
  FROM ledger l LEFT JOIN judged j USING (loan_id) LEFT JOIN chains h USING (loan_id) LEFT JOIN exits x USING (loan_id)
    LEFT JOIN opening o USING (loan_id)
    LEFT JOIN (SELECT customer_id, industry_code FROM customers WHERE as_of = '2026-06-30') c USING (customer_id)),
people AS (
  SELECT branch_id, CASE WHEN regexp_matches(upper(left(code, 1)), '^[A-T]$') THEN upper(left(code, 1)) ELSE '?' END AS
    section, customer_id, sum(live) AS live, sum(b) AS b, sum(p) AS p, sum(s) AS s, sum(u) AS u, sum(w) AS w,
    sum(o) AS o, sum(p * old) AS pt, sum(s * old) AS st
  FROM parts GROUP BY ALL)
SELECT branch_id, section, sum(live), count(*) FILTER (live > 0), sum(b), sum(p), sum(s), sum(u), sum(w), sum(o),
  sum(pt), sum(st), count(*) FILTER (p > 0), count(*) FILTER (s > 0), count(*) FILTER (u > 0), count(*) FILTER (w > 0),
  count(*) FILTER (o > 0), count(*) FILTER (pt > 0), count(*) FILTER (st > 0), count(*) FILTER (b + w > 0),
  sum(b * b), sum((b + w) * (b + w)), sum(o * o)
FROM people GROUP BY ALL ORDER BY ALL
"""


def _by_hand(folder: str) -> int:
    with duckdb.connect(f"{folder}/data/bank.duckdb", read_only=True) as engine:
        return len(engine.sql(BY_HAND).df())
