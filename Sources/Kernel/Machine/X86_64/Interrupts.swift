import CMachine

/// Whether this core takes interrupts.
public enum Interrupts {
    /// Runs `body` without them, and then as before.
    @inline(__always)
    public static func disabled<Value>(_ body: () -> Value) -> Value {
        let flags = machine_disable_interrupts()
        defer { machine_restore_interrupts(flags) }
        return body()
    }
}
