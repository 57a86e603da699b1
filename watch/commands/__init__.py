"""The commands of `shipwatch`, one file each; `cli.py` registers them."""
