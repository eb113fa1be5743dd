import FoundationEssentials
import Testing

@testable import Tools

@Suite("Where secrets come from")
struct CredentialTests {
    @Test("a variable is named for its secret in upper case")
    func environment() {
        let source = EnvironmentCredentials(environment: [
            "AGENT_WORKER_CREDENTIAL_MAIL_KEY_1": "s", "MAIL": "x",
            "AGENT_WORKER_CREDENTIAL_EMPTY": "",
        ])
        #expect(source.credential(named: "mail-key.1") == "s")
        #expect(source.credential(named: "MAIL") == nil)
        #expect(source.credential(named: "empty") == nil)
    }

    @Test("a file is named for its secret, and a directory wins over a variable")
    func directory() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/credentials-\(UUID())"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for (name, bytes) in [
            ("KEY", Array(" s3cret \r\n".utf8)), ("EMPTY", Array("\n".utf8)), ("BAD", [0xff]),
            (".hidden", [65]),
        ] as [(String, [UInt8])] {
            #expect(
                FileManager.default.createFile(
                    atPath: "\(directory)/\(name)", contents: Data(bytes)))
        }
        let source = DirectoryCredentials(directory: directory)
        #expect(source.credential(named: "KEY") == " s3cret ")
        for name in ["EMPTY", "BAD", ".hidden", "../KEY", "absent"] {
            #expect(source.credential(named: name) == nil)
        }
        let chain = CredentialChain(environment: [
            "CREDENTIALS_DIRECTORY": directory, "AGENT_WORKER_CREDENTIAL_KEY": "other",
            "AGENT_WORKER_CREDENTIAL_TWO": "two",
        ])
        #expect(chain.credential(named: "KEY") == " s3cret ")
        #expect(chain.credential(named: "TWO") == "two")
        #expect(DirectoryCredentials(directory: directory + "/x").credential(named: "KEY") == nil)
    }
}
