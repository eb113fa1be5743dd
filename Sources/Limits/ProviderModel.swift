/// A model of a provider: what limits and cool-downs are about.
public struct ProviderModel: Sendable, Hashable, CustomStringConvertible {
    /// Stands for every model of a provider.
    public static let everyModel = "*"

    public let provider: String
    public let model: String

    public init(provider: String, model: String) {
        self.provider = provider
        self.model = model
    }

    /// The provider as a whole.
    public var whole: ProviderModel {
        ProviderModel(provider: provider, model: Self.everyModel)
    }

    public var description: String { "\(provider)/\(model)" }
}
