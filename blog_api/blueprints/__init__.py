"""The HTTP routes, one blueprint per noun; views only call services and crud."""
