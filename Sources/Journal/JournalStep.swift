/// A piece of work whose output the journal keeps.
public struct JournalStep: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        /// A plugin's action, or another tool.
        case tool
        /// A workflow's step or part of one.
        case step
        /// A pause: once it is over it is not made again.
        case delay
    }

    /// A plugin's action, by the names under which the records know it.
    public struct Tool: Sendable, Hashable {
        public var plugin: String
        public var action: String

        public init(plugin: String, action: String) {
            self.plugin = plugin
            self.action = action
        }
    }

    /// The step's deterministic place in its run, unique in it: `fetch`, `each[2].classify`,
    /// `iteration1.call2`. A repetition within the run appends `#2`, `#3`.
    public var key: String
    public var kind: Kind
    /// Of everything the output depends on; see `Fingerprint`.
    public var fingerprint: String
    public var effect: SideEffect
    /// What is called; of a step of kind `tool`.
    public var tool: Tool?

    public init(
        key: String, kind: Kind, fingerprint: String, effect: SideEffect, tool: Tool? = nil
    ) {
        self.key = key
        self.kind = kind
        self.fingerprint = fingerprint
        self.effect = effect
        self.tool = tool
    }
}
