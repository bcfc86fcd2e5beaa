"""Import an export of WordPress (WXR)."""
