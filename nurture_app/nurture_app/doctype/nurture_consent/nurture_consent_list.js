frappe.listview_settings["Nurture Consent"] = { hide_name_column: true };
