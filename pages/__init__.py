"""The screens, one file each; `shell.py` routes them."""
