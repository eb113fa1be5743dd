import ArgumentParser

extension Fault: ExpressibleByArgument {
    init?(argument: String) {
        guard let fault = try? Fault(parsing: argument) else { return nil }
        self = fault
    }
}
