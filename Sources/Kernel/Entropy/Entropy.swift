import CMachine
import KernelMachine
import KernelSupport

/// Secure random bytes: the one generator, and what seeds it.
///
/// What a task does here is done alone and without waiting for anything but
/// another task that does it. Interrupt handlers have no business here.
public enum Entropy {
    nonisolated(unsafe) private static var source = SpinLock(EntropySource(), .entropy)

    /// Fills `bytes`; no more than a few hundred at once, to be fair to others.
    ///
    /// - Returns: `false` where nothing that can be trusted has seeded the generator.
    public static func fill(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        unsafe source.withLock { source in
            guard source.isSeeded(at: TimeStampCounter.read()) else { return false }
            var span = unsafe bytes.mutableBytes
            source.generator.fill(&span, nonce: TimeStampCounter.read())
            return true
        }
    }

    /// Whether the machine's device should contribute, if it has one.
    public static var wantsDevice: Bool { unsafe source.withLock { $0.wantsDevice } }

    /// The device has contributed these bytes; none: it is not there, or fails.
    public static func contribute(_ bytes: RawSpan) {
        unsafe source.withLock { $0.mixDevice(bytes) }
    }

    /// Overwrites what was random and is needed no more; a compiler must not
    /// leave it out.
    public static func erase(_ bytes: UnsafeMutableRawBufferPointer) {
        unsafe machine_erase(bytes.baseAddress, bytes.count)
    }
}
