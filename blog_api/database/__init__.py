"""Database access: base class, column types, sessions and transactions, engines, pools and error handling."""
