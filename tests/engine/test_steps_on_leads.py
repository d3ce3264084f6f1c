"""Steps that change the lead or choose its way: tags, points, splits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from nurture_app.engine import nightly, runner, scoring
from nurture_app.engine.score_reasons import breakdown
from nurture_app.engine.sticky import pick, share
from tests.database_wrappers import WatchedDatabase
from tests.world import MONDAY, World

DAY = timedelta(days=1)


def tags(world: World, lead: str) -> tuple[str, list[str]]:
	links = world.all("Tag Link", "tag", document_type="Lead", document_name=lead)
	return world.row("Lead", lead, "_user_tags")[0] or "", sorted(tag for (tag,) in links)


def tag_step(label: str, tag: str, action: str = "Add", **values: Any) -> dict[str, Any]:
	return {"step_label": label, "step_type": "Tag", "tag": tag, "tag_action": action} | values


# --- fields that name another record ------------------------------------------------------------------------------


def named_record(world: World) -> dict[str, Any]:
	"""A step that writes the name of a topic into a field of the lead."""
	info = replace(world.host.catalog["industry"], links_to="Nurture Topic", options=())
	world.host = replace(world.host, catalog={**world.host.catalog, "industry": info})
	world.put("Nurture Topic", "Steel", title="Steel")
	return {"step_label": "Mark", "step_type": "Set Field", "field_name": "industry", "field_value": "Steel"}


def test_a_record_that_was_deleted_meanwhile_is_not_written_and_the_step_says_so(world):
	world.sequence("Seq", [named_record(world)])
	before, after = world.lead(), world.lead()
	world.enroll("Seq", before)
	world.tick()
	world.delete("Nurture Topic", "Steel")
	world.enroll("Seq", after)
	world.tick()
	assert world.row("Lead", before, "industry") == ("Steel",)
	assert world.row("Lead", after, "industry") == (None,)
	held = world.all("Nurture Enrollment", "status", "reason", "reason_detail", party=after)
	assert held == [("Held", "record_gone", "Nurture Topic: Steel")]
	world.put("Nurture Topic", "Steel", title="Steel")
	nightly.nightly(world.host)
	world.tick()
	assert world.row("Lead", after, "industry") == ("Steel",)


def test_emptying_a_field_that_names_a_record_needs_none(world):
	world.sequence("Seq", [named_record(world) | {"field_value": ""}])
	lead = world.lead(industry="Steel")
	world.enroll("Seq", lead)
	world.tick()
	assert world.row("Lead", lead, "industry") == (None,)


def test_more_leads_ask_for_records_no_more_often(world):
	world.sequence("Seq", [named_record(world)])

	def queries(number: int) -> dict[str, int]:
		world.enroll("Seq", *(world.lead() for _ in range(number)))
		watched = WatchedDatabase(world.db)
		assert runner.tick(replace(world.host, db=watched), "w").claimed == number
		return dict(watched.names)

	queries(1)
	assert queries(2) == queries(20)


# --- tags --------------------------------------------------------------------------------------------------------


def test_a_tag_is_put_on_as_the_desk_does_it(world):
	world.sequence("Seq", [tag_step("One", "VIP"), tag_step("Two", "Hot")])
	fresh, tagged, other = world.lead(), world.lead(_user_tags=",vip,Old"), world.lead()
	world.put("Tag Link", document_type="Lead", document_name=tagged, tag="vip")
	world.enroll("Seq", fresh, tagged)
	world.tick()
	assert tags(world, fresh) == (",VIP,Hot", ["Hot", "VIP"])
	assert tags(world, tagged) == (",vip,Old,Hot", ["Hot", "vip"])
	assert tags(world, other) == ("", [])
	assert {name for (name,) in world.all("Tag", "name")} == {"VIP", "Hot"}
	assert set(world.all("Nurture Touch", "step", "status")) == {("One", "Done"), ("Two", "Done")}


def test_a_tag_is_taken_off_whatever_its_case(world):
	world.sequence("Seq", [tag_step("One", "vip", "Remove")])
	lead, never = world.lead(_user_tags=",VIP,Old"), world.lead(_user_tags=",Old")
	world.put("Tag Link", document_type="Lead", document_name=lead, tag="VIP")
	world.put("Tag Link", document_type="Lead", document_name=lead, tag="Old")
	world.enroll("Seq", lead, never)
	world.tick()
	assert tags(world, lead) == (",Old", ["Old"])
	assert tags(world, never) == (",Old", [])
	world.tick()
	assert tags(world, lead) == (",Old", ["Old"])


def test_segments_follow_a_tag_at_once_and_start_sequences(world):
	world.segment("VIPs", {"tag": "VIP"})
	world.sequence("Seq", [tag_step("One", "VIP")])
	world.sequence(
		"Welcome VIP", [{"step_label": "Hello"}], trigger_type="Segment Entered", trigger_segment="VIPs"
	)
	lead = world.lead()
	world.enroll("Seq", lead)
	world.tick()
	assert world.all("Nurture Segment Member", "party", segment="VIPs") == [(lead,)]
	assert world.sent(lead) == ["Welcome VIP Hello"]


# --- points ------------------------------------------------------------------------------------------------------


def points_step(points: int, **values: Any) -> dict[str, Any]:
	return {"step_label": "Points", "step_type": "Add Score", "score_points": points} | values


def test_points_count_until_they_expire_and_are_explained(world):
	world.rule("Any rule", activity_type="Page View")
	world.sequence("Seq", [points_step(55, score_days=30)])
	lead, other = world.lead(), world.lead()
	world.enroll("Seq", lead)
	world.tick(), world.tick()
	assert (world.score(lead), world.stage(lead), world.score(other)) == (55, "MQL", 0)
	((reason),) = breakdown(world.host, lead)
	assert (reason.rule, reason.points, reason.score_part) == ("Seq: Points", 55, "Engagement")
	assert reason.ends_on == MONDAY + 30 * DAY
	scoring.rebuild(world.host)
	assert world.score(lead) == 55, "rules know nothing of these points, and leave them alone"
	world.run_until(MONDAY + 31 * DAY)
	assert (world.score(lead), world.stage(lead)) == (0, "Recycle")


def test_points_of_a_step_make_a_lead_cross_the_line_once(world):
	world.rule("Any rule", activity_type="Page View")
	world.sequence(
		"Seq", [points_step(30), points_step(30, step_label="More"), points_step(5, step_label="Yet")]
	)
	world.sequence("Sales", [{"step_label": "Call us"}], trigger_type="Stage Reached", trigger_stage="MQL")
	lead = world.lead()
	world.enroll("Seq", lead)
	world.tick()
	assert world.sent(lead) == ["Sales Call us"]
	kinds = [kind for (kind,) in world.all("Nurture Activity", "activity_type", party=lead)]
	assert kinds == ["MQL Reached"]


def test_points_below_zero_take_away_and_zero_days_stay(world):
	world.sequence("Seq", [points_step(-20, score_part="Fit", score_days=0)])
	lead = world.lead()
	world.enroll("Seq", lead)
	world.run_until(MONDAY + 400 * DAY)
	assert world.row("Lead", lead, "nurture_score", "nurture_fit_score") == (-20, -20)


def test_points_are_given_anew_in_another_round_but_never_twice_for_one(world):
	world.sequence("Seq", [points_step(10)], reentry="After It Ended")
	lead = world.lead()
	for _ in range(2):
		world.enroll("Seq", lead)
		world.tick(), world.tick()
	assert world.score(lead) == 20
	keys = [key for (key,) in world.all("Nurture Score Entry", "entry_key")]
	assert len(set(keys)) == len(keys) == 2


def test_many_leads_cost_as_many_statements_as_one(world):
	from dataclasses import replace

	from nurture_app.engine import runner
	from tests.database_wrappers import WatchedDatabase

	world.rule("Any rule", activity_type="Page View")
	world.segment("VIPs", {"tag": "VIP"})
	world.sequence("Seq", [tag_step("One", "VIP", delay=1), points_step(5, delay=1)])

	def statements(leads: int) -> int:
		world.enroll("Seq", *(world.lead() for _ in range(leads)))
		world.clock.move_to(world.clock.now() + DAY)
		watched = WatchedDatabase(world.db)
		runner.tick(replace(world.host, db=watched), "w")
		world.clock.move_to(world.clock.now() + DAY)
		runner.tick(replace(world.host, db=watched), "w")
		return watched.calls

	assert statements(1) >= statements(40) - 2


# --- splits ------------------------------------------------------------------------------------------------------


def ways(*pairs: tuple[str, int, str]) -> list[dict[str, Any]]:
	return [{"name": name, "weight": weight, "to": to} for name, weight, to in pairs]


SPLIT = [
	{
		"step_label": "Split",
		"step_type": "Split",
		"split_ways": ways(("A", 2, "Mail A"), ("B", 1, "Mail B"), ("Holdout", 1, "Out")),
	},
	{"step_label": "Mail A", "go_to": "Out"},
	{"step_label": "Mail B"},
	{"step_label": "Out", "step_type": "End"},
]


def test_a_split_sends_each_person_one_way_and_always_the_same(world):
	world.sequence("Seq", SPLIT, reentry="After It Ended")
	leads = [world.lead() for _ in range(120)]
	for _ in range(2):
		world.enroll("Seq", *leads)
		world.tick()
		world.clock.move_to(world.clock.now() + 7 * DAY)
	taken: dict[str, set[str]] = {}
	for lead, detail in world.all("Nurture Touch", "party", "reason_detail", step="Split"):
		taken.setdefault(lead, set()).add(detail)
	assert all(len(names) == 1 for names in taken.values())
	counts = Counter(next(iter(names)) for names in taken.values())
	assert set(counts) == {"A", "B", "Holdout"} and 40 <= counts["A"] <= 80
	mails = {"A": ["Seq Mail A"] * 2, "B": ["Seq Mail B"] * 2, "Holdout": []}
	for lead, names in taken.items():
		assert world.sent(lead) == mails[next(iter(names))]


def test_two_leads_of_one_person_go_the_same_way(world):
	world.sequence("Seq", SPLIT, reentry="After It Ended")
	pairs = [[world.lead(email_id=f"p{n}@example.com") for _ in range(2)] for n in range(20)]
	for turn in range(2):
		world.enroll("Seq", *(pair[turn] for pair in pairs))
		world.tick()
		world.clock.move_to(world.clock.now() + 7 * DAY)
	taken = dict(world.all("Nurture Touch", "party", "reason_detail", step="Split"))
	assert all(taken[one] == taken[other] for one, other in pairs)


def test_shares_are_kept_and_do_not_depend_on_other_steps():
	people = [f"p{number}@example.com" for number in range(4000)]
	first = [pick([3, 1], "Seq", "One", person) for person in people]
	second = [pick([1, 1], "Seq", "Two", person) for person in people]
	assert abs(first.count(0) - 3000) < 150
	both = Counter(zip(first, second, strict=True))
	assert abs(both[0, 0] - 1500) < 150 and abs(both[1, 0] - 500) < 100
	assert 0 <= min(share(person) for person in people) < max(share(person) for person in people) < 1


def test_a_share_is_the_same_for_ever():
	assert round(share("Seq", "Split", "ann@example.com"), 12) == 0.186743276944
