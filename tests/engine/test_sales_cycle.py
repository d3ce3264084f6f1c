"""The length of a sales cycle, and what it proposes."""

from __future__ import annotations

import pytest

from nurture_app.engine.sales_cycle import Cycle, cycle_from, is_far_shorter, propose


@pytest.mark.parametrize(
	("deals", "interviews", "is_complex", "cycle"),
	[
		([], [], False, Cycle(90, 0, "Usual")),
		([], [], True, Cycle(365, 0, "Usual")),
		([40] * 9, [20] * 9, False, Cycle(90, 0, "Usual")),
		([40] * 9, [20] * 10, False, Cycle(20, 10, "Interviews")),
		([40] * 10, [20] * 15, True, Cycle(40, 10, "Deals")),
		([30, 50] * 6, [], False, Cycle(40, 12, "Deals")),
	],
)
def test_deals_come_before_interviews_and_both_before_what_is_usual(deals, interviews, is_complex, cycle):
	assert cycle_from(deals, interviews, is_complex=is_complex) == cycle


def test_three_months_propose_six_mails_and_sales_after_two():
	plan = propose(90)
	assert (plan.planned_emails, plan.planned_days) == (6, 90)
	assert (plan.escalation_day, plan.handoff_day, plan.cold_wait_days) == (45, 60, 90)


@pytest.mark.parametrize("days", [0, 1, 5, 18, 60, 200, 365, 1200])
def test_a_plan_keeps_its_order_and_its_limits(days):
	plan = propose(days)
	assert plan.planned_emails >= 5
	assert 1 <= plan.escalation_day <= plan.handoff_day <= plan.planned_days
	assert 30 <= plan.cold_wait_days <= 365


def test_the_standard_five_mails_are_far_shorter_than_three_months():
	assert is_far_shorter(18, Cycle(90, 0, "Usual"))
	assert not is_far_shorter(45, Cycle(90, 0, "Usual"))
