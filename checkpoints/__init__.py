"""Where coaches are halted: agencies, the register of control points, what posts and crews report. Imports `tracker` only.

- `agencies`: who may control, by code, and where and when a code makes sense
- `control_points`: the dated register of places where the law of a state allows controls on the road
- `dwell_shape`: how long coaches stand somewhere, and what that says of why
- `findings`: findings: what the rules found, before it becomes a flag
- `hotspots`: places on a section where more coaches stand than the road around them explains
- `imports`: the register's acts and control points from CSV, all or nothing, every mistake named by line
- `judgement`: is a hotspot a control, or a rest place, a jam, one company's own stop? log odds with their grounds
- `logged_crossings`: crossings as border posts logged them: one row per entry of an agency's log, corrections included
- `logged_dwell`: how long coaches dwell at border posts, as each agency logged it, by hour
- `post_statuses`: what each agency last said of its point: open, restricted, suspended or closed, and how long the queue is
- `register`: the tables of control points and of the acts behind them, their first filling and their reading
- `reported_controls`: controls and incidents as crews reported them: one row per report
- `scan`: the space-time scan statistic and its bound on false alarms
- `traffic`: the traffic of one section: who drove through it when, and where they stood
- `unlisted`: unlisted checkpoints: where coaches are stopped by someone whom no register names
"""
