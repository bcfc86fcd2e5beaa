"""How passwords are hashed in the tests' own process."""

from argon2 import PasswordHasher

from blog_api.security import passwords

PRODUCTION = passwords._hasher
# The least that argon2 does: it takes no time, and is told from what production does.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
