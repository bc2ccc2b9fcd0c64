"""Who runs coaches: companies, vehicles, trip sheets. Imports `tracker` only.

- `companies`: coach companies and their coaches
- `registration`: registering companies and their coaches
- `trip_sheets`: what operators declared of each trip, gathered from its messages
"""
