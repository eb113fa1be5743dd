import ArgumentParser
import FoundationEssentials
import JSON
import Postgres
import RunLog

struct PricesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prices",
        abstract: "Look at the prices of models, or take in a price list.",
        subcommands: [Import.self, List.self, Show.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take in a price list: the common model-price JSON.",
            discussion: """
                An object with an entry per model, prices in USD per token. Only changed prices make a new version; the same file again changes \
                nothing. Entries that cannot be read are named and left out; exit 1 when nothing could be read. Costs already stored stay as \
                they are: agent-worker report reprice computes them again.
                """)

        @Argument(help: ArgumentHelp("The price list.", valueName: "file"))
        var file: String?

        @Option(
            help: ArgumentHelp(
                "From when the prices count: a day (midnight UTC) or a time. Default: now.",
                valueName: "date"))
        var validFrom: Moment?

        @Flag(
            help:
                "Take in the list that comes with this version instead of a file, as migrate does: it never touches imported prices."
        )
        var shipped = false

        func validate() throws {
            if shipped == (file != nil) {
                throw ValidationError("give the file of a price list, or --shipped")
            }
            if shipped && validFrom != nil {
                throw ValidationError("--valid-from is for a file: shipped prices count since ever")
            }
        }

        func run() async throws {
            let list = try file.map { try Self.read($0) } ?? PriceList.shipped()
            for entry in list.unreadable { Exit.say("\(entry)") }
            if list.entries.isEmpty {
                Exit.say("nothing was taken in: no entry could be read")
                throw ExitCode(1)
            }
            let imported = try await Database.withConnection {
                try await ModelPrices($0).take(
                    list, validFrom: validFrom?.text, source: shipped ? .shipped : .imported)
            }
            print(
                "\(imported.new) new, \(imported.changed) changed, \(imported.unchanged) unchanged"
                    + (shipped ? ", \(imported.kept) kept as imported" : "")
                    + ", \(list.withoutTokenPrices) without token prices, "
                    + "\(list.unreadable.count) unreadable")
        }

        static func read(_ file: String) throws -> PriceList {
            guard let contents = FileManager.default.contents(atPath: file) else {
                throw Exit.nothingToDo("\(file): cannot be read")
            }
            let bytes = [UInt8](contents)
            do {
                let limits = JSONLimits(maxBytes: max(1, bytes.count))
                return try PriceList(JSONValue(parsing: bytes, limits: limits))
            } catch {
                throw Exit.nothingToDo("\(file) is no price list: \(error)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Today's prices, a line per model, in USD per million tokens.")

        @Argument(help: ArgumentHelp("Only models whose name contains this.", valueName: "text"))
        var name = ""

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let rows = try await Database.withConnection {
                try await ModelPrices($0).current(containing: name)
            }
            if json { return print(JSONValue.array(rows).serialized) }
            print(
                Columns(
                    [
                        "model", "input", "cached_input", "cache_write", "output", "source",
                        "valid_from",
                    ], of: rows
                ).text)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every version of a model's prices, in USD per token.",
            discussion: """
                A line for each service tier, and for each prompt size from which other prices count; the newest version first. Exit 2 when the \
                model has no price.
                """)

        @Argument(help: ArgumentHelp("The model, as the price list names it.", valueName: "model"))
        var model: String

        @Flag(help: "Print JSON, with each entry as it stood in the list.")
        var json = false

        func run() async throws {
            let rows = try await Database.withConnection {
                try await ModelPrices($0).versions(of: model)
            }
            if rows.isEmpty { throw Exit.nothingToDo("no price is known of model \(model)") }
            if json { return print(JSONValue.array(rows).serialized) }
            print(
                Columns(
                    [
                        "valid_from", "tier", "above_tokens", "input_price", "cached_input_price",
                        "cache_write_price", "cache_write_1h_price", "output_price",
                        "reasoning_price", "audio_input_price", "audio_output_price", "source",
                    ], of: rows
                ).text)
        }
    }
}
