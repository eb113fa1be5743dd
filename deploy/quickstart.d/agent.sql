-- The quick start's agent: its prompts for agentkit, its workflow for orchestrator jobs. Safe to repeat.
INSERT INTO agents (
    id, user_id, agent_name, status, system_prompt, plugins_required, workflow_steps, output_schema)
VALUES (
    '11111111-1111-4111-8111-111111111111',
    '22222222-2222-4222-8222-222222222222',
    'Order clerk',
    'active',
    'You answer questions about the orders of a shop, briefly and with figures.',
    '["orders"]',
    '[
        {"id": "fetch", "name": "List the orders", "type": "action",
         "plugin": "orders", "action": "list", "params": {"count": "{{input.count}}"}},
        {"id": "open", "name": "Keep the open ones", "type": "transform", "dependencies": ["fetch"],
         "operation": "filter", "input": "{{fetch.data.items}}",
         "config": {"condition": {"field": "current.status", "operator": "equals", "value": "open"}}},
        {"id": "sum", "name": "Add them up", "type": "transform", "dependencies": ["open"],
         "operation": "aggregate", "input": "{{open.data}}",
         "config": {"aggregations": [{"field": "amount", "operation": "sum", "alias": "total"}]}},
        {"id": "enough", "name": "Worth a note?", "type": "conditional", "dependencies": ["sum"],
         "condition": {"field": "sum.data.total", "operator": "greater_than", "value": 50}},
        {"id": "words", "name": "Say it", "type": "llm_decision", "dependencies": ["enough"],
         "executeIf": "enough.data.result == true",
         "prompt": "Say in one sentence how much is open in {{open.data}}."},
        {"id": "note", "name": "Keep it", "type": "action", "dependencies": ["words"],
         "plugin": "orders", "action": "note", "params": {"text": "{{words.data.decision}}"}}
    ]',
    '[
        {"name": "open_orders", "type": "array", "source": "{{open.data}}"},
        {"name": "total", "type": "number", "source": "{{sum.data.total}}"},
        {"name": "summary", "type": "string", "source": "{{words.data.decision}}"}
    ]')
ON CONFLICT (id) DO UPDATE SET
    system_prompt = excluded.system_prompt, plugins_required = excluded.plugins_required,
    workflow_steps = excluded.workflow_steps, output_schema = excluded.output_schema;
