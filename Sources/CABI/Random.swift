import CHermit
import KernelDevices
import KernelEntropy
import KernelMain
import KernelSupport
import Synchronization

// hermit/random.h.

// MARK: - Secure numbers

/// The log has been told that there is no randomness.
private let isTold = Atomic<Bool>(false)

/// Fills `bytes`.
///
/// - Throws: `ENOSYS` where the machine has no source of randomness that can
///   be trusted; `EAGAIN` then for who would not wait.
private func fill(_ bytes: UnsafeMutableRawBufferPointer, waits: Bool = true) throws(Errno) {
    if unsafe EntropyDevice.fill(bytes) { return }
    if !isTold.exchange(true, ordering: .relaxed) {
        KernelServices.log(
            .warning, "no source of randomness can be trusted: there are no secure random numbers")
    }
    throw waits ? .noFunction : .resourceTemporarilyUnavailable
}

/// Bytes that are made at once, on the kernel's stack.
private let pieceSize = 512

@c @implementation
public func sys_read_entropy(
    _ buffer: UnsafeMutablePointer<UInt8>!, _ length: Int, _ flags: UInt32
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        guard flags & ~UInt32(HERMIT_GRND_NONBLOCK | HERMIT_GRND_RANDOM) == 0 else {
            throw .invalidArgument
        }
        let bytes = try unsafe ApplicationBuffer(buffer, count: length)
        let waits = flags & UInt32(HERMIT_GRND_NONBLOCK) == 0
        try unsafe withUnsafeTemporaryAllocation(byteCount: pieceSize, alignment: 8) {
            piece throws(Errno) in
            defer { unsafe Entropy.erase(piece) }
            var done = 0
            while done < bytes.count {
                let size = min(piece.count, bytes.count - done)
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: piece[..<size])
                try unsafe fill(part, waits: waits)
                guard unsafe bytes.write(UnsafeRawBufferPointer(part), at: done) == size else {
                    throw .badAddress
                }
                done += size
            }
        }
        return bytes.count
    }
}

private func randomNumber<Number: FixedWidthInteger & BitwiseCopyable>() throws(Errno) -> Number {
    var number: Number = 0
    try unsafe withUnsafeMutableBytes(of: &number) { bytes throws(Errno) in
        try unsafe fill(bytes)
    }
    return number
}

@c @implementation
public func sys_secure_rand32(_ value: UnsafeMutablePointer<UInt32>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try unsafe store(try randomNumber() as UInt32, at: value)
        return 0
    }
}

@c @implementation
public func sys_secure_rand64(_ value: UnsafeMutablePointer<UInt64>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try unsafe store(try randomNumber() as UInt64, at: value)
        return 0
    }
}

// MARK: - Repeatable numbers

/// The state of the one task's generator; never 0.
private let sequence = Atomic<UInt32>(1)

@c @implementation
public func sys_rand() -> UInt32 {
    // Marsaglia, "Xorshift RNGs" (2003), the 32-bit generator of section 3.
    var state = sequence.load(ordering: .relaxed)
    state ^= state << 13
    state ^= state >> 17
    state ^= state << 5
    sequence.store(state, ordering: .relaxed)
    return state
}

@c @implementation
public func sys_srand(_ seed: UInt32) {
    sequence.store(seed == 0 ? 0x9E37_79B9 : seed, ordering: .relaxed)
}
