"""Wire models: the strict form of every body of the contract.

`envelope` what every body may carry, `position`, `trip`, `control`, `incident`, `crossing`, `post_status`,
`vehicle_status` one body each, `times`, `places`, `codes`, `money` the values they are made of, `models` kind to model.
"""
