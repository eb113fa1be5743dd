import JSON
import Journal

extension Journal {
    /// The reply of a model, for the inside of an accounted call. Of a resumable model the id is
    /// journalled as soon as it is known, as the output of the step `<step>.submission`: a later
    /// attempt waits for that call instead of making another.
    ///
    /// The key of that step comes with the reply to a call that an earlier attempt submitted.
    ///
    /// A submitted call that turns out to have ended without a reply, and was not submitted just
    /// now, is made anew, as `<step>.submission#2`.
    func reply(
        to request: ChatRequest, from model: any ChatModel, step: String
    ) async throws -> (reply: ChatReply, resumedSubmission: String?) {
        guard let model = model as? any ResumableChatModel else {
            return (try await model.complete(request), nil)
        }
        var number = 1
        while true {
            var isNew = false
            let key = "\(step).submission" + (number == 1 ? "" : "#\(number)")
            let id = try await perform(
                JournalStep(
                    key: key, kind: .step,
                    fingerprint: Fingerprint.of([
                        .string(model.provider), .string(request.fingerprint),
                    ]),
                    effect: .none)
            ) {
                isNew = true
                return .string(try await model.submit(request))
            }
            guard let id = id.stringValue else {
                throw RunFailure(
                    .crash, code: "JOURNAL_DAMAGED",
                    message: "the id journalled for \(step) is no text", isPermanent: true)
            }
            switch try await model.outcome(of: id, for: request) {
            case .finished(let reply): return (reply, isNew ? nil : key)
            case .failed(let error):
                if isNew { throw error }
                number += 1
            }
        }
    }
}
