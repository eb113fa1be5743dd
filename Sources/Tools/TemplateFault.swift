/// What is wrong with a template.
struct TemplateFault: Error {
    let message: String
}
