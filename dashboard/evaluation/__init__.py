"""How often the system is right: scenarios with a known truth, played without a broker, judged, and compared.

- `baselines`: the same scenes judged the usual way: halts clustered by DBSCAN, on movingpandas' halts and on ours
- `calibration`: how often findings of a confidence are right
- `evaluate`: one scenario from its file to its scores
- `matching`: which finding is which true checkpoint
- `plots`: each corridor with its truth and its findings, as SVG
- `scene`: a scenario played and run through the steps: what the rules are given, and the truth
"""
