"""`bench serve` for one site and this machine only (bench's own listens on every interface).

Run by `dev/serve` with the bench's Python, from the bench's `sites` folder:

	python desk_server.py <site> <port> [--reload]
"""

import sys

import frappe.app
from werkzeug.serving import run_simple


def main(site: str, port: str, *flags: str) -> None:
	frappe.app._site = site
	frappe.app._sites_path = "."
	application = frappe.app.application_with_statics()
	run_simple("127.0.0.1", int(port), application, threaded=True, use_reloader="--reload" in flags)


if __name__ == "__main__":
	main(*sys.argv[1:])
