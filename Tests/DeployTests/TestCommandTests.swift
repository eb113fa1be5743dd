import Foundation
import TestSupport
import Testing

/// The README's second command, with a stand-in for `swift`.
@Suite("deploy/test")
struct TestCommandTests {
    @Test(
        "it ends with the exit code and the last line of swift test, and leaves no server behind",
        arguments: [("deploy/test", 0), ("deploy/test", 7), (".ci/run", 7)] as [(String, Int32)])
    func ends(command: String, code: Int32) async throws {
        let bin = try TemporaryDirectory()
        defer { bin.remove() }
        try await bin.addScript(
            "swift",
            #"""
            case "$1" in
            build) echo "built with: $*" ;;
            test)
                psql -X -At -c "select 'server ' || current_setting('fsync')" "$AGENT_WORKER_TEST_SERVER"
                echo "$AGENT_WORKER_TEST_SERVER" >"$(dirname "$0")/url"
                echo 'closing line'
                exit \#(code)
                ;;
            esac
            """#)
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let process = try TestProcess(
            PackageRoot.path(command),
            environment: [
                "PATH": bin.path + ":" + path, "TMPDIR": bin.path, "CI": "true",
                "AGENT_WORKER_TEST_SERVER": nil,
            ])
        let exit = try await process.waitForExit(timeout: .seconds(120))
        #expect(exit == .code(code), "\(process.stdout)\(process.stderr)")
        #expect(process.stdout.contains("built with: build --build-tests"))
        #expect(process.stdout.contains("server off"))
        #expect(process.lines.last?.text == "closing line")

        let url = try String(contentsOfFile: bin.path + "/url", encoding: .utf8)
        let socket = url.split(separator: "=").last.map { $0.filter { !$0.isWhitespace } } ?? ""
        #expect(socket.hasPrefix("/tmp/pgs."))
        #expect(!FileManager.default.fileExists(atPath: socket))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: bin.path).sorted()
                == ["swift", "url"])
    }
}
