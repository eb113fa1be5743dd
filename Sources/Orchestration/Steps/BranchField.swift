import JSON

/// A branch as a field writes it: ids of other steps, or steps of its own.
enum BranchField {
    case ids([String])
    case steps([JSONValue])

    /// nil for what is neither an id, nor a list of ids, nor a list of steps.
    init?(_ json: JSONValue) {
        if let id = json.stringValue {
            self = .ids([id])
        } else if let list = json.arrayValue {
            let ids = list.compactMap(\.stringValue)
            if ids.count == list.count {
                self = .ids(ids)
            } else if list.allSatisfy({ $0.objectValue != nil }) {
                self = .steps(list)
            } else {
                return nil
            }
        } else {
            return nil
        }
    }

    /// Puts the branch into an outline; what `field` holds that is none becomes a fault.
    static func add(
        _ json: JSONValue?, field: String, branch: String, to outline: inout StepOutline
    ) {
        guard let json, !json.isNull else { return }
        switch BranchField(json) {
        case .ids(let ids): outline.branches[branch, default: []] += ids
        case .steps(let steps):
            outline.blocks[branch, default: StepOutline.Block(steps: [])].steps += steps
        case nil:
            outline.faults.append("\(field) must be a step id, a list of step ids or of steps")
        }
    }
}
