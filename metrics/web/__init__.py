"""What is HTTP and not Streamlit.

held.py     a file kept in memory, compressed once, answered with its validators
packed.py   the front end's own files: compressed in the background, cached by browsers for a year
page.py     the page that every address of the dashboard is served with, and what it fetches ahead
wall.py     大屏: a page of its own and its slides, no session needed
assets.py   our style sheets, scripts, dictionary and icon, from assets/
limits.py   how much one address, one tab and all together may ask for
measures.py figures about the running board for Prometheus
guard.py    on every answer the security headers; closed doors; no foreign origin
gate.py     who may pass, looked at in front of pages, websocket, uploads and downloads alike
door.py     who has which key, and how somebody gets one
attempts.py how often a password may be tried
people.py   plain pages: sign in and out, own account, all accounts, the audit
routes.py   /healthz, /board/*, /wall, and the page
address.py  the addresses that a start prints
journal.py  log lines as JSON
trouble.py  what a screen says when a page fails, and what the log keeps
promptly.py small messages go out at once
banner.py   the server does not say what it is

Streamlit is not imported here: `app.py` passes in what these need.
"""
