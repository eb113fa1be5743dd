import Journal

extension Journal {
    /// Makes a model call and accounts for it: the intent is committed before the request is sent,
    /// its outcome and the reply before the reply is returned. A reply that an earlier attempt of
    /// the job journalled under `step`, to an equal request, is returned without a call. Engines
    /// call models in no other way.
    ///
    /// `step` is the call's deterministic place in its run, unique in it. Throws `ModelError`, or
    /// an error of the journal's store.
    public func complete(
        _ request: ChatRequest, with model: any ChatModel, step: String, activity: CallActivity
    ) async throws -> ChatReply {
        let intent = CallIntent(
            provider: model.provider, model: request.model, activity: activity, step: step,
            estimatedInputTokens: request.estimatedInputTokens,
            maxInputTokens: request.maxInputTokens,
            maxOutputTokens: request.maxOutputTokens, fingerprint: request.fingerprint)
        return try await account(for: intent) {
            let (reply, resumed) = try await reply(to: request, from: model, step: step)
            return AccountedReply(
                reply: reply, usage: reply.usage, model: reply.model,
                responseBytes: reply.responseBytes, resumedSubmission: resumed,
                rateLimits: reply.rateLimits)
        }
    }
}
