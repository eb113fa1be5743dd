import JSON

/// A row of the parity table: a feature of the records, and what keeps the two engines from having
/// it in full; nothing when they do.
struct ParityRow: Sendable {
    let feature: String
    /// Whether it is judged by runs that failed.
    var isOfFailure = false
    let judge: @Sendable (ParityPair) -> [String]

    /// The checklist of the parity document, then the data that it says only one engine has.
    static let all: [ParityRow] = [
        executions, logs, stats, metrics, tokens, memory, complexity, errors, toolCalls, models,
        iterations, retries, times, plugins, cost,
    ]

    private static let executions = ParityRow(feature: "agent_executions insert") { pair in
        let columns = pair.agentKit.execution.objectValue?.keys ?? []
        return pair.faults("not one row") { $0.executions.count == 1 }
            + columns.filter {
                pair.agentKit.execution[$0]?.isNull != pair.orchestrator.execution[$0]?.isNull
            }.map { "\($0) is null in one of them" }
            + pair.differences(
                "execution", in: \.execution,
                of: ["execution_type", "status", "progress", "retry_count", "error_message"])
            + pair.differences("logs", in: \.logs, of: ["inputValuesUsed"])
            + pair.faults("a key of the seed's log is missing") { run in
                let seed =
                    run.logs["agentkit"] == true
                    ? ["iterations", "toolCalls", "tokensUsed", "model", "provider"]
                    : [
                        "executionId", "stepsCompleted", "stepsFailed", "stepsSkipped",
                        "totalSteps", "tokensUsed",
                    ]
                return seed.allSatisfy { run.logs[$0] != nil }
            }
            + pair.faults("logs differ from full_output") { run in
                added.allSatisfy { run.logs[$0] != nil && run.logs[$0] == run.fullOutput[$0] }
            }
    }

    /// What the seed leaves open: the same keys for both engines.
    private static let added = [
        "tokens", "memory", "retryCount", "costUsd", "models", "counts", "pluginsUsed",
    ]

    private static let logs = ParityRow(feature: "agent_logs insert") { pair in
        pair.faults("not one row") { $0.logRows.count == 1 }
            + pair.differences("log", in: \.log, of: ["run_tokens", "user_credits_used"])
            + pair.differences("run_output", in: \.runOutput, of: ["success", "tokensUsed"])
            + pair.faults("no status of success") {
                $0.log["status"]?.stringValue?.hasSuffix("execution completed successfully") == true
            }
            + pair.faults("metadata is missing") { run in
                let name = run.logs["agentkit"] == true ? "agentkit" : "orchestrator"
                return run.runOutput[name] == true && run.fullOutput["\(name)_metadata"] != nil
            }
            + pair.faults("run_output.executionTimeMs is not run_time") {
                $0.runOutput["executionTimeMs"] == $0.log["run_time"]
            }
    }

    private static let stats = ParityRow(feature: "increment_agent_stats") { pair in
        pair.faults("not one run, one success") { run in
            run.stats.count == 1 && run.stats[0]["run_count"] == 1
                && run.stats[0]["success_count"] == 1 && run.stats[0]["last_run_at"] != .null
        }
    }

    /// All columns but those of time, and the iterations, which the seed's formula counts as one
    /// for an orchestrator; the scores follow from them.
    private static let metrics = ParityRow(feature: "updateAgentIntensityMetrics") { pair in
        let own: Set = [
            "id", "agent_id", "user_id", "created_at", "updated_at", "last_calculated_at",
            "total_iterations", "avg_iterations_per_run", "execution_score", "combined_score",
            "intensity_score", "execution_complexity_score", "plugin_complexity_score",
            "avg_execution_duration_ms", "peak_execution_duration_ms",
            "tool_orchestration_overhead_ms",
        ]
        let columns = (pair.agentKit.metrics.objectValue?.keys ?? []).filter { !own.contains($0) }
        return pair.faults("not one row of one run") {
            $0.metricRows.count == 1 && $0.metrics["total_executions"] == 1
        }
            + pair.differences("metrics", in: \.metrics, of: columns)
            + pair.faults("no score") { run in
                own.filter { $0.hasSuffix("_score") }.allSatisfy {
                    run.metrics[$0]?.doubleValue != nil
                }
            }
            + pair.faults("tool time is not the calls'") { run in
                run.metrics["tool_orchestration_overhead_ms"] == run.logs["counts"]?["toolTimeMs"]
            }
    }

    private static let tokens = ParityRow(feature: "Token tracking") { pair in
        pair.differences("logs", in: \.logs, of: ["tokens"])
            + pair.faults("logs.tokens is not the sum of its calls") { run in
                run.logs["tokens"] == [
                    "prompt": run.sum("input_tokens"), "completion": run.sum("output_tokens"),
                    "cached": run.sum("cached_tokens"), "total": run.sum("total_tokens"),
                ] && run.sum("total_tokens") != 0
            }
            + pair.faults("a call has no tokens, model or provider of its own") { run in
                run.calls.allSatisfy { call in
                    call["status"] == "settled" && call["input_tokens"]?.intValue != nil
                        && call["model_name"] != .null && call["provider"] != .null
                        && call["activity_step"] != .null
                }
            }
    }

