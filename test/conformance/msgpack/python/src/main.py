from typing import Annotated, Any

from ap_piece import Piece, Prop
from ap_piece.msgpack import msgpack

piece = Piece("Conformance in MessagePack", encoding=msgpack)


@piece.action("echo", title="Echo", description="Answers with the value that it was given.")
def echo(value: Annotated[Any, Prop(title="Value")] = None) -> Any:
    return value
