"""A small MCP server over streamable HTTP, on whichever MCP SDK is installed.

    http_server.py [json] [PORT]

The SDK's first major version speaks the old era, its second both.
"""
import asyncio
import socket
import sys

import uvicorn

try:
    from mcp.server.mcpserver import MCPServer as Server
except ImportError:
    from mcp.server.fastmcp import FastMCP as Server

wants_json = "json" in sys.argv[1:]
calls = []
try:
    server = Server("counting", json_response=wants_json)
except TypeError:
    server = Server("counting")


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def count() -> str:
    """Counts its own calls."""
    calls.append(1)
    return str(len(calls))


@server.tool()
def explode() -> str:
    """Fails."""
    raise ValueError("boom")


@server.tool()
async def linger() -> str:
    """Takes for ever, and tells when it is stopped."""
    print("lingering", flush=True)
    try:
        # Until the client takes the call back, which is what is tested.
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        print("stopped", flush=True)
        raise
    return "done"


port = next((int(word) for word in sys.argv[1:] if word.isdigit()), 0)
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", port))
listener.listen()
try:
    app = server.streamable_http_app(json_response=wants_json)
except TypeError:
    app = server.streamable_http_app()
print("listening on http://127.0.0.1:%d/mcp" % listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
