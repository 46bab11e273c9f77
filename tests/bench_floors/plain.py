"""`streamlit run page.py`, as the command of that name does it."""

import sys

from streamlit.web import cli

sys.argv = ["streamlit", "run", "page.py"]
cli.main()
