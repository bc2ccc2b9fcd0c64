"""Who runs coaches: companies, vehicles, trip sheets. Imports `tracker` only.

- `companies`: coach companies and their coaches
- `fleet_entries`: what a dispatcher entered away from the network, so that an entry that is sent twice is done once
- `imports`: companies and their coaches from CSV, all or nothing, every mistake named by line
- `planned_trips`: trips that a company plans, one by one, from a list, or from a timetable
- `registration`: registering companies and their coaches
- `trip_sheets`: what operators declared of each trip, gathered from its messages
"""
