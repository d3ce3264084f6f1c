frappe.listview_settings["Nurture Sequence"] = { hide_name_column: true };
