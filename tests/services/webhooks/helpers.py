"""Read endpoints and their deliveries over HTTP."""

from __future__ import annotations


def deliveries(admin, webhook):
    return admin.get(f"/webhooks/{webhook['id']}/deliveries?limit=100").json["data"]


def shown(admin, webhook):
    return admin.get(f"/webhooks/{webhook['id']}").json
