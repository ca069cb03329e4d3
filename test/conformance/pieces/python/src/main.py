from ap_piece import Piece

import behaviour
import connections
import outside
import properties
import triggers

piece = Piece(
    "Conformance",
    description="The same piece in every language.",
    logo_url="https://example.com/logo.png",
    authors=["ap-wasm"],
    categories=["DEVELOPER_TOOLS", "CORE"],
    auth=connections.AUTH,
)

properties.add(piece)
connections.add(piece)
outside.add(piece)
behaviour.add(piece)
triggers.add(piece)
