/// The syntax tree of a regular expression.
indirect enum RegexNode: Sendable {
    case empty
    case set(ScalarSet)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    case repeated(RegexNode, min: Int, max: Int?, isLazy: Bool)
    case capture(RegexNode, Int)
    case start
    case end
    case wordBoundary(negated: Bool)
    case look(RegexNode, isAhead: Bool, negated: Bool)
    case backreference(Int)
    case namedBackreference(String)
}
