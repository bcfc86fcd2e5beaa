"""Who may do what: functions for one object, SQL conditions for lists."""
