"""Pages: one module per group of pages, each with a `router` (or `make_router`) that `dashboard/main.py` includes.

sign_in         signing in and out, one-time links
control_stops   control stops, for people and programs
languages       the language switch
account         one's own account: language, password, browsers, API tokens
second_factor   switching one's own second factor on and off
users           the administrator's page of users
audit           the audit trail, to be read
trips           trips, one trip as a timeline, the map's panel of a coach
corridors       flow by section, direction and hour, the strip of a day, the map's panel of a section
posts           border posts, arrivals and dwell, the map's panel of a post
desk            what an official's page asks the server: who is expected at the own post and who is there
hub_pairs       which hubs coaches join, the map's panel of a pair
answers         an agency's inspectorate answers what is said about the agency
security        the security status of sections, read and set
words           erasing what people wrote, by the protection officer
safety          the reading API of safety alerts, for the operator whose they are
observatory     the observatory: indicators of a period, over the quarters, beside what others published
readings        the reading API: what stands still, and what was reported
flow_readings   the reading API of what moves: flow, dwell, halts, trips, crossings
border_readings the reading API of a border post: the wait there, and its log against positions
corridor_readings   the reading API of a corridor's page: posts, hours of the day, strip, controls
indicator_readings  the reading API of the observatory: indicators, and what others published
api_windows     times, steps and cursors of the reading API
patterns        every piece of the interface on one page
"""
