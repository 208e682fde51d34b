/// The caller of a function that has no frame (yet): one that has just been
/// entered, an assembly routine, or an address that is no function at all.
///
/// The chain of frame pointers passes such a function's caller over. Its
/// return address is at the stack pointer then, and the call in front of it
/// proves that it is one.
public enum FramelessCaller {
    /// How long a function without a frame may be.
    private static let longestFunction: UInt64 = 512
    private static let call: UInt64 = 0xE8
    private static let pushFramePointer: UInt64 = 0x55
    /// ENDBR64, as a little-endian word of four bytes.
    private static let endBranch: UInt64 = 0xFA1E_0FF3

    /// - Parameters:
    ///   - instruction: Where the function was when it stopped.
    ///   - stackPointer: Its stack pointer.
    ///   - code: Where code is.
    ///   - read: The word at an address, which need not be aligned; `nil`
    ///     where there is none.
    /// - Returns: The return address; `nil` where the function has a frame, or
    ///   nothing can be said.
    public static func find(
        instruction: UInt64, stackPointer: UInt64, code: Range<UInt64>, read: (UInt64) -> UInt64?
    ) -> UInt64? {
        guard let first = read(stackPointer) else { return nil }
        guard code.contains(instruction) else {
            // What is no code was called: indirectly, or by the last jump of
            // a function that was called. FF /2 has two to seven bytes.
            guard code.contains(first), first - code.lowerBound >= 8, let bytes = read(first - 8)
            else { return nil }
            if target(ofCallBefore: first, code, read) != nil { return first }
            for size in 2...7 as ClosedRange<UInt64> {
                let text = bytes >> (8 * (8 - size))
                if text & 0x38FF == 0x10FF { return first }
            }
            return nil
        }
        if let entry = target(ofCallBefore: first, code, read),
            entry <= instruction, instruction - entry < longestFunction,
            let text = read(entry)
        {
            let hasBranch = text & 0xFFFF_FFFF == endBranch
            let opening = hasBranch ? entry + 4 : entry
            let opcode = (hasBranch ? text >> 32 : text) & 0xFF
            if opcode != pushFramePointer || instruction <= opening { return first }
        }
        // Behind the push, in front of the move to the frame pointer.
        guard let second = read(stackPointer &+ 8), let entry = target(ofCallBefore: second, code, read),
            entry < instruction, instruction - entry <= 5, let text = read(instruction - 1),
            text & 0xFF == pushFramePointer
        else { return nil }
        return second
    }

    /// Where the direct call in front of a return address leads.
    private static func target(
        ofCallBefore address: UInt64, _ code: Range<UInt64>, _ read: (UInt64) -> UInt64?
    ) -> UInt64? {
        guard code.contains(address), address - code.lowerBound >= 8, let bytes = read(address - 8),
            bytes >> 24 & 0xFF == call
        else { return nil }
        let distance = Int64(Int32(truncatingIfNeeded: Int64(bitPattern: bytes) >> 32))
        let entry = address &+ UInt64(bitPattern: distance)
        return code.contains(entry) ? entry : nil
    }
}
