"""A comparable blog API with FastAPI, SQLModel and asyncpg, written as in their tutorials."""

import os
import re
from datetime import timedelta
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query, status
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from models import Post, PostCreate, PostPublic, PostPublicWithContent, PostTag, Tag, User, utcnow
from pwdlib import PasswordHash
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import selectinload
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

SECRET_KEY = os.environ["SECRET_KEY"]
ALGORITHM = "HS256"

app = FastAPI()
engine = create_async_engine(os.environ["DATABASE_URL"])
password_hash = PasswordHash.recommended()
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")


async def get_session():
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]


async def get_current_user(session: SessionDep, token: Annotated[str, Depends(oauth2_scheme)]):
    try:
        username = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM]).get("sub")
    except jwt.InvalidTokenError:
        username = None
    user = (await session.exec(select(User).where(User.username == username))).first()
    if user is None:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED,
            "Could not validate credentials",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return user


@app.post("/token")
async def login(form: Annotated[OAuth2PasswordRequestForm, Depends()], session: SessionDep):
    user = (await session.exec(select(User).where(User.username == form.username))).first()
    if user is None or not password_hash.verify(form.password, user.password_hash):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Incorrect username or password")
    claims = {"sub": user.username, "exp": utcnow() + timedelta(days=1)}
    return {"access_token": jwt.encode(claims, SECRET_KEY, algorithm=ALGORITHM), "token_type": "bearer"}


def published():
    return (
        select(Post)
        .where(Post.status == "published", col(Post.deleted_at).is_(None), col(Post.published_at) <= utcnow())
        .options(selectinload(Post.author), selectinload(Post.tags))
    )


@app.get("/posts", response_model=list[PostPublic])
async def read_posts(
    session: SessionDep,
    offset: int = 0,
    limit: Annotated[int, Query(le=100)] = 20,
    author: str | None = None,
    tag: str | None = None,
):
    statement = published()
    if author is not None:
        statement = statement.join(User).where(User.username == author)
    if tag is not None:
        statement = statement.join(PostTag).join(Tag).where(Tag.slug == tag)
    statement = statement.order_by(col(Post.published_at).desc(), col(Post.id).desc())
    return (await session.exec(statement.offset(offset).limit(limit))).all()


@app.get("/posts/{post_id}", response_model=PostPublicWithContent)
async def read_post(post_id: int, session: SessionDep):
    post = (await session.exec(published().where(Post.id == post_id))).first()
    if not post:
        raise HTTPException(status_code=404, detail="Post not found")
    return post


@app.get("/posts/slug/{slug}", response_model=PostPublicWithContent)
async def read_post_by_slug(slug: str, session: SessionDep):
    post = (await session.exec(published().where(Post.slug == slug))).first()
    if not post:
        raise HTTPException(status_code=404, detail="Post not found")
    return post


@app.post("/posts", response_model=PostPublicWithContent, status_code=201)
async def create_post(
    data: PostCreate, user: Annotated[User, Depends(get_current_user)], session: SessionDep
):
    tags = list(await session.exec(select(Tag).where(col(Tag.name).in_(data.tags))))
    missing = set(data.tags) - {tag.name for tag in tags}
    tags += [Tag(name=name, name_key=name.lower(), slug=slugify(name)) for name in sorted(missing)]
    post = Post(**data.model_dump(exclude={"tags"}), slug=slugify(data.title), author=user, tags=tags)
    if post.status == "published" and post.published_at is None:
        post.published_at = utcnow()
    session.add(post)
    await session.commit()
    await session.refresh(post, ["author", "tags"])
    return post


def slugify(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