    private static let memory = ParityRow(feature: "Memory metadata") { pair in
        pair.differences("logs", in: \.logs, of: ["memory"])
            + pair.faults("logs.memory lacks a key") { run in
                Set(run.logs["memory"]?.objectValue?.keys ?? []) == ["tokens", "entries", "types"]
            }
            + pair.faults("nothing was remembered") { run in
                (run.logs["memory"]?["tokens"]?.intValue ?? 0) > 0
                    && run.logs["memory"]?["types"] == ["user_context"]
                    && run.metrics["memory_entry_count"] == run.logs["memory"]?["entries"]
                    && run.calls.last?["activity_type"] == "memory_creation"
            }
            + pair.differences(
                "metrics", in: \.metrics,
                of: [
                    "avg_memory_tokens_per_run", "memory_token_ratio", "memory_entry_count",
                    "memory_type_diversity", "memory_complexity_score",
                ])
    }

    private static let complexity = ParityRow(feature: "Workflow complexity") { pair in
        pair.differences(
            "metrics", in: \.metrics,
            of: [
                "workflow_steps_count", "conditional_branches_count", "loop_iterations_count",
                "parallel_execution_count", "workflow_complexity_score",
            ])
            + pair.faults("not the definition's one step") {
                $0.metrics["workflow_steps_count"] == 1
            }
    }

    private static let errors = ParityRow(feature: "Error tracking", isOfFailure: true) { pair in
        pair.differences("execution", in: \.execution, of: ["status", "progress", "retry_count"])
            + pair.differences("stats", in: { $0.stats.first ?? .null }, of: ["success_count"])
            + pair.differences(
                "metrics", in: \.metrics, of: ["failed_executions", "success_rate"])
            + pair.differences(
                "attempt", in: { $0.attempts.first ?? .null }, of: ["failure_class"])
            + pair.faults("no error, or not everywhere") { run in
                run.execution["status"] == "failed"
                    && run.execution["error_message"]?.stringValue?.isEmpty == false
                    && run.execution["error_message"] == run.attempts.last?["error"]
                    && run.log["status"]?.stringValue?.hasSuffix("execution failed") == true
                    && run.runOutput["success"] == false
                    && run.stats.first?["run_count"] == 1
                    && run.calls.first?["error_code"]?.stringValue?.isEmpty == false
            }
    }

    private static let toolCalls = ParityRow(feature: "Tool calls") { pair in
        let withoutTimes = { (run: ParityRun) -> JSONValue in
            [
                "toolCalls": .array(
                    (run.logs["toolCalls"]?.arrayValue ?? []).map { call in
                        var call = call
                        call["executionTime"] = nil
                        return call
                    })
            ]
        }
        return pair.differences("logs", in: withoutTimes, of: ["toolCalls"])
            + pair.differences("metrics", in: \.metrics, of: ["total_plugin_calls"])
            + pair.faults("not the one call") { run in
                run.logs["toolCalls"]?.arrayValue?.count == 1
                    && run.logs["counts"]?["toolCalls"] == 1
                    && run.logs["toolCalls"]?[0]?["executionTime"]
                        == run.logs["counts"]?["toolTimeMs"]
            }
    }

    private static let models = ParityRow(feature: "Model and provider") { pair in
        pair.differences("logs", in: \.logs, of: ["model", "provider", "models"])
            + pair.faults("unknown") { run in
                run.logs["model"]?.stringValue != nil && run.logs["provider"] == "openai"
                    && run.logs["models"]?.arrayValue?.isEmpty == false
            }
    }

    private static let iterations = ParityRow(feature: "Iterations") { pair in
        pair.differences("logs", in: \.logs, of: ["iterations"])
            + pair.faults("not two") {
                $0.logs["iterations"] == 2 && $0.logs["counts"]?["iterations"] == 2
            }
    }

    private static let retries = ParityRow(feature: "Retries") { pair in
        pair.differences("execution", in: \.execution, of: ["retry_count"])
            + pair.differences("logs", in: \.logs, of: ["retryCount"])
            + pair.differences(
                "metrics", in: \.metrics, of: ["retry_rate", "error_recovery_count"])
    }

    private static let times = ParityRow(feature: "Times") { pair in
        pair.faults("the run's times do not fit") { run in
            let ends = ["scheduled_at", "started_at", "completed_at"].compactMap {
                run.execution[$0]?.stringValue
            }
            return ends.count == 3 && ends == ends.sorted()
                && run.execution["execution_duration_ms"] == run.log["run_time"]
                && (run.log["run_time"]?.intValue ?? 0) > 0
        }
    }

    private static let plugins = ParityRow(feature: "Plugins used") { pair in
        pair.differences("logs", in: \.logs, of: ["pluginsUsed"])
            + pair.differences(
                "metrics", in: \.metrics, of: ["unique_plugins_used", "avg_plugins_per_run"])
            + pair.faults("not the one plugin") { $0.logs["pluginsUsed"] == ["shop"] }
    }

    private static let cost = ParityRow(feature: "Cost") { pair in
        pair.differences("logs", in: \.logs, of: ["costUsd"])
            + pair.differences(
                "attempt", in: { $0.attempts.first ?? .null }, of: ["cost_usd", "total_tokens"])
    }
}
