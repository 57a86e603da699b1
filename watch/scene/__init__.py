"""The scene: all that a replay shows of some ships and a stretch of time, as data that a browser can draw.

`asked` says what is wanted, `make` puts the scene together out of what is stored, and each other module makes one part
of it. `report` writes a scene as a single file that plays without a server.
"""
