import ArgumentParser
import RunLog

/// Whose budget: exactly one of these.
struct BudgetOwner: ParsableArguments {
    @Option(help: ArgumentHelp("The budget of one user.", valueName: "id"))
    var user: String?

    @Option(help: ArgumentHelp("The budget of one agent.", valueName: "uuid"))
    var agent: String?

    @Flag(help: "The budget of every user that has none of their own, each for themselves.")
    var eachUser = false

    @Flag(help: "The budget of every agent that has none of its own, each for itself.")
    var eachAgent = false

    @Flag(help: "The budget of everybody together.")
    var global = false

    func validate() throws {
        let given = [user != nil, agent != nil, eachUser, eachAgent, global].count { $0 }
        if given != 1 {
            throw ValidationError(
                "give one of --user, --agent, --each-user, --each-agent and --global")
        }
        if user == "" || agent == "" { throw ValidationError("the user or agent has no name") }
        if user == Budget.each || agent == Budget.each {
            throw ValidationError("write --each-user or --each-agent")
        }
    }

    var scope: Budget.Scope {
        if global { return .global }
        return user != nil || eachUser ? .user : .agent
    }

    var subject: String { user ?? agent ?? Budget.each }
}
