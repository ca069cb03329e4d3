import logging
from typing import Annotated, Any, Literal

from ap_piece import Context, LongText, Option, Options, Piece, Prop, SecretText, SecretTextValue

import api
import words

log = logging.getLogger(__name__)

auth = SecretText("API token", description="Any text serves: the sample service takes every token.")


@auth.validate
def check(auth: SecretTextValue) -> str | None:
    if not auth.secret_text.strip():
        return "the token is empty"
    api.get("/users/1", auth.secret_text)
    return None


piece = Piece(
    "My piece",
    description="A sample: change it into your own.",
    categories=["DEVELOPER_TOOLS"],
    auth=auth,
)


@piece.action(
    "get_post",
    title="Get a post",
    description="Reads one post of the sample service.",
    ai_metadata={"description": "Reads one post by its number.", "idempotent": True},
)
def get_post(
    id: Annotated[int, Prop(title="Post", description="Its number.")], *, ctx: Context[SecretTextValue]
) -> dict[str, Any]:
    post: dict[str, Any] = api.get(f"/posts/{id}", ctx.auth.secret_text)
    log.info("read post %s", post["id"])
    return post


@piece.action(
    "count_words",
    title="Count words",
    description="Counts the words of a text, without any network.",
    require_auth=False,
)
def count_words(
    text: Annotated[LongText, Prop(title="Text")],
    order: Annotated[
        Literal["frequency", "alphabet"],
        Prop(title="Order", options=[("Most frequent first", "frequency"), ("Alphabetical", "alphabet")]),
    ] = "frequency",
) -> dict[str, Any]:
    return words.count_words(text, order)


def authors(auth: SecretTextValue | None) -> Options:
    if auth is None:
        return Options(disabled=True, placeholder="Connect first")
    users = api.get("/users", auth.secret_text)
    return Options([Option(user["name"], user["id"]) for user in users])


@piece.polling(
    "new_post",
    title="New post",
    description="Starts a flow for each new post.",
    sample_data={"userId": 1, "id": 1, "title": "A title", "body": "A text"},
)
def new_post(
    author: Annotated[int | None, Prop(title="Author", description="Whose posts.", options=authors)] = None,
    *,
    ctx: Context[SecretTextValue],
) -> list[dict[str, Any]]:
    filter = "" if author is None else f"&userId={author}"
    posts: list[dict[str, Any]] = api.get(f"/posts?_sort=id&_order=desc&_limit=20{filter}", ctx.auth.secret_text)
    return posts
