"""Values for the tests of imported pictures."""

from tests.pictures import picture

CAT = picture(color=0x112233)
# The counts of pictures in a report.
NOTHING = {"uploaded": 0, "reused": 0, "skipped": 0}
