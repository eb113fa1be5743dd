import CLibPQ

extension PostgresConfiguration {
    /// What is wrong with the connection string itself, so that no server could ever be reached
    /// with it; nil when it may work. Never quotes it: it may hold a password.
    public var fault: String? {
        guard let connectionString else { return nil }
        guard let options = Self.parse(connectionString) else {
            return "must be a libpq URI (postgresql://user@host/database) or keywords "
                + "(host=… dbname=…)"
        }
        let ports = (options["port"] ?? "").split(separator: ",")
        if !ports.allSatisfy({ Int($0).map { (1...65535).contains($0) } ?? false }) {
            return "a port must be a number from 1 to 65535"
        }
        for (name, values) in Self.words {
            if let value = options[name], !value.isEmpty, !values.contains(value) {
                return "\(name) must be one of \(values.joined(separator: ", "))"
            }
        }
        return nil
    }

    /// libpq's manual, "Parameter Key Words".
    private static let words = [
        (
            "sslmode", ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
        ),
        (
            "target_session_attrs",
            ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"]
        ),
    ]

    /// nil when libpq cannot parse it.
    static func parse(_ text: String) -> [String: String]? {
        guard let options = PQconninfoParse(text, nil) else { return nil }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                values[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        return values
    }
}
