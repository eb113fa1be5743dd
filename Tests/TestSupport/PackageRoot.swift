import Foundation

/// Where the package's sources are, found from this file's own path.
public enum PackageRoot {
    /// The directory of Package.swift, without a slash at its end.
    public static let path: String = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// The path of something in the package.
    public static func path(_ relative: String) -> String {
        path + "/" + relative
    }
}
