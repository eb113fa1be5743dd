/// Runs a program over a text by backtracking, on a stack of its own and within a budget of steps:
/// a hostile pattern costs a bounded time, never a hung thread.
struct RegexMatcher {
    private enum Frame {
        /// Go on at `instruction` and `position`.
        case resume(instruction: Int, position: Int)
        /// Give back one scalar of a run: go on at `instruction` from `high`, later from below it.
        case run(instruction: Int, low: Int, high: Int)
        /// Undo a change of a slot.
        case restore(slot: Int, value: Int)
    }

    private let program: RegexProgram
    private let text: [Unicode.Scalar]
    private var slots: [Int]
    private var stack: [Frame] = []
    private var budget: Int

    init(program: RegexProgram, text: String, budget: Int) {
        self.program = program
        self.text = Array(text.unicodeScalars)
        self.budget = budget
        slots = Array(repeating: -1, count: program.slots)
    }

    /// Whether the pattern matches anywhere in the text; nil when the budget ran out.
    mutating func matches() -> Bool? {
        for start in 0...text.count {
            if run(from: 0, at: start) != nil { return true }
            if budget <= 0 { return nil }
        }
        return false
    }

    /// The end of a match that begins with an instruction at a position. Calls itself only for
    /// assertions, whose nesting the parser limits. `end` is where the match must end.
    private mutating func run(from first: Int, at begin: Int, endingAt end: Int? = nil) -> Int? {
        let floor = stack.count
        var next: (instruction: Int, position: Int)? = (first, begin)
        while let (instruction, position) = next {
            budget -= 1
            if budget <= 0 { break }
            if case .accept = program.instructions[instruction] {
                if end == nil || end == position {
                    dropChoices(above: floor)
                    return position
                }
                next = backtrack(to: floor)
            } else {
                next = step(instruction, position) ?? backtrack(to: floor)
            }
        }
        stack.removeSubrange(floor...)
        return nil
    }

    /// An assertion that held is not entered again, but what it captured is undone with the rest.
    private mutating func dropChoices(above floor: Int) {
        let changes = stack[floor...].filter { if case .restore = $0 { true } else { false } }
        stack.replaceSubrange(floor..., with: changes)
    }

    private mutating func backtrack(to floor: Int) -> (Int, Int)? {
        while stack.count > floor {
            switch stack.removeLast() {
            case .restore(let slot, let value): slots[slot] = value
            case .resume(let instruction, let position): return (instruction, position)
            case .run(let instruction, let low, let high):
                if low < high {
                    stack.append(.run(instruction: instruction, low: low, high: high - 1))
                }
                return (instruction, high)
            }
        }
        return nil
    }

    private mutating func set(_ slot: Int, _ value: Int) {
        stack.append(.restore(slot: slot, value: slots[slot]))
        slots[slot] = value
    }

    /// Where to go on after one instruction; nil when it does not match.
    private mutating func step(_ index: Int, _ position: Int) -> (Int, Int)? {
        switch program.instructions[index] {
        case .accept: return nil
        case .set(let set):
            guard position < text.count, set.contains(text[position]) else { return nil }
            return (index + 1, position + 1)
        case .run(let set, let min, let max):
            return run(of: set, min: min, max: max, index, position)
        case .jump(let target): return (target, position)
        case .split(let first, let second):
            stack.append(.resume(instruction: second, position: position))
            return (first, position)
        case .save(let slot), .enter(let slot):
            set(slot, position)
            return (index + 1, position)
        case .progress(let slot):
            // An iteration that consumed nothing would repeat for ever (ECMA-262, RepeatMatcher).
            return slots[slot] == position ? nil : (index + 1, position)
        case .start: return position == 0 ? (index + 1, position) : nil
        case .end: return position == text.count ? (index + 1, position) : nil
        case .wordBoundary(let negated):
            let isBoundary = isWord(position - 1) != isWord(position)
            return isBoundary != negated ? (index + 1, position) : nil
        case .look(let isAhead, let negated, let next):
            return look(isAhead, index + 1, position) != negated ? (next, position) : nil
        case .backreference(let number): return backreference(number, index, position)
        }
    }

    private mutating func run(
        of set: ScalarSet, min: Int, max: Int, _ index: Int, _ position: Int
    ) -> (Int, Int)? {
        let limit = max < text.count - position ? position + max : text.count
        var end = position
        while end < limit, set.contains(text[end]) { end += 1 }
        // Scanning is cheap but not free: long runs tried from every start are quadratic.
        budget -= (end - position) / 8
        guard end - position >= min else { return nil }
        let low = position + min
        if low < end { stack.append(.run(instruction: index + 1, low: low, high: end - 1)) }
        return (index + 1, end)
    }

    private mutating func look(_ isAhead: Bool, _ first: Int, _ position: Int) -> Bool {
        if isAhead { return run(from: first, at: position) != nil }
        for start in (0...position).reversed() {
            if run(from: first, at: start, endingAt: position) != nil { return true }
            if budget <= 0 { return false }
        }
        return false
    }

    private func backreference(_ number: Int, _ index: Int, _ position: Int) -> (Int, Int)? {
        let (start, end) = (slots[2 * number], slots[2 * number + 1])
        // A group that took no part matches the empty text (ECMA-262, BackreferenceMatcher).
        guard start >= 0, end >= start else { return (index + 1, position) }
        guard text[position...].starts(with: text[start..<end]) else { return nil }
        return (index + 1, position + end - start)
    }

    private func isWord(_ position: Int) -> Bool {
        text.indices.contains(position) && Self.word.contains(text[position])
    }

    private static let word = ScalarSet.words(negated: false)
}
