import Foundation
import TestSupport

/// The inputs every fuzzing starts from; one that ever broke a target is added to them.
enum FuzzCorpus {
    static func inputs(_ target: FuzzTarget) throws -> [[UInt8]] {
        let directory = PackageRoot.path("Tests/FuzzTests/Corpus/\(target.name)")
        return try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
            .map { Array(try Data(contentsOf: URL(filePath: directory + "/" + $0))) }
    }
}
