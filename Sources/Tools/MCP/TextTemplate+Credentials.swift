extension TextTemplate {
    /// The text of a template that has credentials and no arguments.
    func filled(credentials: any CredentialSource) throws(MCPFault) -> String {
        var text = ""
        for segment in segments {
            switch segment {
            case .literal(let literal): text += literal
            case .argument: break  // refused when the definition was loaded
            case .credential(let name):
                guard let secret = credentials.credential(named: name) else {
                    throw MCPFault(.credential(name))
                }
                text += secret
            }
        }
        return text
    }
}
