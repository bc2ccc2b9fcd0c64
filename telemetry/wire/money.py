"""Money on the wire: an amount keeps its currency, and says on what basis it was asked."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from telemetry.wire.codes import Code, PrintedNumber
from telemetry.wire.envelope import WIRE

# Of the region, its neighbour Mauritania, and what is taken in cash beside them. SLL is the leone before its division
# by 1,000 in 2022: old receipts show it.
Currency = Literal["XOF", "GHS", "NGN", "GNF", "SLE", "SLL", "LRD", "USD", "GMD", "CVE", "MRU", "EUR"]
MOST = 1_000_000_000


class Payment(BaseModel):
    """A sum paid or asked. A receipt does not make it lawful: `basis` says what is known."""

    model_config = WIRE

    amount: Annotated[float, Field(gt=0, le=MOST)]
    currency: Currency
    basis: Literal["listed_charge", "receipt_unlisted", "no_receipt", "unknown"] = "unknown"
    receipt_number: PrintedNumber | None = None
    payer: Literal["crew", "passenger", "company"] | None = None
    channel: Code | None = None
    count: Annotated[int, Field(ge=1, le=500)] | None = None
    observatory_only: bool | None = Field(None, description="the crew's wish: counted, but not shown to its operator")


Payments = Annotated[list[Payment], Field(max_length=100)]
