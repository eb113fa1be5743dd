/// A tool call's name taken apart.
struct ToolTarget: Hashable {
    static let separator = "__"

    var plugin: String
    var action: String

    /// Splits `<plugin>__<action>`. What is not of that form, or is too long to be a name, becomes
    /// `unknown`: a name goes into records, and the model may have put anything into it.
    init(functionName: String) {
        let isName =
            functionName.utf8.count <= 128
            && functionName.utf8.allSatisfy(Self.isNameByte)
        guard isName, let split = functionName.firstRange(of: Self.separator) else {
            self.plugin = "unknown"
            self.action = "unknown"
            return
        }
        plugin = String(functionName[..<split.lowerBound])
        action = String(functionName[split.upperBound...])
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
