// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// A Swift module; `Tests/TidyTests` holds the table of what each may import.
func module(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil)
    -> Target
{
    .target(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// What several test targets share; it may import full Foundation.
func support(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let unixSignals = Target.Dependency.product(
    name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "agent-worker",
    products: [
        .executable(name: "agent-worker", targets: ["agent-worker"]),
        .executable(name: "agent-enqueue", targets: ["agent-enqueue"]),
        .executable(name: "model-stub", targets: ["model-stub"]),
        .executable(name: "agent-bench", targets: ["agent-bench"]),
        .executable(name: "bench-limit", targets: ["bench-limit"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Layer 0: the platform's C libraries.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CEventLoop"),
        .target(name: "CMigrations"),
        // Layer 1
        module("JSON", []),
        module("EventLoop", ["CEventLoop"]),
        module("JSONSchema", ["JSON"]),
        // Layer 2
        module("Postgres", ["CLibPQ", "EventLoop", "JSON"]),
        module("HTTP", ["CCurl", "EventLoop"]),
        module("Journal", ["JSON"]),
        // Layer 3
        module("Migrations", ["CMigrations", "Postgres"]),
        module("Jobs", ["JSON", "Journal", "Postgres"]),
        module(
            "RunLog", ["JSON", "Journal", "Postgres"], resources: [.embedInCode("Resources")]),
        module("Limits", ["JSON", "Journal", "Postgres"]),
        module("Models", ["HTTP", "JSON", "Journal"]),
        // Layer 4
        module("Tools", ["EventLoop", "HTTP", "JSON", "JSONSchema", "Journal", "Models"]),
        // Layer 5
        module(
            "Generation", ["JSON", "JSONSchema", "Journal", "Models"],
            resources: [.embedInCode("Resources")]),
        module("AgentKit", ["JSON", "JSONSchema", "Journal", "Models", "Tools"]),
        // Layer 6
        module(
            "Orchestration", ["AgentKit", "JSON", "JSONSchema", "Journal", "Models", "Tools"]),
        // Layer 7
        module(
            "Worker",
            [
                "AgentKit", "EventLoop", "Generation", "HTTP", "JSON", "Jobs", "Journal", "Limits",
                "Migrations", "Models", "Orchestration", "Postgres", "RunLog", "Tools", logging,
            ]),
        // Layer 8: composition roots.
        executable("agent-worker", ["Limits", "Worker", argumentParser, logging, unixSignals]),
        executable(
            "agent-enqueue", ["Jobs", "RunLog", "Postgres", "EventLoop", "JSON", argumentParser]),
        executable(
            "model-stub",
            [
                "JSON", argumentParser,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        .executableTarget(
            name: "agent-bench",
            dependencies: [
                "AgentKit", "EventLoop", "HTTP", "JSON", "Jobs", "Journal", "Migrations", "Models",
                "Orchestration", "Postgres", "Tools", "Worker", argumentParser, logging,
                unixSignals,
            ], resources: [.embedInCode("Peers")], swiftSettings: strict),
        // A bare client in C, for comparison.
        .executableTarget(
            name: "bench-limit", dependencies: ["CLibPQ", "CCurl"],
            linkerSettings: [.linkedLibrary("pthread")]),
        // Tests
        support("TestSupport", ["EventLoop", "JSON", "Migrations", "Postgres"]),
        support("HTTPTestSupport", []),
        support("WorkerTestSupport", ["HTTP", "JSON", "Postgres", "TestSupport"]),
        support("EngineTestSupport", ["AgentKit", "JSON", "Journal", "Models", "Tools"]),
        tests("TidyTests", []),
        tests("JSONTests", ["JSON"]),
        tests("EventLoopTests", ["EventLoop"]),
        tests("PostgresTests", ["CLibPQ", "EventLoop", "JSON", "Postgres", "TestSupport"]),
        tests("RecordTests", ["JSON", "Postgres", "TestSupport"]),
        tests(
            "JobsTests", ["EventLoop", "JSON", "Jobs", "Journal", "Postgres", "TestSupport"]),
        tests(
            "RunLogTests",
            ["EventLoop", "JSON", "Jobs", "Journal", "Postgres", "RunLog", "TestSupport"]),
        tests(
            "LimitsTests",
            [
                "EventLoop", "JSON", "Journal", "Limits", "Models", "Postgres", "RunLog",
                "TestSupport",
            ]),
        .testTarget(
            name: "MigrationsTests", dependencies: ["Migrations", "Postgres", "TestSupport"],
            exclude: ["schema.sql"], swiftSettings: strict),
        .testTarget(
            name: "WorkerTests",
            dependencies: [
                "JSON", "Postgres", "TestSupport", "WorkerTestSupport", "agent-enqueue",
                "agent-worker", "model-stub",
            ], exclude: ["Resources"], swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "JSON", "Jobs", "Journal", "Postgres", "RunLog", "TestSupport", "Worker", logging,
            ],
            // A hundred thousand jobs a minute, in a debug build too.
            swiftSettings: strict + [.unsafeFlags(["-O"])]),
        tests(
            "FaultTests",
            [
                "JSON", "Postgres", "TestSupport", "WorkerTestSupport", "agent-enqueue",
                "agent-worker", "model-stub",
            ]),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "AgentKit", "EngineTestSupport", "Generation", "HTTP", "JSON", "Jobs", "Models",
                "Orchestration", "Postgres", "TestSupport", "Tools",
            ], exclude: ["Corpus", "FuzzEntry.swift.txt"], swiftSettings: strict),
        .testTarget(
            name: "ProtocolModelTests", dependencies: ["TestSupport"], exclude: ["protocol.pml"],
            swiftSettings: strict),
        tests(
            "EnqueueTests",
            [
                "JSON", "TestSupport", "WorkerTestSupport", "agent-enqueue", "agent-worker",
                "model-stub",
            ]
        ),
        tests(
            "DeployTests",
            ["Postgres", "TestSupport", "agent-enqueue", "agent-worker", "model-stub"]),
        tests("JSONSchemaTests", ["JSON", "JSONSchema"]),
        tests("ModelStubTests", ["JSON", "model-stub"]),
        tests("BenchTests", ["JSON", "agent-bench"]),
        tests(
            "ModelsTests",
            ["EventLoop", "HTTP", "HTTPTestSupport", "JSON", "Journal", "Models", "TestSupport"]),
        tests(
            "ToolsTests",
            [
                "EventLoop", "HTTP", "HTTPTestSupport", "JSON", "Journal", "Models", "TestSupport",
                "Tools",
            ]),
        tests(
            "JournalTests",
            [
                "AgentKit", "EngineTestSupport", "EventLoop", "JSON", "Jobs", "Journal", "Models",
                "Postgres", "RunLog", "TestSupport", "Tools",
            ]),
        tests("GenerationTests", ["Generation", "JSON", "JSONSchema", "Journal", "Models"]),
        tests("HTTPTests", ["EventLoop", "HTTP", "HTTPTestSupport"]),
        tests(
            "AgentKitTests",
            ["AgentKit", "EngineTestSupport", "JSON", "Journal", "Models", "Tools"]),
        .testTarget(
            name: "OrchestrationTests",
            dependencies: [
                "AgentKit", "EngineTestSupport", "JSON", "JSONSchema", "Journal", "Models",
                "Orchestration", "Tools",
            ], exclude: ["Resources"], swiftSettings: strict),
        .testTarget(
            name: "MCPTests",
            dependencies: [
                "EventLoop", "HTTP", "HTTPTestSupport", "JSON", "Journal", "TestSupport", "Tools",
            ], exclude: ["Resources"], swiftSettings: strict),
    ]
)
