"""What each table lets the reports say: told to a bank that lacks it."""

from __future__ import annotations

#: table -> (in Chinese, in English)
UNLOCKS: dict[str, tuple[str, str]] = {
    "branches": ("每家机构一份报告；没有它什么也不能导入", "one report per branch; nothing can be loaded without it"),
    "rms": ("每条建议落到客户经理", "an owner for every action"),
    "customers": ("客群划分、规模与行业", "segments, their size and industry"),
    "products": ("按产品的质量与余额", "quality and balance by product"),
    "facilities": ("授信使用率、审批权限、循环贷款", "utilisation, approval authority, revolving loans"),
    "loans": ("到期与预警、不良率与逾期率、集中度", "maturities and warnings, bad-loan ratios, concentration"),
    "control_totals": ("与总账核对", "a tie-out with the bank's own totals"),
    "loan_months": ("账龄曲线、新增逾期、迁徙", "vintage curves, new arrears, migration"),
    "schedules": ("首期违约、应还未还", "first-payment default, what was due and not paid"),
    "repayments": ("提前还款与还款来源", "early repayment and where repayments come from"),
    "customer_links": ("关联关系待核查清单", "the list of links to be checked"),
    "guarantees": ("担保圈与代偿", "guarantee circles and calls"),
    "collateral": ("抵押率与押品上限", "loan to value and the collateral cap"),
    "collateral_links": ("一押多贷、剩余额度", "one pledge behind many loans, headroom"),
    "applications": ("准入漏斗、拒绝原因、时效与时序异常", "the access funnel, refusals, time to yes, odd timelines"),
    "facility_months": (
        "额度怎么用、随借随还省多少利息",
        "how lines are drawn, what that saves",
    ),
    "application_documents": ("哪些资料改变过审批结论", "which papers ever changed a decision"),
    "online_screens": (
        "线上通过率、额度够不够、误拒的好客户",
        "online pass rates, limits, good customers refused",
    ),
    "disposals": ("押品变现率，按自己的处置经验定折扣", "what pledges really brought, haircuts by own experience"),
    "payments": ("用途核查：去向、回流、限额下拆分支付", "use of funds: where it went, what came back, split payments"),
    "site_checks": ("自有资金与隐性负债、三品三表", "own funds and hidden debt, what was seen on site"),
    "bad_loan_reviews": ("不良成因、本可发现的控制、尽职免责", "why loans went bad, which control would have seen it"),
    "invoices": ("交易对手集中度、季节、按发票测额度", "counterparty concentration, seasons, limits by invoices"),
    "flow_months": ("现金缺口、按流水测还款能力", "cash gaps, repayment capacity by account flows"),
    "core_enterprises": ("来源上限与合同账期", "caps per source, contractual payment terms"),
    "core_payables": ("核心企业付款拖延、停付90天损失", "how late a core pays, loss if it stops for 90 days"),
    "supply_contracts": ("标期、项目结束与贷款到期对照", "ends of tenders and projects beside maturities of loans"),
    "payable_loans": ("同一应收重复融资、控制等级", "one payable financed twice, levels of control"),
    "core_receipts": ("回款归集率、回款转走", "how much of what a core pays arrives here"),
    "external_series": ("外部因素敏感度（弹性）", "how far sales follow outside conditions (elasticity)"),
    "venue_rosters": ("市场容量与渗透率", "how many there are and how many we serve"),
    "campaigns": (
        "活动计划对实际、登记在前的读数约定",
        "a campaign's plan against what happened, and what was agreed before",
    ),
    "campaign_members": (
        "活动净效果与区间、单笔增量成本",
        "a campaign's net effect with its interval, cost per added loan",
    ),
    "leads": ("线索到放款的漏斗、转介绍集中度", "the funnel from lead to loan, concentration of referrers"),
    "touches": ("触达有效性、话术与时段比较", "which contacts work, by script and time"),
    "win_backs": ("挽留与挽回对照组后的净效果", "retention and win-back against a hold-out"),
    "churn_reviews": (
        "流失认定条件、流失原因排序、客户分析会材料",
        "the churn rule, reasons of loss, the meeting's pack",
    ),
    "targets": ("目标分解与缺口", "targets broken down, and the gap"),
    "rm_months": ("客户经理产能、激励方案回放", "managers' capacity, incentive schemes replayed"),
    "plan_tasks": ("落地计划的关键路径与延误", "the critical path of a rollout and its slippage"),
}
