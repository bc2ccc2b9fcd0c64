import orjson
import pytest

from telemetry.delivery import Receipt
from telemetry.receipts import http_status, mqtt_answer
from tests.fakes import FakePhrasebook
from tracker.errors import Reason

GOOD = Receipt("1", "accepted")
BAD = Receipt(None, "rejected", (Reason("not_json"),))


@pytest.mark.parametrize(("receipts", "status"), [([GOOD], 200), ([GOOD, BAD], 207), ([BAD, BAD], 422), ([], 200)])
def test_the_status_sums_up_the_receipts(receipts, status):
    assert http_status(receipts) == status


def test_over_mqtt_only_what_was_rejected_is_answered():
    assert mqtt_answer([GOOD], FakePhrasebook(), "fr") is None
    answer = mqtt_answer([GOOD, BAD], FakePhrasebook(), "fr")
    assert answer is not None
    assert orjson.loads(answer)["receipts"] == [
        {
            "id": None,
            "status": "rejected",
            "reasons": [{"code": "not_json", "field": None, "message": "fr:reason.not_json"}],
        }
    ]
