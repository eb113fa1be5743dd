import JSON
import JSONSchema
import Testing

@Suite("the official test suite, draft 2020-12", .serialized)
struct SuiteTests {
    /// Runs the groups of a file; returns the descriptions of the tests that failed.
    private func run(
        _ file: SuiteFiles.TestFile, assertsFormat: Bool
    ) -> (passed: Int, failed: [String]) {
        var passed = 0
        var failed: [String] = []
        for group in file.groups {
            let name = "\(file.name): \(group["description"]?.stringValue ?? "")"
            let schema: JSONSchema
            do {
                schema = try JSONSchema(
                    group["schema"] ?? .null, resources: SuiteFiles.remotes,
                    assertsFormat: assertsFormat)
            } catch {
                failed.append("\(name): \(error)")
                continue
            }
            for test in group["tests"]?.arrayValue ?? [] {
                let data = test["data"] ?? .null
                let expected = test["valid"]?.boolValue
                let errors = schema.validate(data)
                if errors.isEmpty == expected, schema.isValid(data) == expected {
                    passed += 1
                } else {
                    failed.append("\(name): \(test["description"]?.stringValue ?? ""): \(errors)")
                }
            }
        }
        return (passed, failed)
    }

    @Test("every required test passes")
    func required() {
        var passed = 0
        for file in SuiteFiles.files(in: "tests/draft2020-12") {
            let result = run(file, assertsFormat: false)
            passed += result.passed
            for failure in result.failed { Issue.record("\(failure)") }
        }
        print("JSON Schema test suite: \(passed) required tests passed")
    }

    @Test("most optional tests pass; the rest are counted")
    func optional() {
        for (path, assertsFormat) in [
            ("tests/draft2020-12/optional", false), ("tests/draft2020-12/optional/format", true),
        ] {
            var passed = 0
            var failed = 0
            for file in SuiteFiles.files(in: path) {
                let result = run(file, assertsFormat: assertsFormat)
                passed += result.passed
                failed += result.failed.count
                for failure in result.failed { print("  optional, not passed: \(failure)") }
            }
            print("JSON Schema test suite, \(path): \(passed) passed, \(failed) did not")
            #expect(failed <= passed / 8)
        }
    }
}
