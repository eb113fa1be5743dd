/// The product's version, as `--version` and the workers table show it.
public enum WorkerVersion {
    public static let current = "0.1.0"
}
