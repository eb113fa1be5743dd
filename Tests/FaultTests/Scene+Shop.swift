import JSON
import WorkerTestSupport

extension Scene {
    /// A directory with one plugin, `shop`, whose action `items` asks the stub for a list.
    func shop() throws -> String {
        let plugin: JSONValue = [
            "plugin": [
                "name": "shop", "description": "A shop", "context": "For items.",
                "category": "crm", "allow_addresses": ["127.0.0.1/32"],
                "auth_config": ["auth_type": "platform_key"],
            ],
            "actions": [
                "items": [
                    "description": "Lists items.", "usage_context": "When asked for items.",
                    "parameters": [
                        "type": "object",
                        "properties": [
                            "count": ["type": "integer", "minimum": 1, "maximum": 5]
                        ],
                        "required": ["count"],
                    ],
                    "request": [
                        "method": "GET", "url": .string(stub.address + "/tools/items"),
                        "query": ["count": "{{count}}"], "idempotent": true,
                    ],
                ]
            ],
        ]
        return String(try file("plugins/shop.json", plugin.serialized).dropLast("/shop.json".count))
    }
}
