import asyncio
import logging
from datetime import datetime, timezone
from typing import Annotated, Any, Literal

from ap_piece import Context, File, Json, LongText, Piece, Prop, Reply, env, files, http

log = logging.getLogger()


def titled(*titles: str) -> list[tuple[str, str]]:
    return [(title, title.lower().replace(" ", "_")) for title in titles]


def add(piece: Piece) -> None:
    @piece.action(
        "http",
        title="HTTP request",
        description="Sends one request and answers with what came back.",
        require_auth=False,
    )
    def request(
        url: Annotated[str, Prop(title="URL")],
        method: Annotated[Literal["GET", "POST", "PUT", "DELETE", "HEAD"], Prop(title="Method")] = "GET",
        headers: Annotated[dict[str, Any] | None, Prop(title="Headers")] = None,
        body: Annotated[LongText | None, Prop(title="Body")] = None,
        redirect: Annotated[
            Literal["follow", "manual"],
            Prop(title="Redirects", options=[("Follow", "follow"), ("Hand out", "manual")]),
        ] = "follow",
        timeout_ms: Annotated[float | None, Prop(name="timeoutMs", title="Timeout")] = None,
        check: Annotated[bool, Prop(title="Refuse statuses")] = True,
    ) -> dict[str, Any]:
        response = http.request(
            method,
            url,
            headers=headers,
            data=body,
            redirect=redirect,
            timeout=None if timeout_ms is None else timeout_ms / 1000,
        )
        if check:
            response.raise_for_status()
        return {
            "status": response.status,
            "contentType": response.headers.get("content-type"),
            "location": response.headers.get("location"),
            "body": response.text,
        }

    @piece.action(
        "http_all",
        title="Many requests at once",
        description="Gets all addresses at the same time.",
        require_auth=False,
    )
    async def request_all(urls: Annotated[list[Any], Prop(title="URLs")]) -> list[str]:
        responses = await asyncio.gather(*[http.aget(str(url)) for url in urls])
        return [response.text for response in responses]

    @piece.action("state", title="State", description="Uses the store.", require_auth=False)
    def state(
        op: Annotated[
            Literal["get", "put", "delete", "keys"], Prop(title="Operation", options=titled("Get", "Put", "Delete", "Keys"))
        ],
        scope: Annotated[Literal["flow", "project"], Prop(title="Scope")] = "flow",
        key: Annotated[str | None, Prop(title="Key")] = "key",
        value: Annotated[Json, Prop(title="Value")] = None,
        prefix: Annotated[str | None, Prop(title="Prefix")] = None,
        after: Annotated[str | None, Prop(title="After")] = None,
        times: Annotated[int, Prop(title="Times")] = 1,
        *,
        ctx: Context[Any],
    ) -> Any:
        store = ctx.store if scope == "flow" else ctx.store.project
        found = None
        for _ in range(times):
            if op == "get":
                found = store.get(key or "")
            elif op == "put":
                store.put(key or "", value)
            elif op == "delete":
                store.delete(key or "")
            else:
                found = store.keys(prefix or "", after)
        return found

    @piece.action(
        "write_file",
        title="Write a file",
        description="Answers with the reference of the last file that it wrote.",
        require_auth=False,
    )
    def write_file(
        name: Annotated[str, Prop(title="Name")],
        text: Annotated[LongText, Prop(title="Text")],
        media_type: Annotated[str | None, Prop(name="mediaType", title="Media type")] = None,
        times: Annotated[int, Prop(title="Times")] = 1,
    ) -> str | None:
        reference = None
        for _ in range(times):
            reference = files.write(name, text, media_type)
        return reference

    @piece.action(
        "read_file",
        title="Read a file",
        description="Answers with what a file says, or a part of it.",
        require_auth=False,
    )
    def read_file(
        file: Annotated[File, Prop(title="File")],
        reference: Annotated[str | None, Prop(title="Another reference")] = None,
        offset: Annotated[int | None, Prop(title="Offset")] = None,
        max_bytes: Annotated[int | None, Prop(name="maxBytes", title="At most")] = None,
    ) -> dict[str, Any]:
        if reference is None and offset is None and max_bytes is None:
            content = file.data
        else:
            most = files.DEFAULT_PART_BYTES if max_bytes is None else max_bytes
            content = files.read(reference or file.reference, offset or 0, most)
        return {
            "filename": file.filename,
            "mediaType": file.media_type,
            "size": file.size,
            "extension": file.extension,
            "text": content.decode("utf-8", "replace"),
        }

    @piece.action(
        "steer",
        title="Steer the run",
        description="Answers, ends or pauses the run, or says what it knows of it.",
        require_auth=False,
    )
    def steer(
        what: Annotated[
            Literal["info", "respond", "twice", "stop", "stop_with", "wait", "webhook"],
            Prop(
                title="What",
                options=[
                    ("Info", "info"),
                    ("Respond", "respond"),
                    ("Respond twice", "twice"),
                    ("Stop", "stop"),
                    ("Stop with an answer", "stop_with"),
                    ("Wait", "wait"),
                    ("Wait for a webhook", "webhook"),
                ],
            ),
        ],
        *,
        ctx: Context[Any],
    ) -> Any:
        if what == "info":
            return {
                "id": ctx.run.id,
                "attempt": ctx.run.attempt,
                "testing": ctx.run.testing,
                "step": ctx.step_name,
                "project": ctx.project_id,
                "flow": ctx.flow_id,
                "executionType": ctx.execution_type,
                "hasDeadline": ctx.run.deadline is not None,
            }
        if ctx.execution_type == "RESUME":
            return {"resumed": ctx.resume_payload}
        reply = Reply({"a": 1}, 201, {"x-a": "1"})
        if what in ("respond", "twice"):
            ctx.run.respond(reply.body, status=reply.status, headers=reply.headers)
        if what == "twice":
            ctx.run.respond(reply.body, status=reply.status, headers=reply.headers)
        if what == "stop":
            ctx.run.stop()
        if what == "stop_with":
            ctx.run.stop(reply)
        if what == "wait":
            ctx.run.wait_until(datetime(2030, 1, 1, tzinfo=timezone.utc))
        if what == "webhook":
            return ctx.run.wait_for_webhook(reply)
        return None

    @piece.action("log", title="Log", description="Writes a line at each level, or one long line.", require_auth=False)
    def lines(chars: Annotated[int | None, Prop(title="Characters of one line")] = None) -> None:
        if chars is not None:
            log.info("x" * chars)
            return
        log.debug("a debug line")
        print("an info line: ünï 😀")
        log.warning("a warning")
        log.error("an error")

    @piece.action(
        "environment", title="Environment", description="Answers with a variable, or null.", require_auth=False
    )
    def environment(name: Annotated[str, Prop(title="Name")]) -> str | None:
        return env(name)
