"""The requests in docs/readers.md, sent in their order and compared with the responses on the page."""

from __future__ import annotations

from blog_api.services.changes import number_changes
from blog_api.services.webhooks.sending import Sender
from tests.conversation import Conversation, messages
from tests.receiver import receiving


def test_the_responses_are_those_on_the_page(make_client, people):
    ada, grace, admin = people(), people("reader"), people("admin")
    client = make_client(POST_URL="https://example.com/{slug}/", WEBHOOKS_ALLOW="127.0.0.1")
    persons = {"ADA": ada, "GRACE": grace, "ADMIN": admin}
    received = {name: person.tokens["access_token"] for name, person in persons.items()}
    with receiving() as receiver:
        # The site on the page listens here.
        conversation = Conversation(client, {**received, "https://example.com/hooks/blog": receiver.url})
        for request, response in messages("readers.md"):
            conversation.compare(response, conversation.send(request))
        with client.application.app_context():
            number_changes()
            Sender({"127.0.0.1"}).send_ordered(conversation.received[5])
        assert receiver.types == [
            "post.published", "comment.pending", "comment.published", "comment.published"
        ]  # fmt: skip
