"""Pages: one module per group of pages, each with a `router` (or `make_router`) that `dashboard/main.py` includes.

sign_in         signing in and out, one-time links
languages       the language switch
account         one's own account: language, password, browsers, API tokens
second_factor   switching one's own second factor on and off
users           the administrator's page of users
audit           the audit trail, to be read
patterns        every piece of the interface on one page
"""
