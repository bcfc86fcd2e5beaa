"""The table of what readers have added to posts, counted per post."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.public_content import public_content


class PostActivity(Base):
    """The number of approved comments and of likes of a post. A post without a row has none.

    A table of its own, so that a comment or a like locks no row that authors write, and neither changes the version of
    the post nor invalidates the cached responses of other posts.
    """

    __tablename__ = "post_activity"
    __table_args__ = (
        CheckConstraint("comments >= 0", name="comments"),
        CheckConstraint("likes >= 0", name="likes"),
        {"info": public_content(scope="activity")},
    )

    post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True
    )
    comments: Mapped[int] = mapped_column(Integer)
    likes: Mapped[int] = mapped_column(Integer)
    # Raised by each write that concerns the comments or likes of the post. Cached responses are validated with it.
    version: Mapped[int] = mapped_column(Integer)
