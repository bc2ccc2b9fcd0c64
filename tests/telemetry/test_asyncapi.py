import orjson

from telemetry.asyncapi import document
from telemetry.kinds import Kind
from telemetry.topics import parse


def test_every_kind_has_a_channel_whose_address_is_in_the_grammar():
    channels = document()["channels"]
    for kind in Kind:
        address = channels[kind.value]["address"]
        for name in ("operator_id", "vehicle_id", "post_id", "agency"):
            address = address.replace(f"{{{name}}}", "X")
        topic = parse(address)
        assert topic is not None
        assert topic.kind is kind


def test_every_reference_leads_somewhere():
    made = document()

    def references(node):
        if isinstance(node, dict):
            yield from [node["$ref"]] if "$ref" in node else []
            for inner in node.values():
                yield from references(inner)
        elif isinstance(node, list):
            for inner in node:
                yield from references(inner)

    for reference in references(made):
        target = made
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
    assert orjson.loads(orjson.dumps(made))["asyncapi"] == "3.0.0"
