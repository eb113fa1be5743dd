"""A scripted MCP server on stdio: speaks either era, and misbehaves as its tools are told to.

    scripted_server.py ERA LOG [fragile|mute]

ERA is legacy, modern or both. Every message received goes to LOG, a line each. A fragile server
ends at a request it does not know; a mute one does not answer it.
"""
import json
import os
import subprocess
import sys
import time

era, log = sys.argv[1], sys.argv[2]
manner = sys.argv[3] if len(sys.argv) > 3 else ""
held = []
VERSION = "io.modelcontextprotocol/protocolVersion"


def note(text):
    with open(log, "a") as file:
        file.write(text + "\n")


def write(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def send(message):
    write(json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")))


def fail(id, code, message, data=None):
    error = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    send({"id": id, "error": error})


def text(value, **more):
    return {"content": [{"type": "text", "text": value}], **more}


def tool(name, properties=None, **more):
    schema = {"type": "object", "properties": properties or {}}
    return {"name": name, "description": "Does " + name + ".", "inputSchema": schema, **more}


STRING, INTEGER = {"type": "string"}, {"type": "integer"}
TOOLS = [
    tool("echo", {"text": STRING}, annotations={"readOnlyHint": True}),
    tool("hold", {"text": STRING}),
    tool("release"),
    tool("fail", {"text": STRING}),
    tool("refuse", {"code": INTEGER}),
    tool("die"),
    tool("die.safely", annotations={"idempotentHint": True}),
    tool("huge", {"bytes": INTEGER}),
    tool("hang"),
    tool("garbage"),
    tool("ask", {"amount": INTEGER}),
    tool("again", {"rounds": INTEGER}),
    tool("environment"),
    tool("child"),
    tool("rich"),
    tool("structured"),
    tool("ping"),
    tool("grow"),
    tool("strict", {"count": INTEGER}),
]


def call(id, params):
    name, arguments = params["name"], params.get("arguments") or {}
    note("call " + name)
    if name == "echo":
        result = text(arguments.get("text", ""))
    elif name == "hold":
        held.append((id, arguments["text"]))
        return
    elif name == "release":
        while held:
            other, value = held.pop()
            send({"id": other, "result": complete(text(value))})
        result = text("released")
    elif name == "fail":
        result = text(arguments.get("text", "no"), isError=True)
    elif name == "refuse":
        return fail(id, arguments["code"], "No, said the server.")
    elif name.startswith("die"):
        os._exit(1)
    elif name == "huge":
        result = text("x" * arguments["bytes"])
    elif name == "hang":
        return
    elif name == "garbage":
        for line in ["hello", "{", "[1,2]", "null", '{"jsonrpc":"2.0"}', '{"id":1,"result":{}}',
                     '{"jsonrpc":"2.0","id":987654,"result":{}}', "\udcff", "\x00"]:
            sys.stdout.buffer.write(line.encode("utf-8", "surrogateescape") + b"\n")
        result = text("after garbage")
    elif name == "ask":
        if "inputResponses" not in params:
            form = {"type": "object", "properties": {"sure": {"type": "boolean"}}}
            question = {"message": "Pay %d?" % arguments["amount"], "requestedSchema": form}
            return send({"id": id, "result": {
                "resultType": "input_required", "requestState": "state-1",
                "inputRequests": {"q": {"method": "elicitation/create", "params": question}}}})
        answer = params["inputResponses"]["q"]
        result = text("%s %s %s" % (answer["action"], answer.get("content"),
                                    params["requestState"]))
    elif name == "again":
        state = int(params.get("requestState", "0")) + 1
        if state <= arguments["rounds"]:
            return send({"id": id, "result": {
                "resultType": "input_required", "requestState": str(state)}})
        result = text("after %d" % state)
    elif name == "environment":
        result = text(json.dumps(dict(os.environ)))
    elif name == "child":
        child = subprocess.Popen(["sleep", "600"])
        result = text(json.dumps({"pid": child.pid, "own": os.getpid()}))
    elif name == "rich":
        result = {"content": [
            {"type": "text", "text": "one"}, {"type": "text", "text": "two"},
            {"type": "resource_link", "uri": "file:///a", "name": "a", "mimeType": "text/plain"},
            {"type": "image", "mimeType": "image/png", "data": "AAAA"},
            {"type": "resource", "resource": {"uri": "file:///b", "text": "inside"}}]}
    elif name == "structured":
        result = text('{"n": 1}', structuredContent={"items": [1, 2, 3]})
    elif name == "ping":
        send({"id": "s1", "method": "ping"})
        send({"id": "s2", "method": "roots/list"})
        result = text("pinged")
    elif name == "grow":
        TOOLS.append(tool("grown"))
        send({"method": "notifications/tools/list_changed"})
        result = text("grown")
    elif name == "strict":
        result = text(str(arguments["count"]))
    else:
        return fail(id, -32602, "Unknown tool: " + name)
    send({"id": id, "result": complete(result)})


def complete(result):
    return result if era == "legacy" else {"resultType": "complete", **result}


def page(params):
    start = int(params.get("cursor") or 0)
    result = complete({"tools": TOOLS[start:start + 7]})
    if era != "legacy":
        result.update(ttlMs=60000, cacheScope="private")
    if start + 7 < len(TOOLS):
        result["nextCursor"] = str(start + 7)
    return result


def answer(message):
    id, method, params = message.get("id"), message.get("method"), message.get("params") or {}
    if id is None or method is None:
        return
    if method == "tools/list":
        send({"id": id, "result": page(params)})
    elif method == "tools/call":
        call(id, params)
    elif method == "initialize" and era != "modern":
        send({"id": id, "result": {
            "protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
            "serverInfo": {"name": "scripted", "version": "1"}}})
    elif method == "initialize":
        fail(id, -32022, "Unsupported version", {"supported": ["2026-07-28"]})
    elif method == "server/discover" and era != "legacy":
        send({"id": id, "result": complete({
            "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}})})
    elif manner == "fragile":
        os._exit(2)
    elif manner != "mute":
        fail(id, -32601, "Method not found")


note("start %d" % os.getpid())
for line in sys.stdin:
    note(line.strip())
    answer(json.loads(line))
note("end of input")
