"""Runs the figures on a site and prints them as JSON. Started by `benchmarks/run`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from importlib import import_module
from typing import Any

import frappe

from benchmarks import dataset, setting
from benchmarks.measure import Figure, say

FIGURES = ("activity", "save", "rescore", "segments", "tick", "endpoints", "ingest", "timeline")


def main() -> int:
	parser = argparse.ArgumentParser(prog="benchmarks/run", description=__doc__)
	parser.add_argument(
		"figures", nargs="*", metavar="figure", help=f"of {', '.join(FIGURES)} (default: all)"
	)
	parser.add_argument(
		"--leads", default="10000,100000", help="numbers of leads, with commas (default: %(default)s)"
	)
	parser.add_argument("--site", required=True, help=argparse.SUPPRESS)
	arguments = parser.parse_args()
	unknown = set(arguments.figures) - set(FIGURES)
	if unknown:
		parser.error(f"no figure {', '.join(sorted(unknown))}; there are {', '.join(FIGURES)}")
	sizes = sorted(int(number) for number in arguments.leads.split(","))
	frappe.init(site=arguments.site)
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		figures = run([name for name in FIGURES if name in arguments.figures or not arguments.figures], sizes)
		print(json.dumps(report(figures, sizes), indent="\t", default=str))
	finally:
		frappe.destroy()
	return 0 if all(figure.holds for figure in figures) else 1


def run(names: list[str], sizes: list[int]) -> list[Figure]:
	found: list[Figure] = []
	for leads in sizes:
		prepare(leads)
		for name in names:
			say(f"{name} at {leads} leads")
			for figure in import_module(f"benchmarks.figures.{name}").measure_all(leads):
				found.append(figure)
				mark = "holds" if figure.holds else "DOES NOT HOLD"
				say(
					f"   {figure.figure}: {figure.value:.4g} {figure.unit}, ratio {figure.ratio:.3g} ({figure.limit:g}) {mark}"
				)
	return found


def prepare(leads: int) -> None:
	"""Exactly `leads` leads with their past, everything switched on, scores and segments as a night leaves them."""
	from nurture_app.engine import scoring, segments
	from nurture_app.site.host import site_host

	if dataset.count_leads() > leads:
		dataset.empty()
	if dataset.count_leads() < leads:
		say(f"generating leads up to {leads}")
		dataset.fill(leads)
	setting.switch_on()
	say("building the ledger and the segments")
	started = time.perf_counter()
	scoring.rebuild(site_host(commit=True))
	segments.refresh_all(site_host(commit=True))
	say(f"   {time.perf_counter() - started:.1f} s")
	frappe.db.sql("ANALYZE TABLE `tabNurture Score Entry`")


def report(figures: list[Figure], sizes: list[int]) -> dict[str, Any]:
	from erpnext import __version__ as erpnext_version

	return {
		"machine": {
			"processors": os.cpu_count(),
			"python": platform.python_version(),
			"database": frappe.db.sql("SELECT VERSION()")[0][0],
			"buffer_pool_mb": int(frappe.db.sql("SELECT @@innodb_buffer_pool_size")[0][0]) // 1024**2,
			"frappe": frappe.__version__,
			"erpnext": erpnext_version,
		},
		"leads": sizes,
		"activities": frappe.db.count("Nurture Activity"),
		"all_hold": all(figure.holds for figure in figures),
		"figures": [figure.as_json() for figure in figures],
	}


if __name__ == "__main__":
	sys.exit(main())
