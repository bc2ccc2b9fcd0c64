import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.kinds import Kind
from telemetry.topics import Topic, build, expected_topic, parse, post_topic, receipts_topic, vehicle_topic

names = st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)
topics = st.one_of(
    st.builds(Topic, st.sampled_from(Kind), names, names),
    st.builds(
        Topic,
        st.sampled_from([kind for kind in Kind if kind is not Kind.VEHICLE_STATUS]),
        names,
        names,
        partition=st.integers(0, 63),
    ),
    st.builds(
        Topic,
        st.just(Kind.POSITION),
        names,
        names,
        owntracks=st.just(True),
        partition=st.none() | st.integers(0, 63),
    ),
)


@given(topics)
def test_what_is_built_is_read_back(topic):
    assert parse(build(topic)) == topic


@given(st.text())
def test_any_text_is_a_topic_or_none(text):
    topic = parse(text)
    assert topic is None or build(topic) == text


@pytest.mark.parametrize(
    ("written", "kind", "subject", "partition"),
    [
        ("corridor/v1/vehicles/OP/COACH/positions", Kind.POSITION, "vehicles/OP/COACH", None),
        ("corridor/v1/vehicles/OP/COACH/status", Kind.VEHICLE_STATUS, "vehicles/OP/COACH", None),
        ("corridor/v1/posts/CI-noe/police/status", Kind.POST_STATUS, "posts/CI-noe/police", None),
        ("in/3/positions/OP/COACH", Kind.POSITION, "vehicles/OP/COACH", 3),
        ("in/3/crossings/CI-noe/police", Kind.CROSSING, "posts/CI-noe/police", 3),
        ("in/0/post-status/CI-noe/police", Kind.POST_STATUS, "posts/CI-noe/police", 0),
        ("in/3/owntracks/OP/COACH", Kind.POSITION, "vehicles/OP/COACH", 3),
    ],
)
def test_every_written_form_says_whose_it_is(written, kind, subject, partition):
    topic = parse(written)
    assert topic is not None
    assert (topic.kind, topic.subject, topic.partition) == (kind, subject, partition)


@pytest.mark.parametrize(
    "written",
    [
        "", "corridor/v1/vehicles/OP/COACH", "corridor/v2/vehicles/OP/COACH/positions",
        "corridor/v1/posts/P/A/positions",
        "corridor/v1/vehicles/*/COACH/positions", "corridor/v1/vehicles/OP/>/positions",
        "corridor/v1/vehicles/a b/C/positions", "corridor/v1/vehicles/OP/" + "x" * 41 + "/positions",
        "in/-1/positions/OP/C",
        "in/03/positions/OP/C", "in/3/status/OP/C", "in/٣/positions/OP/C", "owntracks/OP/COACH/event",
        "corridor/v1/vehicles/OP/C\n/positions", "corridor/v1/receipts/OP/COACH",
    ],
)  # fmt: skip
def test_what_is_not_of_the_grammar_is_none_of_ours(written):
    assert parse(written) is None


@pytest.mark.parametrize("name", ["", "a b", "*", ">", "a/b", "é", "x" * 41])
def test_no_topic_is_built_of_an_illegal_name(name):
    with pytest.raises(ValueError):
        vehicle_topic(Kind.POSITION, name, "COACH")
    with pytest.raises(ValueError):
        post_topic(Kind.CROSSING, "CI-noe", name)


def test_what_we_publish_has_its_own_topics():
    assert receipts_topic("vehicles/OP/COACH") == "corridor/v1/receipts/OP/COACH"
    assert receipts_topic("posts/CI-noe/police") == "corridor/v1/receipts/posts/CI-noe/police"
    assert expected_topic("CI-noe") == "corridor/v1/posts/CI-noe/expected"
