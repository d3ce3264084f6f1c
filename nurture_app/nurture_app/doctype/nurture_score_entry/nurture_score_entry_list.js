frappe.listview_settings["Nurture Score Entry"] = { hide_name_column: true };
