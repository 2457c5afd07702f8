-- The tables of a store of schema 1, read from one that the library of commit 6386280 made: for the test of its upgrade.
CREATE TABLE application_documents(application_id VARCHAR, customer_id VARCHAR, document VARCHAR, is_mandatory
BOOLEAN, waited_days DOUBLE, changed_decision BOOLEAN, as_of DATE, file_id INTEGER);
CREATE TABLE applications(application_id VARCHAR, customer_id VARCHAR, product_id VARCHAR, branch_id VARCHAR, rm_id
VARCHAR, channel VARCHAR, asked_yuan DOUBLE, purpose VARCHAR, loan_id VARCHAR, submitted_at TIMESTAMP,
documents_complete_at TIMESTAMP, surveyed_at TIMESTAMP, decided_at TIMESTAMP, signed_at TIMESTAMP, disbursed_at
TIMESTAMP, decision VARCHAR, reason_code VARCHAR, approver_id VARCHAR, is_exception BOOLEAN, exception_code VARCHAR,
granted_yuan DOUBLE, documents_count BIGINT, documents_required_count BIGINT, device_hash VARCHAR, as_of DATE, file_id
INTEGER);
CREATE TABLE bad_loan_reviews(loan_id VARCHAR, reviewed_date DATE, reason_code VARCHAR, reviewer_id VARCHAR,
second_reason_code VARCHAR, second_reviewer_id VARCHAR, missed_control VARCHAR, evidence_existed BOOLEAN,
realised_loss_yuan DOUBLE, diligence VARCHAR, evidence_code VARCHAR, as_of DATE, file_id INTEGER);
CREATE TABLE branches(branch_id VARCHAR, name VARCHAR, parent_id VARCHAR, city VARCHAR, region_code VARCHAR,
opened_date DATE, authority_limit_yuan DOUBLE, is_active BOOLEAN, as_of DATE, file_id INTEGER);
CREATE TABLE campaign_members(campaign_id VARCHAR, customer_id VARCHAR, branch_id VARCHAR, arm VARCHAR, wave BIGINT,
cluster_id VARCHAR, assigned_date DATE, contacted_date DATE, contact_basis VARCHAR, loan_id VARCHAR, outcome_date
DATE, outcome_yuan DOUBLE, as_of DATE, file_id INTEGER);
CREATE TABLE campaigns(campaign_id VARCHAR, branch_id VARCHAR, programme_id VARCHAR, name VARCHAR, goal VARCHAR,
product_id VARCHAR, venue_id VARCHAR, launch_date DATE, closing_date DATE, reading_date DATE, registered_date DATE,
design VARCHAR, holdout_share DOUBLE, stop_rule VARCHAR, planned_members_count BIGINT, planned_reached_count BIGINT,
planned_interested_count BIGINT, planned_applied_count BIGINT, planned_loans_count BIGINT, gifts_cost_yuan DOUBLE,
staff_cost_yuan DOUBLE, media_cost_yuan DOUBLE, reward_cost_yuan DOUBLE, margin_per_loan_yuan DOUBLE, as_of DATE,
file_id INTEGER);
CREATE TABLE churn_reviews(customer_id VARCHAR, reviewed_date DATE, branch_id VARCHAR, lost_date DATE, loss_reason
VARCHAR, gone_to VARCHAR, value_band VARCHAR, last_contact_date DATE, would_return_for VARCHAR, is_not_to_recover
BOOLEAN, rm_id VARCHAR, as_of DATE, file_id INTEGER);
CREATE TABLE collateral(collateral_id VARCHAR, kind VARCHAR, district VARCHAR, area_m2 DOUBLE, value_yuan DOUBLE,
valued_date DATE, appraiser_id VARCHAR, method VARCHAR, registered_date DATE, registration_order VARCHAR,
origin_ltv_share DOUBLE, as_of DATE, file_id INTEGER);
CREATE TABLE collateral_links(loan_id VARCHAR, collateral_id VARCHAR, secured_yuan DOUBLE, owner VARCHAR, as_of DATE,
file_id INTEGER);
CREATE TABLE control_totals(branch_id VARCHAR, customers_count BIGINT, balance_yuan DOUBLE, overdue_yuan DOUBLE, as_of
DATE, file_id INTEGER);
CREATE TABLE core_enterprises(core_id VARCHAR, name VARCHAR, kind VARCHAR, industry_code VARCHAR, size VARCHAR,
ownership VARCHAR, contract_terms_days BIGINT, acknowledgement VARCHAR, programme VARCHAR, direct_exposure_yuan
DOUBLE, cap_yuan DOUBLE, uscc_hash VARCHAR, managing_branch_id VARCHAR, manager_rm_id VARCHAR, bad_news_date DATE,
as_of DATE, file_id INTEGER);
CREATE TABLE core_payables(payable_id VARCHAR, core_id VARCHAR, customer_id VARCHAR, supplier_hash VARCHAR,
delivered_date DATE, due_date DATE, paid_date DATE, amount_yuan DOUBLE, deducted_yuan DOUBLE, project_id VARCHAR,
milestone VARCHAR, retention_yuan DOUBLE, instrument VARCHAR, invoice_number VARCHAR, category VARCHAR,
acknowledged_date DATE, is_disputed BOOLEAN, as_of DATE, file_id INTEGER);
CREATE TABLE core_receipts(receipt_id VARCHAR, core_id VARCHAR, customer_id VARCHAR, payable_id VARCHAR, received_date
DATE, amount_yuan DOUBLE, account VARCHAR, source VARCHAR, as_of DATE, file_id INTEGER);
CREATE TABLE customer_links(customer_id_a VARCHAR, customer_id_b VARCHAR, link_type VARCHAR, value_hash VARCHAR,
strength_share DOUBLE, source VARCHAR, seen_date DATE, as_of DATE, file_id INTEGER);
CREATE TABLE customers(customer_id VARCHAR, branch_id VARCHAR, kind VARCHAR, name_hash VARCHAR, uscc_hash VARCHAR,
id_hash VARCHAR, phone_hash VARCHAR, address_hash VARCHAR, established_date DATE, industry_code VARCHAR, size VARCHAR,
region_code VARCHAR, venue_id VARCHAR, employees_count BIGINT, annual_sales_yuan DOUBLE, sales_source VARCHAR, rm_id
VARCHAR, first_loan_date DATE, is_inclusive BOOLEAN, is_economically_dependent BOOLEAN, group_id VARCHAR,
is_related_party BOOLEAN, consents_marketing BOOLEAN, consents_invoices BOOLEAN, consents_flows BOOLEAN,
deposits_avg_12m_yuan DOUBLE, rating VARCHAR, is_defaulted BOOLEAN, defaulted_date DATE, as_of DATE, file_id INTEGER);
CREATE TABLE disposals(collateral_id VARCHAR, started_date DATE, sold_date DATE, price_yuan DOUBLE, cost_yuan DOUBLE,
way VARCHAR, as_of DATE, file_id INTEGER);
CREATE TABLE external_series(series_id VARCHAR, month VARCHAR, value DOUBLE, unit VARCHAR, driver VARCHAR,
industry_code VARCHAR, source VARCHAR, note VARCHAR, as_of DATE, file_id INTEGER);
CREATE TABLE facilities(facility_id VARCHAR, customer_id VARCHAR, approved_yuan DOUBLE, start_date DATE, expiry_date
DATE, is_revolving BOOLEAN, is_secured BOOLEAN, approver_id VARCHAR, authority_level VARCHAR, status VARCHAR, as_of
DATE, file_id INTEGER);
CREATE TABLE facility_months(facility_id VARCHAR, customer_id VARCHAR, month VARCHAR, limit_yuan DOUBLE, used_yuan
DOUBLE, draws_count BIGINT, returns_count BIGINT, as_of DATE, file_id INTEGER);
CREATE TABLE files(file_id INTEGER, name VARCHAR, sha256 VARCHAR, table_name VARCHAR, mapping VARCHAR, as_of DATE,
rows_count BIGINT, shared_rows_count BIGINT, loaded_at TIMESTAMP, superseded_by INTEGER, is_synthetic BOOLEAN);
CREATE TABLE findings(file_id INTEGER, file VARCHAR, table_name VARCHAR, column_name VARCHAR, severity VARCHAR, rule
VARCHAR, rows_count BIGINT, example VARCHAR, fix VARCHAR);
CREATE TABLE flow_months(customer_id VARCHAR, month VARCHAR, channel VARCHAR, inflow_yuan DOUBLE, outflow_yuan DOUBLE,
inflows_count BIGINT, outflows_count BIGINT, top1_inflow_share DOUBLE, top3_inflow_share DOUBLE, min_balance_yuan
DOUBLE, active_days BIGINT, as_of DATE, file_id INTEGER);
CREATE TABLE guarantees(loan_id VARCHAR, guarantor_id VARCHAR, kind VARCHAR, amount_yuan DOUBLE, net_worth_yuan
DOUBLE, called_date DATE, called_yuan DOUBLE, as_of DATE, file_id INTEGER);
CREATE TABLE invoices(customer_id VARCHAR, side VARCHAR, invoice_number VARCHAR, occurrence_number BIGINT, issued_date
DATE, counterparty_hash VARCHAR, net_yuan DOUBLE, tax_yuan DOUBLE, gross_yuan DOUBLE, status VARCHAR, category
VARCHAR, as_of DATE, file_id INTEGER);
CREATE TABLE leads(lead_id VARCHAR, branch_id VARCHAR, customer_id VARCHAR, venue_id VARCHAR, member_number VARCHAR,
lead_source VARCHAR, channel VARCHAR, referrer_customer_id VARCHAR, campaign_id VARCHAR, rm_id VARCHAR, created_date
DATE, lead_status VARCHAR, loss_reason VARCHAR, contact_basis VARCHAR, cost_yuan DOUBLE, application_id VARCHAR,
loan_id VARCHAR, as_of DATE, file_id INTEGER);
CREATE TABLE loan_months(loan_id VARCHAR, month VARCHAR, balance_yuan DOUBLE, overdue_days BIGINT, class5 VARCHAR,
status VARCHAR, yearly_rate DOUBLE, as_of DATE, file_id INTEGER);
CREATE TABLE loans(loan_id VARCHAR, customer_id VARCHAR, contract_id VARCHAR, facility_id VARCHAR, product_id VARCHAR,
branch_id VARCHAR, rm_id VARCHAR, disbursed_date DATE, maturity_date DATE, closed_date DATE, amount_yuan DOUBLE,
balance_yuan DOUBLE, yearly_rate DOUBLE, rate_type VARCHAR, repayment VARCHAR, guarantee VARCHAR, purpose VARCHAR,
use_industry_code VARCHAR, issue_type VARCHAR, previous_loan_id VARCHAR, extensions_count BIGINT, overdue_days BIGINT,
overdue_principal_yuan DOUBLE, overdue_interest_yuan DOUBLE, first_overdue_date DATE, class5 VARCHAR, status VARCHAR,
written_off_date DATE, written_off_yuan DOUBLE, core_id VARCHAR, venue_id VARCHAR, channel VARCHAR, is_inclusive
BOOLEAN, is_agricultural BOOLEAN, repayment_source_confirmed BOOLEAN, as_of DATE, file_id INTEGER);
CREATE TABLE meta(key VARCHAR, value VARCHAR);
CREATE TABLE online_screens(screen_id VARCHAR, customer_id VARCHAR, product_id VARCHAR, screened_at TIMESTAMP,
decision_seconds DOUBLE, decision VARCHAR, granted_yuan DOUBLE, needed_yuan DOUBLE, reason_code VARCHAR, as_of DATE,
file_id INTEGER);
CREATE TABLE payable_loans(loan_id VARCHAR, payable_id VARCHAR, assigned_yuan DOUBLE, notified_date DATE,
registered_date DATE, as_of DATE, file_id INTEGER);
CREATE TABLE payments(loan_id VARCHAR, sequence_number BIGINT, paid_date DATE, amount_yuan DOUBLE, method VARCHAR,
payee_hash VARCHAR, payee_kind VARCHAR, is_related BOOLEAN, memo_code VARCHAR, returned_yuan DOUBLE, returned_date
DATE, as_of DATE, file_id INTEGER);
CREATE TABLE plan_tasks(task_id VARCHAR, branch_id VARCHAR, campaign_id VARCHAR, task VARCHAR, owner_id VARCHAR,
planned_start_date DATE, planned_end_date DATE, started_date DATE, done_date DATE, depends VARCHAR, as_of DATE,
file_id INTEGER);
CREATE TABLE products(product_id VARCHAR, name VARCHAR, kind VARCHAR, secured VARCHAR, is_online BOOLEAN, is_revolving
BOOLEAN, min_amount_yuan DOUBLE, max_amount_yuan DOUBLE, min_term_months BIGINT, max_term_months BIGINT,
min_yearly_rate DOUBLE, max_yearly_rate DOUBLE, status VARCHAR, as_of DATE, file_id INTEGER);
CREATE TABLE repayments(loan_id VARCHAR, paid_date DATE, sequence_number BIGINT, principal_yuan DOUBLE, interest_yuan
DOUBLE, fee_yuan DOUBLE, source VARCHAR, as_of DATE, file_id INTEGER);
CREATE TABLE rm_months(rm_id VARCHAR, month VARCHAR, branch_id VARCHAR, calls_count BIGINT, visits_count BIGINT,
applications_count BIGINT, loans_count BIGINT, late_loans_count BIGINT, amount_yuan DOUBLE, overdue30_yuan DOUBLE,
fee_yuan DOUBLE, net_income_yuan DOUBLE, pay_yuan DOUBLE, leave_days BIGINT, as_of DATE, file_id INTEGER);
CREATE TABLE rms(rm_id VARCHAR, branch_id VARCHAR, name_hash VARCHAR, role VARCHAR, start_date DATE, end_date DATE,
hours_month_count BIGINT, selling_share DOUBLE, team VARCHAR, as_of DATE, file_id INTEGER);
CREATE TABLE schedules(loan_id VARCHAR, term_number BIGINT, due_date DATE, principal_yuan DOUBLE, interest_yuan
DOUBLE, fee_yuan DOUBLE, as_of DATE, file_id INTEGER);
CREATE TABLE shares(file_id INTEGER, owner_id INTEGER, rows_count BIGINT);
CREATE TABLE site_checks(customer_id VARCHAR, checked_date DATE, rm_id VARCHAR, references_asked BOOLEAN,
products_seen BOOLEAN, pledge_seen BOOLEAN, electricity_kwh DOUBLE, water_m3 DOUBLE, tax_sales_yuan DOUBLE,
customs_yuan DOUBLE, stock_yuan DOUBLE, stock_days_count BIGINT, orders_yuan DOUBLE, project_yuan DOUBLE,
own_funds_yuan DOUBLE, own_funds_evidence VARCHAR, own_funds_borrowed_yuan DOUBLE, opening_worth_yuan DOUBLE,
profit_yuan DOUBLE, injected_yuan DOUBLE, withdrawn_yuan DOUBLE, net_worth_yuan DOUBLE, declared_debt_yuan DOUBLE,
declared_debt_month_yuan DOUBLE, as_of DATE, file_id INTEGER);
CREATE TABLE snapshots(table_name VARCHAR, branch_id VARCHAR, as_of DATE, rows_count BIGINT);
CREATE TABLE supply_contracts(contract_id VARCHAR, core_id VARCHAR, customer_id VARCHAR, kind VARCHAR, project_id
VARCHAR, start_date DATE, expiry_date DATE, amount_yuan DOUBLE, warranty_months BIGINT, is_back_to_back BOOLEAN,
has_wage_account BOOLEAN, as_of DATE, file_id INTEGER);
CREATE TABLE targets(target_scope VARCHAR, scope_id VARCHAR, target_month VARCHAR, metric VARCHAR, branch_id VARCHAR,
target_number DOUBLE, target_source VARCHAR, version VARCHAR, as_of DATE, file_id INTEGER);
CREATE TABLE touches(touch_id VARCHAR, lead_id VARCHAR, branch_id VARCHAR, rm_id VARCHAR, touched_at TIMESTAMP, way
VARCHAR, script_id VARCHAR, touch_result VARCHAR, minutes_count BIGINT, as_of DATE, file_id INTEGER);
CREATE TABLE venue_rosters(venue_id VARCHAR, list_source VARCHAR, member_number VARCHAR, kind VARCHAR, venue_name
VARCHAR, uscc_hash VARCHAR, phone_hash VARCHAR, customer_id VARCHAR, industry_code VARCHAR, since_date DATE, area_m2
DOUBLE, monthly_rent_yuan DOUBLE, landlord_hash VARCHAR, is_relocating BOOLEAN, list_date DATE, as_of DATE, file_id
INTEGER);
CREATE TABLE win_backs(customer_id VARCHAR, listed_date DATE, branch_id VARCHAR, goal VARCHAR, lost_date DATE,
rule_code VARCHAR, value_band VARCHAR, loss_reason VARCHAR, arm VARCHAR, rm_id VARCHAR, offer VARCHAR, offer_cost_yuan
DOUBLE, follow_up_date DATE, contacted_date DATE, result VARCHAR, returned_date DATE, as_of DATE, file_id INTEGER);
