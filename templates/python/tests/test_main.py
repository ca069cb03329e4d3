from collections.abc import Iterator

import pytest
from ap_piece import Failure
from ap_piece.http import Response
from ap_piece.testing import Outside, new_outside, resolve, run_action, run_trigger

from main import piece

AUTH = {"type": "SECRET_TEXT", "secret_text": "test"}


@pytest.fixture
def outside() -> Iterator[Outside]:
    yield new_outside()


def test_get_post_reads_a_post_with_the_token(outside: Outside) -> None:
    outside.serve(Response(200, json={"id": 7, "title": "Seven"}))
    assert run_action(piece, "get_post", {"id": 7}, auth=AUTH) == {"id": 7, "title": "Seven"}
    assert outside.sent[0].url == "https://jsonplaceholder.typicode.com/posts/7"
    assert ("authorization", "Bearer test") in outside.sent[0].headers


def test_get_post_fails_when_there_is_no_such_post(outside: Outside) -> None:
    outside.serve(Response(404, json={}))
    with pytest.raises(Failure) as refused:
        run_action(piece, "get_post", {"id": 0}, auth=AUTH)
    assert refused.value.code == "not_found"


def test_get_post_needs_a_number(outside: Outside) -> None:
    with pytest.raises(Failure, match="props.id must be a number") as refused:
        run_action(piece, "get_post", {"id": "seven"}, auth=AUTH)
    assert refused.value.code == "invalid_input"


def test_count_words_counts(outside: Outside) -> None:
    assert run_action(piece, "count_words", {"text": "to be, or not to be"}) == {
        "words": 6,
        "counts": [
            {"word": "be", "count": 2},
            {"word": "to", "count": 2},
            {"word": "not", "count": 1},
            {"word": "or", "count": 1},
        ],
    }


def test_new_post_gives_what_came_after_it_was_enabled(outside: Outside) -> None:
    outside.serve(Response(200, json=[{"id": 2}, {"id": 1}]))
    run_trigger(piece, "new_post", "on-enable", auth=AUTH)
    assert outside.values["flow/lastItem"] == "2"
    outside.serve(Response(200, json=[{"id": 3}, {"id": 2}, {"id": 1}]))
    assert run_trigger(piece, "new_post", "run", auth=AUTH) == [{"id": 3}]


def test_author_offers_the_users(outside: Outside) -> None:
    outside.serve(Response(200, json=[{"id": 1, "name": "Ann"}]))
    assert resolve(piece, "triggers/new_post/props/author", auth=AUTH) == {"options": [{"label": "Ann", "value": 1}]}
