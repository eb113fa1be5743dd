import Foundation

/// `openssl s_server` with a certificate for `localhost` only, signed by itself.
final class TLSServer {
    let port: UInt16
    let certificateFile: String
    private let process = Process()
    private let directory: URL

    /// Nil where there is no `openssl`.
    init?() throws {
        let openssl = URL(fileURLWithPath: "/usr/bin/openssl")
        guard FileManager.default.isExecutableFile(atPath: openssl.path) else { return nil }
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("http-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let key = directory.appendingPathComponent("key.pem").path
        certificateFile = directory.appendingPathComponent("cert.pem").path
        let maker = Process()
        maker.executableURL = openssl
        maker.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", key, "-out", certificateFile, "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost",
        ]
        maker.standardError = FileHandle.nullDevice
        try maker.run()
        maker.waitUntilExit()
        process.executableURL = openssl
        process.arguments = [
            "s_server", "-accept", "127.0.0.1:0", "-cert", certificateFile, "-key", key, "-www",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = Pipe()
        try process.run()
        // It names the port it was given: "ACCEPT 127.0.0.1:40123".
        var text = ""
        while !text.contains("ACCEPT") || !text.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { return nil }
            text += String(decoding: data, as: UTF8.self)
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("ACCEPT") }
        guard let port = line?.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            return nil
        }
        self.port = port
    }

    deinit {
        // Not SIGTERM: the child has inherited the signal mask of a dispatch thread.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
    }
}
