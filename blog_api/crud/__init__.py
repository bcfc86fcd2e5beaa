"""The only code that queries. Functions here flush and never commit."""
