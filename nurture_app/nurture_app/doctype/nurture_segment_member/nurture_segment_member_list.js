frappe.listview_settings["Nurture Segment Member"] = { hide_name_column: true };
