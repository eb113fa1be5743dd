import EventLoop
import FoundationEssentials
import HTTP
import Jobs
import Limits
import Migrations
import Postgres

/// What `agent-worker check` looks at.
public struct HealthCheck: Sendable {
    /// One line of the answer.
    public struct Finding: Sendable, CustomStringConvertible {
        public let isFault: Bool
        let subject: String
        let detail: String

        public var description: String { "\(isFault ? "fault" : "ok   ")  \(subject): \(detail)" }
    }

    let settings: WorkerSettings
    let environment: [String: String]

    public init(settings: WorkerSettings, environment: [String: String]) {
        self.settings = settings
        self.environment = environment
    }

    public func run(_ connection: PostgresConnection) async throws -> [Finding] {
        var findings = [try await server(connection), try await durability(connection)]
        let migrations = try await migrations(connection)
        findings.append(migrations)
        if !migrations.isFault {
            findings.append(try await privileges(connection))
            findings.append(try await invariants(connection))
            findings += try await closedProviders(connection)
            findings.append(try await horizon(connection))
            findings.append(try await prices(connection))
        }
        findings.append(provider())
        findings.append(plugins())
        return findings
    }

    private func server(_ connection: PostgresConnection) async throws -> Finding {
        let rows = try await connection.query(
            """
            SELECT current_setting('server_version_num')::int / 10000 AS major,
                current_setting('server_version') AS version, pg_is_in_recovery() AS standby,
                current_database()::text AS name
            """)
        guard let row = rows.first else {
            return Finding(isFault: true, subject: "database", detail: "answers nothing")
        }
        let standby = try row.decode(Bool.self, "standby")
        let old = try row.decode(Int32.self, "major") < 15
        return Finding(
            isFault: standby || old, subject: "database",
            detail: "\(try row.decode(String.self, "name")), PostgreSQL "
                + (try row.decode(String.self, "version"))
                + (old ? ": 15 or later is needed" : "")
                + (standby ? ": a standby, add target_session_attrs=read-write" : ""))
    }

    private func migrations(_ connection: PostgresConnection) async throws -> Finding {
        let status = try await Migrator(connection).status()
        let odd = status.filter { $0.state == .pending || $0.state == .edited }
        return Finding(
            isFault: !odd.isEmpty, subject: "migrations",
            detail: odd.isEmpty
                ? "\(status.count) applied"
                : odd.map { "\($0.name) is \($0.state.rawValue)" }.joined(separator: ", ")
                    + (odd.contains { $0.state == .pending }
                        ? "; run agent-worker migrate"
                        : "; the files differ from this version's, which no command mends"))
    }

