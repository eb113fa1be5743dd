import AgentKit
import EngineTestSupport
import FoundationEssentials
import JSON
import Journal
import Testing

@testable import Orchestration

@Suite("planning")
struct PlanTests {
    static let tools = ScriptedTools(actions: ["helpdesk.list_open", "mail.send"])

    static func agent(_ steps: JSONValue, output: JSONValue? = nil) -> AgentDefinition {
        AgentDefinition(
            id: UUID(), userID: UUID(), name: "A", systemPrompt: "You help.",
            pluginsRequired: ["helpdesk"], workflowSteps: steps, outputSchema: output)
    }

    static func plan(_ steps: JSONValue, output: JSONValue? = nil) throws(RunFailure)
        -> WorkflowPlan
    {
        try PlanBuilder.plan(agent(steps, output: output), catalog: .standard, tools: tools)
    }

    static func wait(_ id: String, after dependencies: JSONValue = []) -> JSONValue {
        ["id": .string(id), "type": "delay", "duration": 1, "dependencies": dependencies]
    }

    @Test("a diamond has three levels and one parallel group")
    func diamond() throws {
        let plan = try Self.plan([
            Self.wait("a"), Self.wait("b", after: ["a"]), Self.wait("c", after: ["a"]),
            ["id": "d", "type": "llm_decision", "dependencies": ["b", "c"]],
        ])
        #expect(plan.root.steps.map(\.level) == [0, 1, 1, 2])
        let json = plan.json
        #expect(
            json["parallelGroups"] == [
                ["groupId": "parallel_level_1", "level": 1, "steps": ["b", "c"]]
            ])
        #expect(json["totalSteps"] == 4)
        #expect(json["estimatedDuration"] == 6000)
        #expect(json["steps"]?[3]?["parallelGroupId"] == .null)
    }

    @Test("the worked sample has four levels and an estimate of eight seconds")
    func sample() throws {
        let plan = try Self.plan(OrchestratorTests.sample)
        #expect(plan.root.steps.map(\.level) == [0, 1, 2, 3])
        #expect(plan.json["estimatedDuration"] == 8000)
        #expect(plan.json["parallelGroups"] == [])
        let counts = WorkflowDefinitionCounts(workflowSteps: OrchestratorTests.sample)
        #expect(counts == WorkflowDefinitionCounts(steps: 4, branches: 1, loops: 1, parallel: 0))
    }

    @Test("definition counts look at top-level types and parallel flags only")
    func counts() {
        let steps: JSONValue = [
            ["type": "branch"], ["type": "iteration", "loopSteps": [["type": "conditional"]]],
            ["type": "switch", "parallel": true], ["parallel": "true"], 3,
        ]
        #expect(
            WorkflowDefinitionCounts(workflowSteps: steps)
                == WorkflowDefinitionCounts(steps: 5, branches: 1, loops: 1, parallel: 1))
        #expect(WorkflowDefinitionCounts(workflowSteps: nil) == WorkflowDefinitionCounts())
    }

    @Test("legacy steps get ids, types and params, and follow one another")
    func legacy() throws {
        let plan = try Self.plan([
            [
                "operation": "Read tickets", "plugin": "helpdesk", "plugin_action": "list_open",
                "validated": true, "type": "plugin_action",
            ],
            [
                "operation": "Summarise", "plugin": "ai_processing", "plugin_action": "process",
                "type": "ai_processing",
            ],
        ])
        let steps = plan.root.steps
        #expect(steps.map(\.step.id) == ["step1", "step2"])
        #expect(steps.map(\.step.type) == ["action", "ai_processing"])
        #expect(steps.map(\.step.name) == ["Read tickets", "Summarise"])
        #expect(steps[0].step.json["params"] == [:])
        #expect(steps[1].step.json["prompt"] == "Summarise")
        #expect(steps[1].dependencies == ["step1"])
    }

    @Test("steps without any dependencies chain around branches, not through them")
    func branchChain() throws {
        let plan = try Self.plan([
            Self.wait("start"),
            [
                "id": "choose", "type": "conditional", "condition": true,
                "trueBranch": ["yes1", "yes2"], "falseBranch": "no",
            ], Self.wait("yes1"), Self.wait("yes2"), Self.wait("no"), Self.wait("end"),
        ])
        #expect(
            plan.root.steps.map(\.dependencies) == [
                [], ["start"], ["choose"], ["yes1", "choose"], ["choose"],
                ["choose", "no", "yes2"],
            ])
    }

    @Test("a step of a branch depends on the step that decides, said or not")
    func impliedDependency() throws {
        let plan = try Self.plan([
            Self.wait("a"), Self.wait("yes", after: ["a"]),
            ["id": "c", "type": "conditional", "condition": true, "trueBranch": "yes"],
        ])
        #expect(plan.root.steps[1].dependencies == ["a", "c"])
    }

    static let faulty: [(JSONValue, String)] = [
        (nil, "agents.workflow_steps must be an array of at least one step"),
        ([], "agents.workflow_steps must be an array of at least one step"),
        ([3], "step 1 must be an object with a string id"),
        ([wait("a"), wait("a")], "duplicate step id 'a'"),
        ([wait("input")], "step 'input': the id is a reserved word"),
        ([["id": "a"]], "step 'a': type is required"),
        ([wait("a", after: ["z"])], "step 'a' depends on the unknown step 'z'"),
        ([wait("a", after: "z")], "step 'a': dependencies must be an array of step ids"),
        ([wait("a", after: ["b"]), wait("b", after: ["a"])], "circular dependency: a → b → a"),
        ([wait("a", after: ["a"])], "circular dependency: a → a"),
        ([["id": "a", "type": "action", "plugin": "mail"]], "step 'a': action is required"),
        (
            [["id": "a", "type": "action", "plugin": "mail", "action": "drop"]],
            "step 'a': there is no action 'drop' of a plugin 'mail'"
        ),
        ([["id": "a", "type": "conditional"]], "step 'a': condition is required"),
        (
            [["id": "a", "type": "conditional", "condition": true, "trueBranch": "z"]],
            "step 'a': the branch step 'z' does not exist"
        ),
        (
            [["id": "a", "type": "switch", "cases": ["x": "b"]], wait("b")],
            "step 'a': evaluate is required"
        ),
        (
            [["id": "a", "type": "switch", "evaluate": "x", "cases": [:]]],
            "step 'a': cases must be an object with at least one case"
        ),
        (
            [["id": "a", "type": "loop", "loopSteps": [wait("b")]]],
            "step 'a': iterateOver is required"
        ),
        (
            [["id": "a", "type": "loop", "iterateOver": "{{input.x}}"]],
            "step 'a': loopSteps must be an array of at least one step"
        ),
        (
            [
                [
                    "id": "a", "type": "loop", "iterateOver": "{{input.x}}", "maxIterations": 1001,
                    "loopSteps": [wait("b")],
                ]
            ], "step 'a': maxIterations must be 1 to 1000"
        ),
        (
            [["id": "a", "type": "parallel_group"]],
            "step 'a': steps must be an array of at least one step"
        ),
        ([["id": "a", "type": "transform", "input": 1]], "step 'a': operation is required"),
        (
            [["id": "a", "type": "transform", "operation": "sort"]], "step 'a': input is required"
        ),
        (
            [["id": "a", "type": "delay", "duration": 0]],
            "step 'a': duration must be a number of milliseconds above 0 and at most 30 days"
        ),
        (
            [["id": "a", "type": "delay", "duration": 1, "executeIf": "1 <"]],
            "step 'a': executeIf: the expression ends where a value is expected"
        ),
        (
            [["id": "a", "type": "delay", "duration": 1, "retryPolicy": ["maxRetries": -1]]],
            "step 'a': retryPolicy: maxRetries must be 0 to 10"
        ),
        (
            [["id": "a", "type": "delay", "duration": 1, "timeout": 0]],
            "step 'a': timeout must be a number of milliseconds above 0, at most 30 days"
        ),
        (
            [["id": "a", "type": "delay", "duration": 1, "cache": ["ttl": "long"]]],
            "step 'a': cache: ttl must be 0 to 31536000 seconds"
        ),
        (
            [["id": "a", "type": "delay", "duration": 1, "rollbackAction": ["plugin": "mail"]]],
            "step 'a': rollbackAction must be an object with plugin and action"
        ),
        (
            [
                [
                    "id": "a", "type": "delay", "duration": 1,
                    "rollbackAction": ["plugin": "mail", "action": "burn"],
                ]
            ], "step 'a': there is no action 'burn' of a plugin 'mail'"
        ),
        (
            [
                [
                    "id": "a", "type": "delay", "duration": 1,
                    "rollbackAction": [
                        "plugin": "mail", "action": "send", "params": ["x": "{{a.data}} {{q}}"],
                    ],
                ]
            ], "step 'a' refers to the unknown step or variable 'q'"
        ),
        (
            [["id": "a", "type": "delay", "duration": 1, "fallback": [["value": "{{zz}}"]]]],
            "step 'a' refers to the unknown step or variable 'zz'"
        ),
        (
            [["id": "a", "type": "transform", "operation": "fetch_content", "input": 1]],
            "step 'a': the operation \"fetch_content\" is no transform: it reads from a service, "
                + "which a transform, made anew on every attempt, must not; use a step of type "
                + "action"
        ),
        (
            [
                [
                    "id": "a", "type": "transform", "operation": "join", "input": [],
                    "config": ["with": "b.data", "on": "id"],
                ], wait("b"), wait("c", after: ["a"]),
            ], "step 'a' refers to step 'b', on which it does not depend"
        ),
        (
            [["id": "a", "type": "enrichment", "sources": [["key": "k"]], "strategy": "join"]],
            "step 'a': sources[0].from is required, step 'a': joinOn must be the path of a field"
        ),
        (
            [["id": "a", "type": "enrichment", "sources": [["key": "k", "from": 1]]]],
            "step 'a': strategy is required"
        ),
        (
            [["id": "a", "type": "comparison", "left": 1, "operation": "equal"]],
            "step 'a': right is required, step 'a': operation must be one of equals, deep_equals, "
                + "diff, contains, subset"
        ),
        (
            [["id": "a", "type": "validation", "input": 1]],
            "step 'a': schema or rules is required"
        ),
        (
            [
                [
                    "id": "a", "type": "validation", "input": 1,
                    "rules": [["field": "x", "condition": ["operator": "like"]]],
                ]
            ], "step 'a': rules[0]: condition must be {operator, value}"
        ),
        (
            [["id": "a", "type": "scatter_gather", "scatter": [:], "gather": [:]]],
            "step 'a': scatter.input is required, step 'a': scatter.steps must be an array of at "
                + "least one step, step 'a': gather.operation must be one of collect, merge, "
                + "reduce, flatten"
        ),
        (
            [
                [
                    "id": "a", "type": "scatter_gather", "gather": ["operation": "collect"],
                    "scatter": ["input": [], "itemVariable": "loop", "steps": [wait("x")]],
                ]
            ], "step 'a': scatter.itemVariable: 'loop' is a reserved word"
        ),
        (
            [["id": "a", "type": "sub_workflow"]],
            "step 'a': one of workflowId and workflowSteps is required"
        ),
        (
            [
                wait("o"),
                [
                    "id": "a", "type": "sub_workflow",
                    "workflowSteps": [["id": "x", "type": "llm_decision", "prompt": "{{o.data}}"]],
                ], wait("z", after: ["a"]),
            ], "step 'x' refers to step 'o', on which it does not depend"
        ),
        (
            [
                [
                    "id": "a", "type": "sub_workflow", "workflowSteps": [wait("x")],
                    "outputMapping": ["v": "{{y.data}}"],
                ]
            ], "step 'a' refers to the unknown step or variable 'y'"
        ),
        (
            [["id": "a", "type": "llm_decision", "prompt": "{{zz.x}}"]],
            "step 'a' refers to the unknown step or variable 'zz'"
        ),
        (
            [
                wait("a"), ["id": "b", "type": "llm_decision", "prompt": "{{a}}"],
                wait("c", after: ["a"]),
            ],
            "step 'b' refers to step 'a', on which it does not depend"
        ),
        (
            [["id": "a", "type": "llm_decision", "prompt": "{{item.x}}"]],
            "step 'a' refers to 'item', which only exists in a loop"
        ),
        (
            [wait("b"), ["id": "a", "type": "llm_decision", "prompt": "x", "executeIf": "a.x"]],
            "step 'a' refers to step 'a', on which it does not depend"
        ),
        (
            [
                [
                    "id": "a", "type": "loop", "iterateOver": "{{input.x}}",
                    "loopSteps": [wait("inner")],
                ], ["id": "b", "type": "llm_decision", "prompt": "{{inner.x}}"],
            ], "step 'b' refers to step 'inner', on which it does not depend"
        ),
    ]

    @Test("a faulty workflow is refused with every fault named", arguments: faulty)
    func faults(steps: JSONValue, fault: String) {
        let failure = #expect(throws: RunFailure.self) { try Self.plan(steps) }
        #expect(failure?.code == "VALIDATION_ERROR")
        #expect(failure?.failureClass == .invalidPayload)
        #expect(failure?.isPermanent == true)
        #expect(failure?.message == "Workflow validation failed: \(fault)")
    }

    @Test("several faults stand in one message")
    func severalFaults() {
        let failure = #expect(throws: RunFailure.self) {
            try Self.plan([["id": "a", "type": "action"], ["id": "b", "type": "delay"]])
        }
        #expect(
            failure?.message == "Workflow validation failed: step 'a': plugin is required, "
                + "step 'a': action is required, step 'b': duration is required")
    }

    @Test(
        "a type this version does not run is named",
        arguments: ["deterministic_extraction", "teleport"])
    func unsupported(type: String) {
        let failure = #expect(throws: RunFailure.self) {
            try Self.plan([["id": "a", "type": .string(type)]])
        }
        #expect(failure?.message.contains("the step type '\(type)' is not supported") == true)
    }

    @Test("an output whose source does not exist is a fault of the plan")
    func outputs() {
        let failure = #expect(throws: RunFailure.self) {
            try Self.plan([Self.wait("a")], output: [["name": "x", "source": "b.data"]])
        }
        #expect(failure?.message.contains("agents.output_schema: 'x' refers to") == true)
    }

    @Test("steps nested in a branch are visible after it, with their step's ancestors to them")
    func nestedVisibility() throws {
        _ = try Self.plan([
            Self.wait("a"),
            [
                "id": "c", "type": "conditional", "condition": true, "dependencies": ["a"],
                "then": [["id": "t", "type": "llm_decision", "prompt": "{{a.data}}"]],
            ],
            ["id": "z", "type": "llm_decision", "prompt": "{{t.decision}}", "dependencies": ["c"]],
        ])
    }

    @Test("steps nest five levels deep and no deeper")
    func depth() throws {
        var step = Self.wait("x")
        for level in 1...5 {
            step = ["id": "g\(level)", "type": "parallel_group", "steps": [step]]
        }
        _ = try Self.plan([step])
        step = ["id": "g6", "type": "parallel_group", "steps": [step]]
        #expect(throws: RunFailure.self) { try Self.plan([step]) }
    }
}
