frappe.listview_settings["Nurture Content"] = { hide_name_column: true };
