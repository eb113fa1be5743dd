import JSON

/// A list of model prices in the common model-price JSON: an object with an entry for each model.
public struct PriceList: Sendable {
    /// An entry that cannot be used.
    public struct Unreadable: Sendable, Hashable, CustomStringConvertible {
        public let model: String
        public let reason: String

        public var description: String { "\(model): \(reason)" }
    }

    /// The document is no price list at all.
    public struct DocumentError: Error, CustomStringConvertible {
        public let description: String
    }

    /// What can be used, in the document's order.
    public private(set) var entries: [PriceEntry] = []
    public private(set) var unreadable: [Unreadable] = []
    /// Entries that price nothing by the token.
    public private(set) var withoutTokenPrices = 0

    /// The entry that explains the format in the list's public copies.
    private static let example = "sample_spec"

    /// Reads a document. Single entries that cannot be read are named in `unreadable`.
    public init(_ document: JSONValue) throws(DocumentError) {
        guard let members = document.objectValue else {
            throw DocumentError(
                description:
                    "expected an object with an entry per model, found \(document.typeName)")
        }
        for (model, entry) in members where model != Self.example {
            do throws(PriceEntry.Fault) {
                entries.append(try PriceEntry(model: model, entry))
            } catch {
                switch error {
                case .unreadable(let reason):
                    unreadable.append(Unreadable(model: model, reason: reason))
                case .noTokenPrices: withoutTokenPrices += 1
                }
            }
        }
    }

    /// The list that comes with the product.
    public static func shipped() throws -> PriceList {
        try PriceList(JSONValue(parsing: PackageResources.model_prices_json))
    }
}
