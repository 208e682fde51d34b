import CMachine
import KernelMachine
import KernelMemory

/// Isolated code has met an exception, and has not ended its work.
public struct IsolationFault: Error {
    /// The last address that was touched where nothing may be touched so; 0: there is no memory
    /// for the code's stack.
    public let address: UInt64
}

/// Runs unsafe code of the kernel's apart from the rest of the kernel, where protection keys keep
/// it there (docs/isolation.md): of memory it has what devices have, `DeviceFrames` and registers,
/// and a stack of its own; it reads code, constants and what is the application's, and nothing else.
/// An exception ends it, and nothing more.
///
/// Interrupts are off meanwhile: what it does is short, and ends whatever a device says. Without
/// isolation it is a call.
///
/// - Parameters:
///   - first: The closure's, as is `second`: values, or addresses of what devices have.
///   - body: Captures nothing, calls nothing that waits, logs or allocates, and has no lock.
/// - Returns: What the closure returns.
/// - Throws: An exception has ended it.
public func isolated(
    _ first: UInt64, _ second: UInt64 = 0, _ body: @convention(c) (UInt64, UInt64) -> UInt64
) throws(IsolationFault) -> UInt64 {
    var result: UInt64 = 0
    guard unsafe callIsolated(first, second, body, &result) != 0 else { throw IsolationFault(address: result) }
    return result
}

/// The same for C (CMachine.h).
@c(kernel_call_isolated)
public func callIsolated(
    _ first: UInt64, _ second: UInt64, _ function: @convention(c) (UInt64, UInt64) -> UInt64,
    _ result: UnsafeMutablePointer<UInt64>
) -> Int32 {
    if !Isolation.isOn { return unsafe machine_call_confined(first, second, function, result) }
    let flags = machine_disable_interrupts()
    defer { machine_restore_interrupts(flags) }
    guard IsolatedStacks.coreHasOne() else {
        unsafe result.pointee = 0
        return 0
    }
    return unsafe machine_call_confined(first, second, function, result)
}

/// The stacks of isolated code. A core gets one when it first runs some.
private enum IsolatedStacks {
    private static let size: UInt64 = 0x4000

    /// Whether this core has one; interrupts are off.
    static func coreHasOne() -> Bool {
        let core = unsafe machine_this_core()
        if unsafe core.pointee.confined_stack != 0 { return true }
        let end = unsafe Layout.isolatedStacks + (core.pointee.identifier + 1) * Layout.isolatedStackStride
        let isMapped = unsafe Kernel.root.pointee.memory.withLock { memory in
            for page in stride(from: end - size, to: end, by: 4096) where !memory.space.hasPage(page) {
                return false
            }
            return true
        }
        if isMapped { unsafe core.pointee.confined_stack = end }
        return isMapped
    }
}
