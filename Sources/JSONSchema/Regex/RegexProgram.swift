/// A regular expression as instructions for ``RegexMatcher``.
struct RegexProgram: Sendable {
    /// A pattern whose counted repetitions unfold to more than this is refused.
    static let maxInstructions = 20_000

    enum Instruction: Sendable {
        case accept
        case set(ScalarSet)
        /// As many scalars of the set as there are, between `min` and `max`, most first.
        case run(ScalarSet, min: Int, max: Int)
        case jump(Int)
        /// Tries `first`, later `second`.
        case split(first: Int, second: Int)
        case save(Int)
        case start
        case end
        case wordBoundary(negated: Bool)
        /// The assertion's own instructions follow and end with `accept`; matching goes on at `next`.
        case look(isAhead: Bool, negated: Bool, next: Int)
        case backreference(Int)
        /// Remembers where an iteration of a loop begins.
        case enter(Int)
        /// Leaves the loop when the iteration has consumed nothing.
        case progress(Int)
    }

    private(set) var instructions: [Instruction] = []
    /// Slots for captures (two each) and loop marks.
    private(set) var slots: Int

    private let names: [String: Int]
    private let captures: Int

    init(pattern: String) throws(RegexSyntaxError) {
        let parsed = try RegexParser.parse(pattern)
        names = parsed.names
        captures = parsed.captures
        slots = 2 * (parsed.captures + 1)
        try emit(parsed.root)
        instructions.append(.accept)
    }

    private mutating func append(_ instruction: Instruction) throws(RegexSyntaxError) {
        guard instructions.count < Self.maxInstructions else {
            throw RegexSyntaxError(message: "the pattern repeats too much", offset: 0)
        }
        instructions.append(instruction)
    }

    private mutating func emit(_ node: RegexNode) throws(RegexSyntaxError) {
        switch node {
        case .empty: break
        case .set(let set): try append(.set(set))
        case .sequence(let parts): for part in parts { try emit(part) }
        case .alternatives(let branches): try emit(alternatives: branches)
        case .repeated(.set(let set), let min, let max, isLazy: false):
            try append(.run(set, min: min, max: max ?? .max))
        case .repeated(let body, let min, let max, let isLazy):
            try emit(repeating: body, min: min, max: max, isLazy: isLazy)
        case .capture(let body, let number):
            try append(.save(2 * number))
            try emit(body)
            try append(.save(2 * number + 1))
        case .start: try append(.start)
        case .end: try append(.end)
        case .wordBoundary(let negated): try append(.wordBoundary(negated: negated))
        case .look(let body, let isAhead, let negated):
            let look = instructions.count
            try append(.look(isAhead: isAhead, negated: negated, next: 0))
            try emit(body)
            try append(.accept)
            instructions[look] = .look(
                isAhead: isAhead, negated: negated, next: instructions.count)
        case .backreference(let number): try emit(backreference: number)
        case .namedBackreference(let name): try emit(backreference: names[name] ?? .max)
        }
    }

    private mutating func emit(backreference number: Int) throws(RegexSyntaxError) {
        guard number <= captures else {
            throw RegexSyntaxError(message: "reference to a group that is not there", offset: 0)
        }
        try append(.backreference(number))
    }

    private mutating func emit(alternatives branches: [RegexNode]) throws(RegexSyntaxError) {
        var jumps: [Int] = []
        for branch in branches.dropLast() {
            let split = instructions.count
            try append(.split(first: split + 1, second: 0))
            try emit(branch)
            jumps.append(instructions.count)
            try append(.jump(0))
            instructions[split] = .split(first: split + 1, second: instructions.count)
        }
        if let last = branches.last { try emit(last) }
        for jump in jumps { instructions[jump] = .jump(instructions.count) }
    }

    private mutating func emit(
        repeating body: RegexNode, min: Int, max: Int?, isLazy: Bool
    ) throws(RegexSyntaxError) {
        guard min <= Self.maxInstructions, max ?? 0 <= Self.maxInstructions else {
            throw RegexSyntaxError(message: "the pattern repeats too much", offset: 0)
        }
        for _ in 0..<min {
            let before = instructions.count
            try emit(body)
            if instructions.count == before { return }  // matches the empty text only
        }
        if let max {
            var splits: [Int] = []
            for _ in min..<max {
                splits.append(instructions.count)
                try append(.jump(0))
                try emit(body)
            }
            for split in splits {
                instructions[split] = fork(
                    inside: split + 1, outside: instructions.count, isLazy: isLazy)
            }
        } else {
            let mark = slots
            slots += 1
            let split = instructions.count
            try append(.jump(0))
            try append(.enter(mark))
            try emit(body)
            try append(.progress(mark))
            try append(.jump(split))
            instructions[split] = fork(
                inside: split + 1, outside: instructions.count, isLazy: isLazy)
        }
    }

    private func fork(inside: Int, outside: Int, isLazy: Bool) -> Instruction {
        isLazy
            ? .split(first: outside, second: inside) : .split(first: inside, second: outside)
    }
}
