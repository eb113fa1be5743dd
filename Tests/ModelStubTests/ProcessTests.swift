import Glibc
import Testing

@Suite("The process")
struct ProcessTests {
    @Test("the first line names the address, and the address answers")
    func address() throws {
        let stub = try StubProcess()
        #expect(stub.firstLine == "model-stub listening on http://127.0.0.1:\(stub.port)")
        #expect(try stub.reply("GET", "/healthz").status == 200)
    }

    @Test("SIGTERM and SIGINT end it with status 0", arguments: [SIGTERM, SIGINT])
    func signals(signal: Int32) throws {
        let stub = try StubProcess()
        #expect(stub.stop(signal) == 0)
    }

    @Test("a request that hangs does not delay the end")
    func endWhileHanging() throws {
        let stub = try StubProcess()
        let client = try RawClient(port: stub.port)
        client.request("GET", "/tools/echo", headers: ["x-stub-fault": "hang"])
        #expect(try stub.requests { $0["inFlight"] == 1 })
        #expect(stub.stop(SIGTERM) == 0)
        _ = client.readToEnd()
        #expect(client.received.isEmpty)
    }

    @Test("with --die-with-parent it ends when its parent is killed")
    func parentDeath() throws {
        let script = "\(StubProcess.binary) --die-with-parent & wait"
        let (shell, output) = try StubProcess.spawn(["sh", "-c", script])
        #expect(output.line().hasPrefix("model-stub listening on"))
        kill(shell, SIGKILL)
        waitpid(shell, nil, 0)
        // The pipe ends when the last process that holds it does.
        #expect(output.all().isEmpty)
    }

    @Test(
        "options that cannot be read end it with a usage error",
        arguments: [
            ["--fault", "nosuch"], ["--fault-rate", "2"], ["--rpm", "0"], ["--listen", "nowhere"],
            ["--latency", "soon"],
        ])
    func badOptions(options: [String]) throws {
        #expect(try StubProcess.run(options).status == 64)
    }

    @Test("a port that is taken ends it with status 1")
    func busyPort() throws {
        let stub = try StubProcess()
        let options = ["--listen", "127.0.0.1:\(stub.port)"]
        #expect(try StubProcess.run(options).status == 1)
    }

    @Test(
        "a script that is not there or cannot be read ends it with status 1",
        arguments: ["/nonexistent/script.json", "/dev/null"])
    func badScript(path: String) throws {
        #expect(try StubProcess.run(["--script", path]).status == 1)
    }

    @Test("the help explains every fault")
    func help() throws {
        let help = try StubProcess.run(["--help"])
        #expect(help.status == 0)
        for kind in FaultNames.all {
            #expect(help.output.contains("\n  \(kind)"), "\(kind) is not in the help")
        }
    }
}
