import CHermit
import KernelMain
import KernelSupport
import Synchronization

// hermit/random.h.

// MARK: - Secure numbers

/// - Throws: `ENOSYS` where the machine has no source of randomness.
private func randomWord() throws(Errno) -> UInt64 {
    guard let word = KernelServices.randomWord() else { throw .noFunction }
    return word
}

@c @implementation
public func sys_read_entropy(
    _ buffer: UnsafeMutablePointer<UInt8>!, _ length: Int, _ flags: UInt32
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        guard flags & ~UInt32(HERMIT_GRND_NONBLOCK | HERMIT_GRND_RANDOM) == 0 else {
            throw .invalidArgument
        }
        let bytes = try unsafe ApplicationBuffer(buffer, count: length)
        var done = 0
        while done < bytes.count {
            let word = try randomWord()
            let size = min(MemoryLayout<UInt64>.size, bytes.count - done)
            let count = unsafe withUnsafeBytes(of: word) { word in
                unsafe bytes.write(UnsafeRawBufferPointer(rebasing: word[..<size]), at: done)
            }
            guard count == size else { throw .badAddress }
            done += size
        }
        return bytes.count
    }
}

@c @implementation
public func sys_secure_rand32(_ value: UnsafeMutablePointer<UInt32>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try unsafe store(UInt32(truncatingIfNeeded: try randomWord()), at: value)
        return 0
    }
}

@c @implementation
public func sys_secure_rand64(_ value: UnsafeMutablePointer<UInt64>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try unsafe store(try randomWord(), at: value)
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
