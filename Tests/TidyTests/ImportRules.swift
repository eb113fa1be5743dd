/// Which module may import which: SwiftPM does not enforce it for transitive dependencies.
enum ImportRules {
    /// The package's modules, lowest layer first, and the modules each may import.
    static let modules: [String: Set<String>] = {
        var table: [String: Set<String>] = [
            "CLibPQ": [], "CCurl": [], "CEventLoop": [], "CMigrations": [],
            "JSON": [],
            "EventLoop": ["CEventLoop"],
            "JSONSchema": ["JSON"],
            "Postgres": ["CLibPQ", "EventLoop", "JSON"],
            "HTTP": ["CCurl", "EventLoop"],
            "Journal": ["JSON"],
            "Migrations": ["CMigrations", "Postgres"],
            "Jobs": ["JSON", "Journal", "Postgres"],
            "RunLog": ["JSON", "Journal", "Postgres"],
            "Limits": ["JSON", "Journal", "Postgres"],
            "Models": ["HTTP", "JSON", "Journal"],
            "Tools": ["EventLoop", "HTTP", "JSON", "JSONSchema", "Journal", "Models"],
            "Generation": ["JSON", "JSONSchema", "Journal", "Models"],
            "AgentKit": ["JSON", "JSONSchema", "Journal", "Models", "Tools"],
            "Orchestration": ["AgentKit", "JSON", "JSONSchema", "Journal", "Models", "Tools"],
            "Telemetry": ["HTTP", "JSON"],
        ]
        let below = Set(table.keys).subtracting(["CLibPQ", "CCurl", "CEventLoop", "CMigrations"])
        table["Admin"] = ["Jobs", "Postgres", "RunLog"]
        table["Worker"] = below.union(["Logging", "UnixSignals"])
        let all = below.union(["Admin", "Worker", "ArgumentParser", "Logging"])
        table["agent-worker"] = all.union(["UnixSignals"])
        table["agent-bench"] = all.union(["UnixSignals"])
        table["model-stub"] = all
        // It links libpq, never libcurl or a server framework, and starts in milliseconds.
        table["agent-enqueue"] = [
            "ArgumentParser", "EventLoop", "JSON", "Jobs", "Journal", "Postgres", "RunLog",
        ]
        return table
    }()

    /// The modules that are programs.
    static let executables: Set<String> = [
        "agent-bench", "agent-enqueue", "agent-worker", "model-stub",
    ]

    /// What comes with the toolchain and is light, and containers: allowed everywhere.
    private static let everywhere: Set<String> = [
        "Collections", "DequeModule", "FoundationEssentials", "Glibc", "HeapModule",
        "Musl", "OrderedCollections", "Synchronization", "_StringProcessing",
    ]

    /// The imports of a file under `Sources` that its module may not make.
    static func violations(in file: SourceFile) -> [Violation] {
        guard let allowed = modules[file.module] else {
            return [Violation(file, 1, "module \(file.module) is not in the table of modules")]
        }
        return imports(of: file).compactMap { line, name in
            if name == "Foundation" {
                return Violation(file, line, "import FoundationEssentials instead of Foundation")
            }
            if everywhere.contains(name) || allowed.contains(name) { return nil }
            if file.module == "model-stub", name.hasPrefix("NIO") { return nil }
            return Violation(file, line, "\(file.module) may not import \(name)")
        }
    }

    private static func imports(of file: SourceFile) -> [(line: Int, name: String)] {
        let statement =
            #/^\s*(?:(?:@\w+(?:\(\w+\))?|public|package|internal|fileprivate|private)\s+)*import\s+(?:(?:struct|class|enum|protocol|typealias|func|var|let|actor)\s+)?(\w+)/#
        return file.code.compactMap { line in
            guard line.text.holds("import ") else { return nil }
            return line.text.firstMatch(of: statement).map { (line.number, String($0.output.1)) }
        }
    }
}
