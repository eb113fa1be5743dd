import Journal

/// Why a tool call gave no data.
public struct ToolError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A constant for programs and retry policies; see `Code`.
    public var code: String
    /// The HTTP status; nil when no answer came.
    public var status: Int?
    /// One line for people and logs: the definition's own words or ours, never an argument or a
    /// result.
    public var message: String
    /// More for the model that made the call, such as each fault of its arguments or the service's
    /// own words. May hold content: never logged, never recorded.
    public var detail: String?
    /// Whether the same call may be made again: the fault may pass, and it did nothing yet or is
    /// idempotent.
    public var isRetryable: Bool
    /// How long the service asked to wait, if it did.
    public var retryAfter: Duration?
    /// Whether the action may have happened all the same. Such a call of an action that is not
    /// idempotent is not to be repeated.
    public var isOutcomeUnknown: Bool
    /// What it means for the run.
    public var failureClass: FailureClass

    public init(
        code: String, status: Int? = nil, message: String, detail: String? = nil,
        isRetryable: Bool = false, retryAfter: Duration? = nil, isOutcomeUnknown: Bool = false,
        failureClass: FailureClass = .tool
    ) {
        self.code = code
        self.status = status
        self.message = message
        self.detail = detail
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
        self.isOutcomeUnknown = isOutcomeUnknown
        self.failureClass = failureClass
    }

    public var description: String { "\(code): \(message)" }

    /// The codes. Retry policies of workflows name `TIMEOUT`, `RATE_LIMIT` and `NETWORK_ERROR`.
    public enum Code {
        /// The arguments do not fit the action's schema or request.
        public static let validation = "VALIDATION_ERROR"
        /// A `block` rule of the definition forbids the call.
        public static let blocked = "BLOCKED_BY_RULE"
        /// No such plugin.
        public static let pluginNotAvailable = "PLUGIN_NOT_AVAILABLE"
        /// The plugin has no such action.
        public static let actionNotFound = "ACTION_NOT_FOUND"
        /// The credential is missing or refused (401).
        public static let authFailed = "AUTH_FAILED"
        /// 403.
        public static let forbidden = "FORBIDDEN"
        /// 404, 410.
        public static let notFound = "NOT_FOUND"
        /// 400, 422.
        public static let badRequest = "BAD_REQUEST"
        /// 429.
        public static let rateLimit = "RATE_LIMIT"
        /// A time limit passed, ours or the service's (408, 504).
        public static let timeout = "TIMEOUT"
        /// No answer, or a cut one.
        public static let network = "NETWORK_ERROR"
        /// The address is not one that tools may reach.
        public static let addressRefused = "ADDRESS_REFUSED"
        /// The answer is larger than the limit.
        public static let responseTooLarge = "RESPONSE_TOO_LARGE"
        /// The answer is not what its content type says.
        public static let invalidResponse = "INVALID_RESPONSE"
        /// 5xx.
        public static let serverError = "SERVER_ERROR"
        /// A person has to answer something first; see `ToolResult.inputRequest`.
        public static let inputRequired = "INPUT_REQUIRED"
        /// Any other status.
        public static let failed = "PLUGIN_EXECUTION_FAILED"
        /// The run was cancelled, or the worker stops.
        public static let cancelled = "CANCELLED"
    }
}
