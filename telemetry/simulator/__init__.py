"""A simulated fleet: plays scenario files (`docs/scenarios.md`), whose truth is known, for the demo and for trying rules out.

- `scenario`: what a scenario file says, as strict values
- `scenario_files`: reads scenario files, names every mistake; the shipped ones
- `span`: when a scenario is played: on its own dates, or ending now and then for ever
- `roads`: roads as they are driven: plain numbers out of any geography
- `chance`: generators by name, noise that belongs to a moment
- `fleet`: invented companies, their coaches, the services they drive
- `timeline`: the hand that draws a journey; speeds by place and hour; congestion
- `border`: night wait, creeping queue, exit, line, entry
- `journey`: one coach's way: rests, breakdowns, controls, borders, outages
- `timetable`: a coach's turns, one after the other
- `track`: a turn's fixes as arrays: jitter, spikes, outages sent late
- `messages`: one message of a device; what an operator says of a trip
- `log_faults`: what is not so in a post's log: queues left out, rounded minutes, changed seals, strangers
- `reports`: what crews report and officials log, some of it late, false or double
- `post_reports`: what posts say of themselves
- `truth`: the truth file
- `play`: everything that is said, in order of sending, without a broker
- `player`: sends the history in arrays, then goes on live
- `radios`: one MQTT connection per device, with its own credentials

The same scenario and seed give the same bytes. Figures are assumptions, not measurements; operators are invented.
"""
