/// The names of all faults, as clients write them. A list of its own, so that a renamed fault is
/// noticed: the names are an interface.
enum FaultNames {
    static let all = [
        "latency", "hang", "hangbody", "drip", "truncate", "shortlength", "longlength", "hugebody",
        "hugeheaders", "reset", "resetbody", "empty", "status", "429", "429date", "429huge",
        "quota", "badjson", "html200", "midstreamerror", "nul", "surrogate", "invalidutf8",
        "overflow", "deep", "nousage", "negativeusage", "hugeusage", "contentfilter", "refusal",
        "length",
    ]
}
