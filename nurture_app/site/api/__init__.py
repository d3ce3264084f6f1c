"""What the Desk asks for. Every method checks who asks, and about whom.

Without `from __future__ import annotations`: it makes texts of the annotations, and Frappe checks no argument against
a text. A dict or list where a name belongs would then reach the database as an operator or as SQL.
"""
