import JSON

/// A script that cannot be read.
struct ScriptError: Error, CustomStringConvertible {
    /// Where, as `replies[2].reply`.
    let path: String
    /// What is wrong there.
    let reason: String

    var description: String { path.isEmpty ? "script: \(reason)" : "script: \(path): \(reason)" }

    /// Refuses unknown keys, which are most often misspelled ones.
    static func checkKeys(
        _ object: JSONObject, known: Set<String>, path: String
    ) throws(ScriptError) {
        if let unknown = object.keys.first(where: { !known.contains($0) }) {
            throw ScriptError(
                path: path,
                reason:
                    "unknown key \"\(unknown)\", expected \(known.sorted().joined(separator: ", "))"
            )
        }
    }
}
