/// What kept a scene from being played, or what came of it against the rules.
public struct SceneError: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) {
        self.description = description
    }
}