    private func privileges(_ connection: PostgresConnection) async throws -> Finding {
        let rows = try await connection.query(
            """
            SELECT string_agg(need.privilege || ' on ' || need.name, ', ') AS missing
            FROM (VALUES
                ('jobs', 'SELECT'), ('jobs', 'UPDATE'), ('workers', 'INSERT'),
                ('jobs', 'INSERT'), ('jobs', 'DELETE'), ('job_attempts', 'DELETE'),
                ('schedules', 'SELECT'), ('schedules', 'UPDATE'), ('schedules', 'INSERT'),
                ('schedules', 'DELETE'), ('agent_schedule_changes', 'SELECT'),
                ('agent_schedule_changes', 'DELETE'), ('retention_policies', 'SELECT'),
                ('retention_sweeps', 'UPDATE'), ('legal_holds', 'SELECT'),
                ('pruned_runs', 'INSERT'), ('pruned_runs', 'UPDATE'),
                ('pruned_usage', 'INSERT'), ('pruned_usage', 'UPDATE'),
                ('agent_executions', 'DELETE'), ('agent_logs', 'DELETE'),
                ('agent_generation_logs', 'DELETE'), ('token_usage', 'DELETE'),
                ('workers', 'UPDATE'), ('workers', 'DELETE'), ('job_attempts', 'INSERT'),
                ('run_steps', 'SELECT'), ('run_steps', 'INSERT'), ('run_steps', 'UPDATE'),
                ('run_steps', 'DELETE'),
                ('provider_limits', 'INSERT'), ('provider_limits', 'UPDATE'),
                ('provider_allowances', 'INSERT'), ('provider_allowances', 'UPDATE'),
                ('provider_slices', 'INSERT'), ('provider_slices', 'UPDATE'),
                ('provider_slices', 'DELETE'), ('provider_cooldowns', 'INSERT'),
                ('provider_cooldowns', 'UPDATE'), ('provider_cooldowns', 'DELETE'),
                ('default_models', 'INSERT'), ('default_models', 'UPDATE'),
                ('default_models', 'DELETE'),
                ('job_attempts', 'SELECT'), ('agents', 'SELECT'), ('agents', 'UPDATE'),
                ('token_usage', 'SELECT'), ('token_usage', 'INSERT'), ('token_usage', 'UPDATE'),
                ('agent_token_baselines', 'INSERT'), ('agent_token_baselines', 'UPDATE'),
                ('agent_executions', 'INSERT'), ('agent_logs', 'INSERT'),
                ('agent_stats', 'INSERT'), ('agent_stats', 'UPDATE'),
                ('agent_intensity_metrics', 'INSERT'), ('agent_intensity_metrics', 'UPDATE'),
                ('agent_generation_logs', 'INSERT'), ('agent_generation_logs', 'UPDATE'),
                ('model_prices', 'SELECT'), ('budgets', 'SELECT'),
                ('budget_windows', 'INSERT'), ('budget_windows', 'UPDATE'),
                ('budget_charges', 'INSERT'), ('budget_charges', 'UPDATE'),
                ('run_memories', 'SELECT'), ('run_memories', 'INSERT'),
                ('run_memories', 'UPDATE'), ('run_memories', 'DELETE'), ('user_memory', 'SELECT'),
                ('job_pauses', 'SELECT'), ('user_weights', 'SELECT'),
                ('concurrency_limits', 'SELECT'), ('concurrency_keys', 'INSERT'),
                ('concurrency_keys', 'UPDATE'), ('concurrency_keys', 'DELETE'),
                ('concurrency_slots', 'INSERT'), ('concurrency_slots', 'DELETE'),
                ('hold_releases', 'SELECT'), ('hold_releases', 'UPDATE'),
                ('hold_releases', 'DELETE')
            ) AS need (name, privilege)
            WHERE NOT has_table_privilege(need.name, need.privilege)
            """)
        // A trigger's function is executed without being allowed to.
        let functions = try await connection.query(
            """
            SELECT string_agg('EXECUTE on ' || p.oid::regprocedure, ', ' ORDER BY p.proname)
                AS missing
            FROM pg_proc p
            WHERE p.proname = ANY ($1) AND p.prorettype <> 'trigger'::regtype
                AND p.pronamespace = (
                    SELECT c.relnamespace FROM pg_class c WHERE c.oid = 'jobs'::regclass)
                AND NOT has_function_privilege(p.oid, 'EXECUTE')
            """, [.textArray(Migration.all.flatMap(\.functions))])
        let missing = try [rows, functions].compactMap { rows in
            try rows.first?.decodeIfPresent(String.self, "missing")
        }
        return Finding(
            isFault: !missing.isEmpty, subject: "privileges",
            detail: missing.isEmpty
                ? "sufficient" : "missing \(missing.joined(separator: ", "))")
    }

    private func invariants(_ connection: PostgresConnection) async throws -> Finding {
        // The view reads whole tables: on a large database it is left out rather than waited for.
        guard
            let rows = try? await connection.query(
                """
                SELECT count(*) AS violations, min(invariant || ' ' || subject) AS first
                FROM invariant_violations
                """, deadline: .seconds(20))
        else {
            return Finding(
                isFault: false, subject: "invariants",
                detail: "not checked within 20 s; ask the view invariant_violations yourself")
        }
        let count = try rows.first?.decode(Int64.self, "violations") ?? 0
        let first = try rows.first?.decodeIfPresent(String.self, "first") ?? ""
        return Finding(
            isFault: count > 0, subject: "invariants",
            detail: count == 0 ? "all hold" : "\(count) violated, first \(first)")
    }

    private func provider() -> Finding {
        let others =
            settings.compatibleProviders.map(\.name)
            + (settings.anthropicKey == nil ? [] : ["anthropic"])
            + (settings.azureEndpoint == nil ? [] : ["azure"])
        if settings.openAIKey == nil, !others.isEmpty {
            return Finding(
                isFault: false, subject: "provider", detail: others.joined(separator: ", "))
        }
        let isOpenAI = settings.openAIBaseURL == WorkerSettings().openAIBaseURL
        let hasKey = settings.openAIKey != nil
        return Finding(
            isFault: isOpenAI && !hasKey, subject: "provider",
            detail: isOpenAI && !hasKey
                ? "no model can be called: set OPENAI_API_KEY, or OPENAI_BASE_URL for another server"
                : "openai at \(settings.openAIBaseURL), \(hasKey ? "with a key" : "without a key")")
    }

    private func plugins() -> Finding {
        do throws(SettingsError) {
            let count = try HandlerCatalog.plugins(settings).pluginNames.count
            _ = try HandlerCatalog.generationData(settings)
            return Finding(
                isFault: false, subject: "plugins and data files", detail: "\(count) plugins")
        } catch {
            return Finding(
                isFault: true, subject: "plugins and data files",
                detail: error.faults.joined(separator: "; "))
        }
    }
}
