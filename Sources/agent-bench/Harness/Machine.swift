import FoundationEssentials
import Glibc

/// What the figures were measured on.
enum Machine {
    /// Processor, count, memory, kernel, and what else the machine did.
    static func description(load: Int) -> String {
        let processor =
            (ProcessFile.text("/proc/cpuinfo") ?? "").split(separator: "\n")
            .first { $0.hasPrefix("model name") }
            .flatMap { $0.split(separator: ":").last }
            .map { $0.drop { $0 == " " } } ?? "unknown processor"
        let memory =
            (ProcessFile.text("/proc/meminfo") ?? "").split(separator: "\n").first
            .flatMap { $0.split(separator: " ").dropFirst().first }
            .flatMap { Double($0) }
            .map { "\(NumberText.fixed($0 / 1_048_576, 0)) GB" } ?? "unknown memory"
        let average =
            (ProcessFile.text("/proc/loadavg") ?? "").split(separator: " ").first
            .map { String($0) } ?? "unknown"
        return "\(sysconf(Int32(_SC_NPROCESSORS_ONLN))) × \(processor), \(memory); "
            + "load average \(average) at the start, \(load) burners"
    }
}
