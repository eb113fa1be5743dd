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
    case multipleStepFailures = "MULTIPLE_STEP_FAILURES"
}

extension RunFailure {
    /// The workflow, or the data it met, is at fault: repeating the run changes nothing.
    static func workflow(_ code: WorkflowCode, _ message: String) -> RunFailure {
        RunFailure(.invalidPayload, code: code.rawValue, message: message, isPermanent: true)
    }
}
