"""An endpoint and a delivery, for the table of access rules."""

from __future__ import annotations


def make_webhook(admin):
    """Create an endpoint with a delivery, and return the id of each. There are at most 50, so delete others first."""
    for webhook in admin.get("/webhooks").json["data"]:
        assert admin.delete(f"/webhooks/{webhook['id']}").status_code == 204
    made = admin.post("/webhooks", json={"url": "https://example.com/"})
    assert made.status_code == 201, made.text
    path = f"/webhooks/{made.json['id']}"
    tested = admin.post(f"{path}/test")
    assert tested.status_code == 202, tested.text
    return {"webhook_id": made.json["id"], "delivery_id": tested.json["id"]}
