"""The environment of Alembic, the revisions, and the steps that change large tables."""
