import JSON

/// One call of a tool.
struct MCPCall {
    let server: MCPServer
    let action: String
    let function: String
    let deadline: ContinuousClock.Instant
    let idempotencyKey: String
    let maxRounds: Int

    func result(_ arguments: JSONValue, answer: ToolInputAnswer?) async -> ToolResult {
        let arguments: JSONValue = arguments.isNull ? [:] : arguments
        let tool: MCPTool
        do {
            tool = try await find()
            try check(arguments, tool)
        } catch {
            return .failure(error)
        }
        var answer = answer
        for _ in 0..<max(1, maxRounds) {
            let result: JSONValue
            do {
                result = try await send(arguments, to: tool, answer: answer)
            } catch {
                return .failure(ToolError(error, function: function, effect: tool.effect))
            }
            let reply = MCPAnswer(functionName: function, result: result).toolResult()
            // Without a question the server only wants to be asked again, with its state.
            guard let request = reply.inputRequest, request.questions.isEmpty else { return reply }
            answer = ToolInputAnswer(responses: [:], state: request.state)
        }
        return .failure(
            ToolError(
                code: ToolError.Code.invalidResponse,
                message: "\(function) wants to be asked again without an end"))
    }

    /// The tool of the list as last loaded: what a run was offered does not change under it.
    private func find() async throws(ToolError) -> MCPTool {
        var list = server.tools
        if list == nil {
            do {
                list = try await server.currentTools(until: deadline)
            } catch {
                throw ToolError(error, function: function)
            }
        }
        guard let tool = list?.tool(action) else {
            throw ToolError(
                code: ToolError.Code.actionNotFound,
                message: "plugin \(server.plugin) has no such action")
        }
        return tool
    }

    private func check(_ arguments: JSONValue, _ tool: MCPTool) throws(ToolError) {
        let errors = tool.schema?.validate(arguments) ?? []
        guard errors.isEmpty else {
            throw ToolError(
                code: ToolError.Code.validation,
                message: "the arguments do not fit the schema of \(function)",
                detail: errors.map { "\($0.instancePath): \($0.message)" }.joined(separator: "\n"))
        }
    }

    private func send(
        _ arguments: JSONValue, to tool: MCPTool, answer: ToolInputAnswer?
    ) async throws(MCPFault) -> JSONValue {
        var params: JSONObject = [
            "name": .string(tool.name), "arguments": arguments,
            "_meta": ["agent-worker/idempotencyKey": .string(idempotencyKey)],
        ]
        if let answer {
            if !answer.responses.isEmpty { params["inputResponses"] = .object(answer.responses) }
            if let state = answer.state { params["requestState"] = .string(state) }
        }
        let headers = tool.parameterHeaders.compactMap { header in
            header.value(in: arguments).map { (name: header.name, value: $0) }
        }
        return try await server.send(until: deadline) { [params] era in
            var request = MCPRequest("tools/call", params, era: era, toolName: tool.name)
            request.parameterHeaders = headers
            return request
        }
    }
}
