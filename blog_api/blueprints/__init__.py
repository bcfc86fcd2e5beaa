"""HTTP routes, one blueprint per resource. Views only call services and crud."""
