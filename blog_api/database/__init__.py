"""The database below the models: base class, column types, session and transaction, engines, pools and failures."""
