"""Password hashing in the test process."""

from argon2 import PasswordHasher

from blog_api.security import passwords

PRODUCTION = passwords._hasher
# The cheapest parameters of argon2, which differ from those of production.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
