"""What documents of Frappe and ERPNext tell about a lead: one file per DocType."""
