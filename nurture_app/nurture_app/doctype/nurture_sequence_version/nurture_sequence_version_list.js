frappe.listview_settings["Nurture Sequence Version"] = { hide_name_column: true };
