"""A signed token opens what it was signed for, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nurture_app.engine.tokens import SIGNED_LENGTH, TOKEN_LENGTH, is_token, sign, verify

SECRET = b"a secret of this site"
TOKEN = "abcdefghijklmnopqrstu_"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.text(ALPHABET, min_size=TOKEN_LENGTH, max_size=TOKEN_LENGTH))
def test_what_was_signed_is_found_again(token):
	signed = sign(SECRET, "open", token)
	assert len(signed) == SIGNED_LENGTH
	assert verify(SECRET, "open", signed) == token


def test_another_purpose_another_site_or_another_token_opens_nothing():
	signed = sign(SECRET, "open", TOKEN)
	assert verify(SECRET, "click", signed) == ""
	assert verify(b"another site", "open", signed) == ""
	assert verify(SECRET, "open", "B" + signed[1:]) == ""


@given(st.integers(0, SIGNED_LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_changed_character_is_a_forgery(place, other):
	signed = sign(SECRET, "open", TOKEN)
	forged = signed[:place] + other + signed[place + 1 :]
	assert verify(SECRET, "open", forged) == (TOKEN if forged == signed else "")


@given(st.text())
def test_junk_is_refused(junk):
	assert verify(SECRET, "open", junk) == ""
	assert is_token(junk) == (len(junk) == TOKEN_LENGTH and set(junk) <= set(ALPHABET))


def test_truncated_and_lengthened_links_are_refused():
	signed = sign(SECRET, "open", TOKEN)
	for wrong in (signed[:-1], signed + "A", signed + "\n", f" {signed}", TOKEN, ""):
		assert verify(SECRET, "open", wrong) == ""
