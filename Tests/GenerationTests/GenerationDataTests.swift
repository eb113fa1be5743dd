import FoundationEssentials
import JSON
import Testing

@testable import Generation

@Suite("The data files")
struct GenerationDataTests {
    private let smallSchema: JSONValue = [
        "type": "object", "required": ["name", "model"], "additionalProperties": false,
        "properties": [
            "name": ["type": "string"], "model": ["enum": ["m1", "m2"]],
            "owner": ["type": "string"], "skills": ["type": "object"],
        ],
    ]
    private let smallCatalog: JSONValue = [
        "categories": ["mail": ["providers": ["platform"], "states": ["send": "disabled"]]]
    ]

    @Test("are built in")
    func builtIn() throws {
        let data = try GenerationData.load()
        #expect(data.skills.categories.count == 26)
        #expect(data.schema.allowedModels?.count == 15)
        #expect(data.schema.defaultModel == "gpt-4.1-nano")
        #expect(data.schema.document["properties"]?["skills"]?["properties"]?["twitter"] != nil)
    }

    @Test("can be replaced by files")
    func replaced() throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "generation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let schemaPath = directory.appending(path: "schema.json").path
        let skillsPath = directory.appending(path: "skills.json").path
        try Data(smallSchema.serializedBytes).write(to: URL(filePath: schemaPath))
        try Data(smallCatalog.serializedBytes).write(to: URL(filePath: skillsPath))

        let data = try GenerationData.load(agentSchemaPath: schemaPath, skillsPath: skillsPath)
        #expect(data.skills.categories.map(\.name) == ["mail"])
        #expect(data.schema.defaultModel == "m1")
        #expect(data.schema.writable(on: .create) == ["name"])

        try Data("{".utf8).write(to: URL(filePath: skillsPath))
        let error = #expect(throws: GenerationDataError.self) {
            try GenerationData.load(skillsPath: skillsPath)
        }
        #expect(error?.source == skillsPath)
        #expect(error?.faults == ["is not JSON: unexpected end of text at byte 1"])
    }

    @Test("a file that is not there is named")
    func missing() {
        #expect(
            throws: GenerationDataError(source: "/nowhere/x.json", faults: ["cannot be read"])
        ) { try GenerationData.load(agentSchemaPath: "/nowhere/x.json") }
    }

    @Test("a category the schema describes itself is not overwritten")
    func ownSkills() throws {
        var schema = smallSchema
        schema["properties"]?["skills"] = ["properties": ["mail": ["type": "boolean"]]]
        let data = try GenerationData(agentSchema: schema, skills: smallCatalog)
        #expect(
            data.schema.document["properties"]?["skills"]?["properties"]?["mail"]
                == ["type": "boolean"])
    }

    @Test("a schema without properties, a default model or sense is refused")
    func faults() {
        for schema: JSONValue in [
            7, ["properties": []], ["properties": [:]],
            ["properties": ["model": ["enum": ["a"], "default": "b"]]],
            ["properties": ["model": ["default": "b", "pattern": "("]]],
        ] {
            #expect(throws: GenerationDataError.self) {
                try GenerationData(agentSchema: schema, skills: smallCatalog)
            }
        }
    }
}
