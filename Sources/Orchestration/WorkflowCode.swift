import Journal

/// The codes of failures of workflows and their steps, as they stand in `RunFailure.code`.
enum WorkflowCode: String {
    case validation = "VALIDATION_ERROR"
    case execution = "EXECUTION_ERROR"
    case condition = "CONDITION_ERROR"
    case variableResolution = "VARIABLE_RESOLUTION_ERROR"
    case pluginExecutionFailed = "PLUGIN_EXECUTION_FAILED"
    case missingPluginAction = "MISSING_PLUGIN_ACTION"
    case llmDecisionFailed = "LLM_DECISION_FAILED"
    case missingInputData = "MISSING_INPUT_DATA"
    case invalidInputType = "INVALID_INPUT_TYPE"
    case unknownTransformOperation = "UNKNOWN_TRANSFORM_OPERATION"
    case invalidDuration = "INVALID_DURATION"
    case invalidIterateOver = "INVALID_ITERATE_OVER"
    case loopIterationFailed = "LOOP_ITERATION_FAILED"
    case invalidScatterInput = "INVALID_SCATTER_INPUT"
    case scatterItemFailed = "SCATTER_ITEM_FAILED"
    case validationFailed = "VALIDATION_FAILED"
    case workflowNotFound = "WORKFLOW_NOT_FOUND"
    case subWorkflowFailed = "SUB_WORKFLOW_FAILED"
    case subWorkflowTimeout = "SUB_WORKFLOW_TIMEOUT"
    case approvalRejected = "APPROVAL_REJECTED"
    case allFallbacksFailed = "ALL_FALLBACKS_FAILED"
    case timeout = "TIMEOUT"
    case multipleStepFailures = "MULTIPLE_STEP_FAILURES"
}

extension RunFailure {
    /// The workflow, or the data it met, is at fault: repeating the run changes nothing.
    static func workflow(_ code: WorkflowCode, _ message: String) -> RunFailure {
        RunFailure(.invalidPayload, code: code.rawValue, message: message, isPermanent: true)
    }

    /// Whether the run ends with it whatever its steps say about errors: it was cancelled, or the
    /// journal cannot be relied on, or something may have happened that must not happen twice.
    var endsRun: Bool {
        failureClass == .cancelled || code == Self.journalFailedCode
            || code == Self.sideEffectUnknownCode
    }

    /// Whether the queue gives the job no further attempt after it, unless its attempts are spent.
    var isFinal: Bool {
        if isPermanent { return true }
        switch failureClass {
        case .transport, .provider, .timeout, .crash, .rateLimited, .cancelled, .shutdown:
            return false
        case .validation, .contentPolicy, .contextLength, .tool, .invalidPayload, .quota:
            return true
        }
    }
}
