import Journal
import Models
import Tools

extension RunFailure {
    /// The job itself is at fault; no attempt can help.
    package static func invalid(_ code: String, _ message: String) -> RunFailure {
        RunFailure(.invalidPayload, code: code, message: message, isPermanent: true)
    }

    /// A limit of the run's own loop was met; another attempt would meet it again.
    static func limit(_ code: String, _ message: String) -> RunFailure {
        RunFailure(.tool, code: code, message: message, isPermanent: true)
    }

    /// The run's task was cancelled; the caller knows why.
    package static var cancelled: RunFailure {
        RunFailure(.cancelled, code: "CANCELLED", message: "the run was cancelled")
    }

    /// The journal's store failed: the call was not made, or its reply may not be used.
    package static let journalFailedCode = "JOURNAL_FAILED"

    /// What an error of a model call or of the journal's store means for the run.
    package static func from(_ error: any Error) -> RunFailure {
        if Task.isCancelled || error is CancellationError { return .cancelled }
        return switch error {
        case let failure as RunFailure: failure
        case let error as ModelError: error.runFailure
        // A plugin's server that cannot be reached: before anything was called.
        case let error as ToolError:
            RunFailure(
                error.isRetryable ? .transport : error.failureClass, code: error.code,
                message: error.message, retryAfter: error.retryAfter,
                isPermanent: !error.isRetryable)
        default:
            // The text of an unknown error may quote anything, so only its type is told.
            RunFailure(
                .transport, code: journalFailedCode,
                message: "a model call could not be recorded (\(type(of: error)))")
        }
    }
}
