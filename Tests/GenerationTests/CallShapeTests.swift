import JSON
import Models
import Testing

@testable import Generation

@Suite("What a provider is asked for")
struct CallShapeTests {
    private func adapts(_ shape: inout CallShape, to error: ModelError) -> Bool {
        shape.adapt(to: error)
    }

    private func refusal(_ message: String, status: Int = 400) -> ModelError {
        ModelError(.invalidPayload, status: status, message: message, spend: .none)
    }

    @Test("is given up step by step as the provider refuses it")
    func steps() {
        var shape = CallShape(schema: ["type": "object"])
        #expect(
            shape.responseFormat
                == .jsonSchema(name: "agent", schema: ["type": "object"], strict: true))
        #expect(!shape.showsSchema)
        #expect(adapts(&shape, to: refusal("response_format json_schema is not supported")))
        #expect(shape.responseFormat == .jsonObject)
        #expect(shape.showsSchema)
        #expect(adapts(&shape, to: refusal("Unknown field: response_format", status: 422)))
        #expect(shape.responseFormat == .text)
        #expect(!adapts(&shape, to: refusal("response_format")))
        #expect(shape.temperature(0.7) == 0.7)
        #expect(adapts(&shape, to: refusal("'temperature' does not support 0.7 with this model")))
        #expect(shape.temperature(0.7) == nil)
        #expect(!adapts(&shape, to: refusal("temperature")))
    }

    @Test("is not changed by other errors")
    func others() {
        var shape = CallShape(schema: ["type": "object"])
        #expect(!adapts(&shape, to: refusal("the prompt is too long")))
        #expect(!adapts(&shape, to: refusal("response_format", status: 500)))
        #expect(shape.responseFormat != .jsonObject)
    }

    @Test("is any JSON object where the schema cannot be expressed")
    func noSchema() {
        let shape = CallShape(schema: nil)
        #expect(shape.responseFormat == .jsonObject)
        #expect(shape.showsSchema)
    }
}
