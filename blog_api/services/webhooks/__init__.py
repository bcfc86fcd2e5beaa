"""Webhooks: `endpoints` manages them, `messages` composes messages, `sending` and `dispatching` send them."""
