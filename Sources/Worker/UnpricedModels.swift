import Logging
import Synchronization

/// Says once per model that its calls have no known cost.
final class UnpricedModels: Sendable {
    private let named = Mutex<Set<String>>([])

    func log(_ models: Set<String>, to logger: Logger) {
        let new = models.filter { model in named.withLock { $0.insert(model).inserted } }
        for model in new.sorted() {
            logger.warning(
                "no price is known: the cost of these calls is NULL until a price list is imported",
                metadata: ["model": "\(model)"])
        }
    }
}
