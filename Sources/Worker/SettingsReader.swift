import FoundationEssentials
import Jobs

/// Reads settings from their environment variables and collects every fault, so that all can be
/// named at once.
public struct SettingsReader {
    private let environment: [String: String]
    /// One line per bad setting: its name, what is wrong, what to write instead.
    public private(set) var faults: [String] = []

    public init(environment: [String: String]) {
        self.environment = environment
    }

    /// The variable's text; an empty one counts as not set.
    public func text(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    mutating func count(_ name: String, in range: ClosedRange<Int>, _ set: (Int) -> Void) {
        guard let text = text(name) else { return }
        guard let value = Int(text), range.contains(value) else {
            faults.append(
                "\(name)=\(text): must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
            return
        }
        set(value)
    }

    mutating func duration(
        _ name: String, in range: ClosedRange<Duration>, _ set: (Duration) -> Void
    ) {
        guard let text = text(name) else { return }
        guard let value = DurationText.parse(text), range.contains(value) else {
            faults.append(
                "\(name)=\(text): must be a time from \(DurationText.format(range.lowerBound)) to "
                    + "\(DurationText.format(range.upperBound)), such as 500ms, 30s, 5m or 2h")
            return
        }
        set(value)
    }

    mutating func word(_ name: String, _ words: [String], _ set: (String) -> Void) {
        guard let text = text(name) else { return }
        guard words.contains(text) else {
            faults.append("\(name)=\(text): must be one of \(words.joined(separator: ", "))")
            return
        }
        set(text)
    }

    /// What stands between commas, without spaces around it and without empty entries.
    func list(_ name: String) -> [String] {
        (text(name) ?? "").split(separator: ",").map { $0.trimmingSpaces }.filter { !$0.isEmpty }
    }

    mutating func fault(_ line: String) {
        faults.append(line)
    }

    /// The key itself from `NAME`, or the content of the file that `NAME_FILE` or the systemd
    /// credential `credential` names.
    mutating func secret(_ name: String, credential: String) -> String? {
        if let value = text(name) { return value }
        if let path = text(name + "_FILE") {
            guard let content = Self.content(of: path) else {
                faults.append("\(name)_FILE=\(path): cannot be read; name a readable file")
                return nil
            }
            return content
        }
        return text("CREDENTIALS_DIRECTORY").flatMap { Self.content(of: $0 + "/" + credential) }
    }

    private static func content(of path: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let key = text.trimmingPrefix { $0.isWhitespace }
        let end = key.lastIndex { !$0.isWhitespace }
        return end.map { String(key[...$0]) }
    }
}
