import JSON
import Journal
import Testing

@testable import RunLog

@Suite("journal decisions")
struct JournalDecisionTests {
    struct Rule: Sendable, CustomTestStringConvertible {
        let status: JournalledStep.Status
        let output: JSONValue?
        let past: SideEffect
        let isSame: Bool
        let effect: SideEffect
        let decision: JournalDecision

        init(
            _ status: JournalledStep.Status, _ output: JSONValue?, _ past: SideEffect,
            same isSame: Bool, now effect: SideEffect? = nil, _ decision: JournalDecision
        ) {
            self.status = status
            self.output = output
            self.past = past
            self.isSame = isSame
            self.effect = effect ?? past
            self.decision = decision
        }

        var testDescription: String { "\(status) \(past) same=\(isSame) now=\(effect)" }
    }

    static let rules = [
        Rule(.done, 1, .none, same: true, .replay(1)),
        Rule(.done, 1, .once, same: true, .replay(1)),
        Rule(.done, nil, .none, same: true, .perform(diverged: false)),
        Rule(.done, nil, .once, same: true, .refuse),
        Rule(.done, 1, .none, same: false, .perform(diverged: true)),
        Rule(.done, 1, .once, same: false, .perform(diverged: true)),
        Rule(.claimed, nil, .once, same: true, .refuse),
        Rule(.claimed, nil, .once, same: false, .refuse),
        // An action that was declared repeatable since its claim.
        Rule(.claimed, nil, .once, same: true, now: .idempotent, .refuse),
        Rule(.unknown, nil, .once, same: true, .refuse),
        Rule(.unknown, nil, .once, same: false, .refuse),
        Rule(.unknown, 2, .once, same: true, .replay(2)),
        Rule(.unknown, 2, .once, same: false, .refuse),
        Rule(.unknown, nil, .idempotent, same: true, .perform(diverged: false)),
        Rule(.waiting, nil, .none, same: false, .perform(diverged: true)),
    ]

    @Test("what the journal has under a key decides", arguments: rules)
    func decide(rule: Rule) {
        let past = JournalledStep(
            key: "k", kind: "tool", fingerprint: "then", effect: rule.past, status: rule.status,
            output: rule.output)
        #expect(
            JournalDecision.decide(
                past, kind: "tool", fingerprint: rule.isSame ? "then" : "now",
                effect: rule.effect) == rule.decision)
    }

    @Test("nothing under the key is a first call; another kind is another request")
    func others() {
        #expect(
            JournalDecision.decide(nil, kind: "tool", fingerprint: "f", effect: .once)
                == .perform(diverged: false))
        let call = JournalledStep(
            key: "k", kind: "model", fingerprint: "f", status: .done, output: 1)
        #expect(
            JournalDecision.decide(call, kind: "tool", fingerprint: "f", effect: .none)
                == .perform(diverged: true))
    }

    @Test("a key too long for the index is cut to one that is as unique")
    func longKeys() {
        let long = String(repeating: "each[1].", count: 400)
        #expect(StepKey.stored("each[1].a") == "each[1].a")
        #expect(StepKey.stored("a\0") == "a\u{FFFD}")
        let stored = [long + "a", long + "b"].map { StepKey.stored($0) }
        #expect(stored[0] != stored[1] && stored.allSatisfy { $0.utf8.count <= StepKey.longest })
    }
}
