import Foundation

/// The package's executables as built together with the tests.
public enum Binary {
    /// The path of executable `name`, beside the running test bundle.
    public static func path(_ name: String) -> String {
        // `swift test` runs .build/<configuration>/<package>PackageTests.xctest, or a helper of the
        // toolchain with that path among its arguments.
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") }
        let directories =
            [bundle, "/proc/self/exe"].compactMap { $0 }.map { path in
                URL(filePath: path).resolvingSymlinksInPath().deletingLastPathComponent().path
            } + [PackageRoot.path(".build/debug")]
        let candidates = directories.map { $0 + "/" + name }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
            ?? candidates[0]
    }
}
