"""Access rules: functions for single objects, SQL conditions for lists."""
