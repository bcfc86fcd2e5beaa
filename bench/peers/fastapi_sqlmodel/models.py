"""Tables and schemas, written as in the FastAPI tutorial of SQLModel."""

from datetime import UTC, datetime

from sqlalchemy import DateTime
from sqlmodel import Field, Relationship, SQLModel


def utcnow() -> datetime:
    return datetime.now(UTC)


class UserBase(SQLModel):
    username: str = Field(unique=True)
    display_name: str


class User(UserBase, table=True):
    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    password_hash: str | None = None

    posts: list["Post"] = Relationship(back_populates="author")


class UserPublic(UserBase):
    id: int


class PostTag(SQLModel, table=True):
    __tablename__ = "post_tags"

    post_id: int | None = Field(default=None, foreign_key="posts.id", primary_key=True)
    tag_id: int | None = Field(default=None, foreign_key="tags.id", primary_key=True)


class TagBase(SQLModel):
    name: str
    slug: str = Field(unique=True)


class Tag(TagBase, table=True):
    __tablename__ = "tags"

    id: int | None = Field(default=None, primary_key=True)
    name_key: str = Field(unique=True)

    posts: list["Post"] = Relationship(back_populates="tags", link_model=PostTag)


class TagPublic(TagBase):
    id: int


class PostBase(SQLModel):
    title: str = Field(min_length=1, max_length=200)
    summary: str = Field(default="", max_length=2000)
    status: str = "draft"
    published_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Post(PostBase, table=True):
    __tablename__ = "posts"

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    content: str
    author_id: int | None = Field(default=None, foreign_key="users.id")
    deleted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    created_at: datetime = Field(default_factory=utcnow, sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(default_factory=utcnow, sa_type=DateTime(timezone=True))

    author: User | None = Relationship(back_populates="posts")
    tags: list[Tag] = Relationship(back_populates="posts", link_model=PostTag)


class PostCreate(PostBase):
    content: str
    tags: list[str] = []


class PostPublic(PostBase):
    id: int
    slug: str
    created_at: datetime
    updated_at: datetime
    author: UserPublic
    tags: list[TagPublic]


class PostPublicWithContent(PostPublic):
    content: str
