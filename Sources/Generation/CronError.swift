/// Why a text is no cron expression; the description names the field, not its content.
enum CronError: Error, Hashable, CustomStringConvertible {
    case fieldCount(Int)
    case field(CronField)

    var description: String {
        switch self {
        case .fieldCount(let count): "five fields are needed, there are \(count)"
        case .field(let field): "the \(field.rawValue) field is not valid"
        }
    }
}
