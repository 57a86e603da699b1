"""The web page: triage, replay, vessels, rules and health in a browser, and the same as JSON.

A request is answered by a function of `pages`; each of those modules names its addresses in `ROUTES`, and `app.py`
lists the modules. What is shown is read by the same functions that the commands use.
"""
