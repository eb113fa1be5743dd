import ArgumentParser
import FoundationEssentials
import Worker

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Check settings, database, migrations, privileges, providers and the xmin horizon, a line each.",
        discussion:
            "Exit 1 when a line says fault, 69 when the database cannot be reached, 78 on bad settings."
    )

    @OptionGroup var settings: SettingOptions

    func run() async throws {
        let environment = settings.environment(over: ProcessInfo.processInfo.environment)
        let settings = try Exit.onBadSettings { try WorkerSettings(environment: environment) }
        let findings = try await Database.withConnection {
            try await HealthCheck(settings: settings, environment: environment).run($0)
        }
        for finding in findings { print(finding) }
        if findings.contains(where: { $0.isFault }) { throw ExitCode(1) }
    }
}
