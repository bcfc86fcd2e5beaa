"""HTTP only: what each address takes and gives."""
