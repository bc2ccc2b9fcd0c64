from hypothesis import given
from hypothesis import strategies as st

from telemetry.identity import Identifier, canonical
from telemetry.kinds import Kind

IDENTIFIER = Identifier("s" * 40)
bodies = st.dictionaries(st.text(max_size=5), st.integers(-9, 9) | st.text(max_size=5), max_size=5)


@given(bodies, st.randoms())
def test_the_order_of_fields_does_not_matter(body, random):
    items = list(body.items())
    random.shuffle(items)
    assert canonical(dict(items)) == canonical(body)


def test_an_id_is_of_subject_kind_and_body():
    ids = {
        IDENTIFIER.derived_id(subject, kind, body)
        for subject in ("vehicles/A/B", "vehicles/A/C")
        for kind in (Kind.POSITION, Kind.TRIP)
        for body in (b"{}", b'{"a":1}')
    }
    assert len(ids) == 8
    assert all(one.version == 5 for one in ids)


def test_a_hash_is_keyed_and_covers_the_words():
    hashes = {
        IDENTIFIER.content_hash(b"{}", {}),
        IDENTIFIER.content_hash(b"{}", {"note": "rude"}),
        IDENTIFIER.content_hash(b"{}", {"note": "polite"}),
        Identifier("t" * 40).content_hash(b"{}", {}),
    }
    assert len(hashes) == 4
    assert all(len(one) == 32 for one in hashes)
