"""Who runs coaches: companies, vehicles, trip sheets. Imports `tracker` only.

- `companies`: coach companies and their coaches
- `imports`: companies and their coaches from CSV, all or nothing, every mistake named by line
- `registration`: registering companies and their coaches
- `trip_sheets`: what operators declared of each trip, gathered from its messages
"""
