import FoundationEssentials
import JSON

extension ToolCatalog {
    /// The largest definition file, in bytes.
    private static let maxFileBytes = 1 << 20

    /// Reads every `*.json` of a directory. The error names every fault of every file.
    public static func load(directory: String) throws(ToolCatalogError) -> ToolCatalog {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw ToolCatalogError(faults: [
                .init(
                    file: directory, message: "the directory of plugin definitions is not readable")
            ])
        }
        let files = names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.sorted()
        return try load(
            files: files.map { name in
                let data = FileManager.default.contents(atPath: "\(directory)/\(name)")
                return (name, data.map { Array($0) })
            })
    }

    /// Reads definition files that are in memory already; nil bytes are a file that cannot be read.
    static func load(
        files: [(name: String, bytes: [UInt8]?)]
    ) throws(ToolCatalogError) -> ToolCatalog {
        var faults: [ToolCatalogError.Fault] = []
        var plugins: [Plugin] = []
        var fileOfPlugin: [String: String] = [:]
        for (name, bytes) in files {
            var reader = PluginReader(file: name)
            if let document = document(bytes, file: name, faults: &faults),
                let plugin = reader.plugin(document)
            {
                if let other = fileOfPlugin.updateValue(name, forKey: plugin.name) {
                    reader.fault("plugin.name", "\(plugin.name) is defined in \(other) as well")
                }
                plugins.append(plugin)
            }
            faults += reader.faults
        }
        guard faults.isEmpty else { throw ToolCatalogError(faults: faults) }
        return ToolCatalog(plugins: plugins)
    }

    private static func document(
        _ bytes: [UInt8]?, file: String, faults: inout [ToolCatalogError.Fault]
    ) -> JSONValue? {
        guard let bytes, bytes.count <= maxFileBytes else {
            let fault = bytes == nil ? "not readable" : "larger than \(maxFileBytes) bytes"
            faults.append(.init(file: file, message: "the file is \(fault)"))
            return nil
        }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            faults.append(.init(file: file, message: "the file is not JSON: \(error)"))
            return nil
        }
    }
}
