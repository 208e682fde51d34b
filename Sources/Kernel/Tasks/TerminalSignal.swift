import KernelMain
import KernelSupport

/// Signals that a terminal's characters and the host lead to.
public enum TerminalSignal {
    public static let hangUp = 1
    public static let interrupt = 2
    public static let quit = 3
    public static let terminate = 15
    public static let suspend = 20
    public static let windowChange = 28

    /// Sends one to the program. Where it has no handler, those end it that would
    /// on a system with processes. No lock may be held.
    ///
    /// - Parameter isInterrupt: The core was interrupted, and is not in a function
    ///   of the ABI.
    public static func send(_ number: Int, isInterrupt: Bool) {
        if let send = unsafe Runtime.terminalSignal { return send(number, isInterrupt) }
        if number == interrupt || number == quit || number == terminate || number == hangUp {
            let status = 128 + Int32(number)
            if isInterrupt, KernelServices.leaveExit(status: status) { return }
            KernelServices.exit(status: status)
        }
    }
}
