"""Expected search results in the blog of tests/test_corpus.py, the same on both databases."""

from __future__ import annotations

# Queries, with the number of posts, the best post, and a digest of the slugs in order.
SEARCHES = [
    (
        "accessibility",
        341,
        "using-section-508-guidance-to-improve-the-accessibility-of-government-services",
        "30f4b911",
    ),
    ("open data", 604, "how-to-get-your-open-data-on-data-gov", "28b53377"),
    (
        '"open data"',
        328,
        "moving-from-open-data-to-open-knowledge-announcing-the-commerce-data-usability-project",
        "93f990c0",
    ),
    (
        "open-source",
        218,
        "leveraging-american-ingenuity-through-reusable-and-open-source-software",
        "9ffa68ae",
    ),
    ("plain language -training", 126, "using-plain-language-to-write-for-the-web", "c45b693c"),
    (
        '"plain language" act',
        104,
        "webinar-recap-plain-language-action-and-information-network-plain-june-meeting",
        "025d396c",
    ),
    ("508", 143, "508-accessible-videos-use-a-508-compliant-video-player", "4fafaf15"),
    (
        "crowdsourcing prize",
        64,
        "new-white-house-innovation-strategy-promotes-increase-in-challenges-and-prizes",
        "7b7bad2c",
    ),
    (
        '"user experience" -mobile',
        310,
        "customer-experience-and-user-experience-professionals-a-match-made-in-heaven",
        "49e22df6",
    ),
    ("español", 72, "usagov-en-espanol-celebrates-hispanic-heritage-month", "ff558e1c"),
    ("data.gov", 108, "how-to-get-your-open-data-on-data-gov", "d7433e16"),
    (
        "U.S. Web Design System",
        118,
        "webinar-recap-u-s-web-design-system-september-2021-monthly-call",
        "6296f65f",
    ),
    (
        "machine learn",
        57,
        "machine-learning-paired-with-skilled-data-scientists-future-datadriven-decision-making",
        "c3ec3ae1",
    ),
    ("COVID-19", 38, "covid-19-is-complex-as-is-covid-19-open-data", "5e2c3219"),
    ("don't", 433, "top-10-things-we-think-you-dont-know-about-digitalgov", "4b850a6e"),
    ("customer sat", 138, "customer-satisfaction-innovating-with-lack-of-resources", "9408efdd"),
    ('"customer satisfaction"', 88, "customer-satisfaction-innovating-with-lack-of-resources", "b24238bf"),
    ("GSA", 798, "gsa-gov-refreshed-with-eye-toward-mobile-users", "5efdec2f"),
    ("résumé", 11, "five-procurement-strategies-for-diverse-digital-services", "e7b2a1b8"),
    (
        "the history of the internet",
        19,
        "trends-on-tuesday-the-mobile-internet-is-dead-long-live-the-mobile-internet",
        "dc45b4cd",
    ),
    (
        '"social media" "open data"',
        66,
        "social-media-data-deep-dive-turning-findings-into-action",
        "5addf0f0",
    ),
    ("api", 283, "the-api-briefing-an-api-that-searches-other-apis-healthdata-govs-catalog-api", "8e28aae8"),
    (
        '"api"',
        242,
        "the-api-briefing-an-api-that-searches-other-apis-healthdata-govs-catalog-api",
        "616c9a21",
    ),
]
