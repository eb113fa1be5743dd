import JSON
import Testing

@testable import Generation

@Suite("The skills catalogue")
struct SkillCatalogTests {
    let catalog: SkillCatalog

    init() throws {
        catalog = try GenerationData.load().skills
    }

    /// The prompts whose outcomes were verified on the origin, without its false positives
    /// ("digital" for git, "sometimes" for time, "indexing" for dex, "television" for vision) and
    /// without the categories only the owner may pay for (slack, cryptocompare).
    @Test(
        "a prompt selects the skills its whole words ask for",
        arguments: [
            ("Create a Twitter bot that posts crypto analysis", ["twitter"]),
            (
                "Build an assistant that searches the web for digital marketing news",
                ["tavily"]
            ),
            ("Help me sometimes indexing documents", []),
            ("Watch token prices and message me on Slack", ["token"]),
            ("Write a revision plan for my television show", []),
            ("Post a daily market note on X", ["twitter"]),
            ("Say what time it is and the WEATHER", ["common"]),
            ("Compare Defillama's TVL with what dex-screener shows", ["defillama", "dexscreener"]),
            ("Help with Dune Analytics", []),
            ("Tell me about my portfolio, wallets and web3", ["cdp", "moralis", "portfolio"]),
            ("", []),
        ])
    func selection(prompt: String, selected: [String]) {
        let skills = catalog.merged(into: [:], prompt: prompt)
        #expect(skills.keys.sorted() == selected.sorted())
    }

    @Test(
        "a match that nobody but the owner may pay for is seen but not selected",
        arguments: [
            ("crypto", "cryptocompare"), ("slack", "slack"), ("dune", "dune_analytics"),
            ("image", "venice_image"), ("speech", "unrealspeech"), ("enso", "enso"),
            ("cryptopanic", "cryptopanic"), ("aixbt", "aixbt"), ("dapplooker", "dapplooker"),
        ])
    func ownerOnly(prompt: String, category: String) {
        #expect(catalog.matches(in: prompt).map(\.category.name) == [category])
        #expect(catalog.merged(into: [:], prompt: prompt).isEmpty)
    }

    @Test("a selected category has all its states public and the platform's key")
    func configuration() {
        let skills = catalog.merged(into: [:], prompt: "search the web")
        #expect(
            skills["tavily"] == [
                "enabled": true, "api_key_provider": "platform",
                "states": ["tavily_search": "public", "tavily_extract": "public"],
            ])
    }

    @Test("a category without keys gets no provider")
    func noProvider() {
        let skills = catalog.merged(into: [:], prompt: "look at dexscreener")
        #expect(
            skills["dexscreener"]
                == ["enabled": true, "states": ["search_token": "public"]])
    }

    @Test("what moves the owner's funds is opened to the owner alone")
    func privateSelection() {
        let states = catalog.merged(into: [:], prompt: "use my wallet")["cdp"]?["states"]
        #expect(states?.objectValue?.values.allSatisfy { $0 == "private" } == true)
    }

    @Test("the word tweet alone asks for posting only")
    func tweet() {
        let states = catalog.merged(into: [:], prompt: "Send tweets")["twitter"]?["states"]
        #expect(states?["post_tweet"] == "public")
        #expect(states?["follow_user"] == "disabled")
        let all = catalog.merged(into: [:], prompt: "Send tweets with Twitter")["twitter"]
        #expect(all?["states"]?["follow_user"] == "public")
    }

    @Test("an update never takes a skill away and never widens what the owner closed")
    func merging() {
        let existing: JSONObject = [
            "slack": ["enabled": true, "states": [:], "slack_bot_token": "k"],
            "web_search": ["enabled": true],
            "tavily": [
                "enabled": true, "api_key_provider": "agent_owner", "api_key": "k",
                "states": ["tavily_search": "private", "tavily_extract": "disabled"],
            ],
            "token": ["enabled": false, "states": ["token_price": "private"], "note": "mine"],
        ]
        let merged = catalog.merged(into: existing, prompt: "Search the web, tell token prices")
        #expect(merged["slack"] == existing["slack"])
        #expect(merged["web_search"] == existing["web_search"])
        #expect(
            merged["tavily"] == [
                "enabled": true, "api_key_provider": "agent_owner", "api_key": "k",
                "states": ["tavily_search": "private", "tavily_extract": "public"],
            ])
        #expect(
            merged["token"] == [
                "enabled": true, "note": "mine", "api_key_provider": "platform",
                "states": [
                    "token_price": "private", "token_erc20_transfers": "public",
                    "token_search": "public", "token_analytics": "public",
                ],
            ])
    }

    @Test("an existing skill gets the defaults it leaves out")
    func completion() {
        let merged = catalog.merged(into: ["twitter": ["enabled": true]], prompt: "hello")
        #expect(merged["twitter"]?["states"]?["post_tweet"] == "disabled")
        #expect(merged["twitter"]?["enabled"] == true)
    }

    @Test("every fault of a catalogue file is named")
    func faults() {
        let document: JSONValue = [
            "categories": [
                "a": ["states": [:], "providers": ["bank"]],
                "b": [
                    "states": ["s": "open"], "keywords": [7], "auto_select": "no",
                    "credentials": "api_key", "selected_as": "all",
                ],
                "c": 1,
            ]
        ]
        let error = #expect(throws: GenerationDataError.self) { try SkillCatalog(document) }
        #expect(
            error?.faults == [
                "categories.a: providers may hold platform and agent_owner only",
                "categories.a: states must be an object of at least one state",
                "categories.b: states.s must be disabled, public or private",
                "categories.b: auto_select must be true or false",
                "categories.b: a keyword is a word, or an object of a word and some of the "
                    + "category's states",
                "categories.b: credentials must be an array of strings",
                "categories.b: selected_as must be disabled, public or private",
                "categories.c: must be an object",
                "categories.c: states must be an object of at least one state",
            ])
        #expect(throws: GenerationDataError.self) { try SkillCatalog([]) }
    }
}
