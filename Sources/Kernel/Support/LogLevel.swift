/// How urgent a line of the kernel's log is; smaller is more urgent.
public enum LogLevel: UInt8, Comparable, Sendable {
    case error = 0
    case warning, info, debug, trace

    public static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }

    /// The word used on the command line (`log=NAME`).
    public var name: StaticString {
        switch self {
        case .error: "error"
        case .warning: "warn"
        case .info: "info"
        case .debug: "debug"
        case .trace: "trace"
        }
    }
}
