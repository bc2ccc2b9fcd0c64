"""A simulated fleet on timetables, for the demo and for trying the doors out.

- `timetable`: which services run, when, with which coach
- `journey`: one coach's way along a corridor as a pure timeline: driving, halts, borders, controls
- `messages`: what device, crew and border posts say along a journey
- `player`: sends it when it is due
- `radios`: one MQTT connection per device, with its own credentials

Journeys are a function of the seed and the date, so a restart goes on where the coaches are. The figures are assumptions
(volumes, dwell, shares: a credible week on Abidjan-Lagos), not measurements; operators are invented.
"""
