"""Insert the rows of an export, except for posts."""
