"""Watchlists: lists of ships as those who publish them write them, their versions, and who resembles whom.

``reading`` tells the form of a file and gives its entries, ``versions`` folds versions into spans of time, ``matching``
finds a ship among entries: all of that is pure. ``importing`` brings a file into the database, ``refresh`` does so with
the lists of the settings.
"""
