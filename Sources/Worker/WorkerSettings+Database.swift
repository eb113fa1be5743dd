import Postgres

extension WorkerSettings {
    mutating func readDatabase(_ reader: inout SettingsReader) {
        databaseURL = reader.text("DATABASE_URL")
        listenURL = reader.text("AGENT_WORKER_LISTEN_URL")
        for (name, url) in [("DATABASE_URL", databaseURL), ("AGENT_WORKER_LISTEN_URL", listenURL)] {
            let configuration = PostgresConfiguration(
                connectionString: url, applicationName: "agent-worker")
            if let fault = configuration.fault { reader.fault("\(name): \(fault)") }
        }
        reader.word("AGENT_WORKER_POOLING", ["session", "transaction"]) {
            sharesSessions = $0 == "transaction"
        }
    }

    /// How the worker's connections are made.
    var database: PostgresConfiguration {
        var configuration = PostgresConfiguration(
            connectionString: databaseURL, applicationName: "agent-worker")
        configuration.connectTimeout = .seconds(3)
        configuration.statementTimeout = .seconds(30)
        configuration.lockTimeout = .seconds(10)
        configuration.avoidsTableScans = true
        configuration.keepsSession = !sharesSessions
        return configuration
    }

    /// How to listen for notifications, which a shared session never gets; nil: polling alone.
    var listening: PostgresConfiguration? {
        guard sharesSessions else { return database }
        return listenURL.map {
            PostgresConfiguration(connectionString: $0, applicationName: "agent-worker")
        }
    }
}
