"""The managers' work: leads, contacts, months and plans; in order."""

from microlib.bank.demo.marketing import contacts, leads, managers, plans

STAGES = (
    leads.make_leads,
    contacts.make_touches,
    managers.make_manager_months,
    plans.make_targets,
    plans.make_plan_tasks,
)
