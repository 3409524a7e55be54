"""References differ for every number and read well; every reason has its words."""

from hypothesis import given
from hypothesis import strategies as st

from referrals import reasons
from referrals.reference import ALPHABET, reference

SPACE = 28**5


def test_the_alphabet_has_no_vowels_and_no_look_alikes():
    assert len(ALPHABET) == len(set(ALPHABET)) == 28
    assert not set(ALPHABET) & set("AEIOU01L")
    assert ALPHABET.isupper()


def test_the_first_numbers_and_the_edges_of_laps_have_different_references():
    samples = [
        n + lap * SPACE for lap in range(5) for n in (*range(4000), *range(SPACE - 4000, SPACE))
    ]
    found = {reference(number) for number in samples}
    assert len(found) == len(samples)
    assert max(map(len, found)) <= 8


@given(st.sets(st.integers(0, SPACE * 27), min_size=2, max_size=2))
def test_no_two_numbers_share_a_reference(two):
    one, other = two
    assert reference(one) != reference(other)


@given(st.integers(0, SPACE - 1))
def test_a_reference_is_five_letters_after_its_r(number):
    text = reference(number)
    assert text.startswith("R-")
    assert len(text) == 7
    assert set(text[2:]) <= set(ALPHABET)


def test_neighbours_do_not_look_counted():
    assert reference(1)[2:4] != reference(2)[2:4]


def test_every_code_has_words_and_fits_its_column():
    for table in (reasons.REFERRAL_REASONS, reasons.PASS_REASONS, reasons.DECLINE_REASONS):
        for code, words in table.items():
            assert words
            assert code.isupper()
            assert len(code) <= 40
    both = set(reasons.PAIN_REFERS_OUT) & set(reasons.SURGEON_REFERS_BACK)
    assert not both
