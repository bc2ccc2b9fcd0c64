"""Every table of the system in one place, for migrations and tests: importing this registers them all."""

# ruff: noqa: F401
from sqlmodel import SQLModel

import checkpoints.account_tables
import checkpoints.crossing_rows
import checkpoints.departures
import checkpoints.exchange_rates
import checkpoints.flags
import checkpoints.logged_crossings
import checkpoints.logged_dwell
import checkpoints.order_records
import checkpoints.post_statuses
import checkpoints.register
import checkpoints.reported_controls
import dashboard.accounts
import dashboard.api_tokens
import dashboard.audit
import dashboard.invitations
import dashboard.sessions
import dashboard.totp
import operators.companies
import operators.fleet_entries
import operators.trip_sheets
import telemetry.broker_secrets
import telemetry.dead_letter
import telemetry.device
import telemetry.partitions
import telemetry.seal
import tracker.declared_trips
import tracker.dwell_hours
import tracker.fact_tables
import tracker.gazetteer
import tracker.hub_pairs
import tracker.latest
import tracker.log
import tracker.pipeline
import tracker.section_hours
import tracker.silences
import tracker.tracks

METADATA = SQLModel.metadata
