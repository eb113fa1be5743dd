/// The long part of `--help`.
enum Help {
    static let discussion = """
        The first line on standard output is "model-stub listening on http://HOST:PORT". The \
        server ends with status 0 on SIGTERM and SIGINT. It needs no key and accepts any.

        ENDPOINTS
          POST /v1/chat/completions  text, tools, JSON output, streams
          POST /v1/responses         the same as OpenAI's Responses API, also in background mode
          GET  /v1/responses/ID      a response submitted in background mode
          POST /v1/responses/ID/cancel
          POST /v1/messages          the same as Anthropic's Messages
          GET  /v1/models
          any  /tools/echo           what was sent
          any  /tools/items?count=N  N items [3]
          any  /tools/slow?ms=N      an answer after N milliseconds [1000]
          any  /tools/status/NNN     that status
          any  /tools/counter        calls so far with this Idempotency-Key
          GET, DELETE /stub/requests what was asked so far; start the count again
          GET, POST   /stub/script   uses of each entry; a new script
          GET  /healthz

        WITHOUT A SCRIPT the model calls the first tool it is offered, once, with arguments made \
        from the tool's schema; then, or without tools, it answers: in JSON that fits the \
        response format when there is one, else in a sentence. A schema with name, purpose, \
        personality and principles gets an agent made from the prompt.

        A SCRIPT is JSON. The first entry that matches and has uses left answers; "default" \
        answers the rest, and without it the model answers as above. Every member is optional. \
        In "match", "role" is that of the last message, and "path" (as "/tools/items") moves the \
        entry from the model to that path; "/v1/messages" and the like pick one protocol. An \
        entry without "reply" takes the model's own, so that a fault alone is an entry. "usage" \
        in the spelling of chat completions is put into that of the protocol asked, any other is \
        sent as it is. In background mode the latency passes between the submission and the end.
          {"replies": [
             {"match": {"model": "gpt-4o", "contains": "text in any message",
                        "role": "tool"},
              "times": 1,
              "reply": {"content": "Hi"}            or {"content": "Hi", "finish_reason": "length"}
                    or {"json": {"name": "Ada"}}    or {"refusal": "I can't help with that."}
                    or {"tool_calls": [{"name": "crm__list", "arguments": {"count": 2}}]},
              "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12},
              "latency_ms": 50, "headers": {"x-a": "b"}, "fault": "status:503"}],
           "default": {"reply": {"content": "Nothing matched."}}}

        FAULTS are asked for by the header "x-stub-fault: NAME[:NUMBER]" (any endpoint but /stub \
        and /healthz), by a model named "gpt-4o!NAME[:NUMBER]", by a script's entry, or by \
        --fault; the first of these counts. The number when none is given is in brackets.

        """ + FaultKind.listing
}
