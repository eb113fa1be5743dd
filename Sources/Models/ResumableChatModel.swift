/// A model whose call goes on at the provider when the process that made it dies: it is submitted,
/// its id is known at once, and anybody who has the id can fetch the reply.
///
/// `complete` of such a model submits and waits in one go. `Journal.reply(to:from:step:)` journals
/// the id in between, so that a later attempt waits on instead of paying again.
public protocol ResumableChatModel: ChatModel {
    /// Submits a call and returns its id at the provider. One request, never repeated.
    func submit(_ request: ChatRequest) async throws(ModelError) -> String

    /// Asks once how a submitted call stands. Costs nothing, whatever the answer; throws when
    /// there was none, which says nothing about the call.
    func poll(_ id: String, for request: ChatRequest) async throws(ModelError) -> SubmittedCall

    /// Stops a submitted call, so that it costs no more. What has become of it is not told; a call
    /// that has ended is left as it is.
    func cancel(_ id: String) async

    /// How often to ask.
    var polling: PollingInterval { get }
}
