import json
import logging
from typing import Annotated, Any

from ap_piece import Context, Json, Payload, Piece, Prop, Reply
from ap_piece.piece import Handshake

log = logging.getLogger()

Items = Annotated[Json, Prop(title="Items", description="What the source answers.")]


def add(piece: Piece) -> None:
    @piece.polling(
        "poll_time",
        time="at",
        data="data",
        title="By time",
        description="Items after the newest moment seen.",
        require_auth=False,
        sample_data={"id": 1},
    )
    def poll_time(items: Items = None, *, ctx: Context[Any]) -> list[Any]:
        log.info("asked %d", ctx.last_poll)
        return items or []

    @poll_time.on_enable
    def every_five_minutes(ctx: Context[Any]) -> None:
        ctx.set_schedule("*/5 * * * *", "UTC")

    @piece.polling(
        "poll_last",
        data="data",
        title="By the last item",
        description="Items before the newest one seen.",
        require_auth=False,
        sample_data={"id": 1},
    )
    def poll_last(
        items: Items = None, max: Annotated[int | None, Prop(title="At most")] = None, *, ctx: Context[Any]
    ) -> list[Any]:
        ctx.max_items = max
        log.info("asked %s", json.dumps(ctx.last_item, separators=(",", ":"), ensure_ascii=False))
        return items or []

    @poll_last.on_enable
    def every_minute(ctx: Context[Any]) -> None:
        ctx.set_interval(60)

    @piece.webhook(
        "webhook",
        title="Webhook",
        description="A URL of its own is called.",
        require_auth=False,
        sample_data={"id": 1},
        handshake=Handshake("QUERY_PRESENT", "challenge"),
        renew="0 0 * * *",
    )
    def webhook(*, ctx: Context[Any]) -> list[Any]:
        received = ctx.payload
        return [{"body": received.body, "query": received.query, "signature": received.headers.get("x-signature")}]

    @webhook.on_enable
    def enabled(ctx: Context[Any]) -> None:
        ctx.store["url"] = ctx.webhook_url

    @webhook.on_disable
    def disabled(ctx: Context[Any]) -> None:
        del ctx.store["url"]

    @webhook.on_start
    def started(ctx: Context[Any]) -> None:
        ctx.store["started"] = True

    @webhook.on_renew
    def renewed(ctx: Context[Any]) -> None:
        ctx.store["renewed"] = True

    @webhook.on_handshake
    def greeted(ctx: Context[Any]) -> Reply:
        return Reply(ctx.payload.query.get("challenge"), headers={"content-type": "text/plain"})

    @piece.app_webhook(
        "app",
        title="App event",
        description="The URL of the whole app is called.",
        require_auth=False,
        sample_data={"id": 1},
    )
    def app(*, ctx: Context[Any]) -> list[Any]:
        return [ctx.payload.body]

    @app.on_enable
    def listen(ctx: Context[Any]) -> None:
        ctx.create_listeners(["created", "closed"], "team-1")

    @app.test
    def samples() -> list[Any]:
        return [{"id": id} for id in range(1, 8)]

    @piece.manual(
        "manual", title="By hand", description="A person starts it.", require_auth=False, sample_data={"by": "hand"}
    )
    def manual() -> list[Any]:
        return []

    @piece.parse_event
    def parse(payload: Payload) -> Any:
        if "challenge" in payload.query:
            return Reply(payload.query["challenge"])
        return payload.body["event"], payload.body["team"]

    @piece.verify_event
    def verify(payload: Payload, secret: str) -> bool:
        return payload.headers.get("x-signature") == secret
