"""Posts for social networks: links that tell where a visit came from, and texts that fit (CH-10)."""

from __future__ import annotations

import pytest

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.social_posts import LONGEST_TEXT, tagged_link, too_long_by
from nurture_app.engine.visits.came_by import CameBy


def test_a_link_carries_network_and_campaign_and_keeps_what_it_has():
	url = "https://www.example.com/guide?page=2&utm_campaign=Old#part"
	assert tagged_link(url, "LinkedIn", "Spring Week") == (
		"https://www.example.com/guide?page=2&utm_campaign=Old&utm_source=linkedin&utm_medium=social#part"
	)
	assert tagged_link("https://example.com", "X", "Où? 50 %").endswith("&utm_campaign=o%C3%B9-50")
	assert tagged_link("  ", "X") == ""


@pytest.mark.parametrize("network", LONGEST_TEXT)
def test_a_visit_by_such_a_link_counts_as_social(network):
	source = tagged_link("https://example.com", network).split("utm_source=")[1].split("&")[0]
	assert CameBy(source=source, medium="social").channel == "Social"


@pytest.mark.parametrize(
	"url", ["javascript:alert(1)", "example.com", "https://", "ftp://example.com", "https://a b.example"]
)
def test_what_is_no_address_of_a_page_is_refused(url):
	with pytest.raises(NurtureError) as error:
		tagged_link(url, "X")
	assert error.value.code == "post_link_invalid" and url[:9] in str(error.value)


def test_the_link_counts_with_the_text():
	link = "https://www.example.com/" + "a" * 100
	assert too_long_by("X", "a" * 280) == 0
	assert too_long_by("X", "a" * 280, link) == 24, "the network counts any link as 23 characters"
	assert too_long_by("Bluesky", "a" * 250, link) == 250 + 1 + 124 - 300
	assert too_long_by("Other", "a" * 100_000, link) == 0
