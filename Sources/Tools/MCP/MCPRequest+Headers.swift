import HTTP

extension MCPRequest {
    /// Repeats in headers what intermediaries of the new era look at; the server compares.
    func describe(in headers: inout HTTPHeaders) {
        headers["Mcp-Method"] = method
        if let toolName { headers["Mcp-Name"] = HeaderText.encode(toolName) }
        for (name, value) in parameterHeaders {
            headers["Mcp-Param-\(name)"] = HeaderText.encode(value)
        }
    }
}
