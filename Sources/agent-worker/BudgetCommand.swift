import ArgumentParser
import JSON
import Postgres
import RunLog

struct BudgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget",
        abstract: "Limit what users, agents or everybody together may spend in a day or a month.",
        subcommands: [Set.self, List.self, Remove.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a budget, or change it; prints its id.",
            discussion: """
                Each call reserves the most it may use before it is made. A call that has no room holds its job until the day or month turns or \
                the budget is raised, without using an attempt. A budget of one user or agent goes before that of each.
                """)

        @OptionGroup var whose: BudgetOwner

        @Flag(help: "Per day or per month.")
        var period: Budget.Period

        @Option(help: ArgumentHelp("Tokens, input and output together.", valueName: "n"))
        var tokens: Int64?

        @Option(help: ArgumentHelp("Money in USD, such as 5 or 0.25.", valueName: "amount"))
        var usd: Decimal?

        @Option(
            help: ArgumentHelp(
                "Where the day or month turns, such as Europe/Berlin.", valueName: "zone"))
        var zone = "UTC"

        @Option(
            help: ArgumentHelp(
                "What a model without a price means for --usd: refuse (its job is held), zero (counts as nothing, and is counted), or assume:IN,OUT in USD per million tokens.",
                valueName: "policy"))
        var unpriced = UnpricedPolicy(.refuse)

        func validate() throws {
            if tokens == nil && usd == nil {
                throw ValidationError("give --tokens, --usd, or both")
            }
            if let tokens, tokens < 0 {
                throw ValidationError("--tokens \(tokens): must not be negative")
            }
        }

        func run() async throws {
            let budget = Budget(
                scope: whose.scope, subject: whose.subject, period: period, tokens: tokens,
                usd: usd?.number, timeZone: zone, unpriced: unpriced.policy)
            let id = try await Database.withConnection { connection in
                do {
                    return try await Budgets(connection).set(budget)
                } catch let error as PostgresError where error.sqlState?.hasPrefix("22") == true {
                    // An unknown zone, an agent that is no UUID.
                    throw Exit.nothingToDo(error.message)
                }
            }
            print(id)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Every budget with what is spent, reserved and left in the day or month of now.")

        @Option(help: ArgumentHelp("Only those of this user or agent.", valueName: "id"))
        var subject: String?

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let rows = try await Database.withConnection {
                try await Budgets($0).list(subject: subject)
            }
            if json { return print(JSONValue.array(rows).serialized) }
            print(
                Columns(
                    [
                        "id", "scope", "subject", "period", "token_limit", "spent_tokens",
                        "reserved_tokens", "left_tokens", "usd_limit", "spent_usd", "reserved_usd",
                        "left_usd", "unpriced_calls", "unpriced", "ends_at",
                    ], of: rows
                ).text)
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a budget; what it held is tried again at once.")

        @Argument(help: ArgumentHelp("Its id, as budget list shows it.", valueName: "id"))
        var id: Int64

        func run() async throws {
            let found = try await Database.withConnection { try await Budgets($0).remove(id) }
            if !found { throw Exit.nothingToDo("there is no budget \(id)") }
        }
    }
}
