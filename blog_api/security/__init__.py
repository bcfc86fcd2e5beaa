"""Password hashing, rate limit counters and client networks."""
