"""The requests in docs/authors.md, sent in their order and compared with the responses on the page."""

from __future__ import annotations

from tests.conversation import Conversation, messages


def test_the_responses_are_those_on_the_page(client, people):
    ada, grace = people(), people()
    tokens = {"ADA": ada.tokens["access_token"], "GRACE": grace.tokens["access_token"]}
    conversation = Conversation(client, {**tokens, "12": grace.id})
    for request, response in messages("authors.md"):
        conversation.compare(response, conversation.send(request))
