/// Why a reply holds no object.
struct ReplyFault: Error, Hashable {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
