import KernelDescriptors
import KernelSupport

/// Packets without bytes that are to be sent one way.
struct VsockOutbox: BitwiseCopyable {
    /// Answers to packets of no connection, the oldest first. What finds no room is not answered:
    /// who has sent it comes to the same by its own deadline.
    private var answers = InlineArray<16, VsockHeader>(repeating: VsockHeader(.reset, from: .any, to: .any))
    private var oldest = 0
    private var count = 0
    /// Sockets with something to send, in order.
    var first = Place.none
    var last = Place.none

    var isEmpty: Bool { count == 0 && first.isNone }

    /// - Returns: `false`: there is no room.
    mutating func append(_ answer: VsockHeader) -> Bool {
        guard count < 16 else { return false }
        answers[(oldest + count) % 16] = answer
        count += 1
        return true
    }

    mutating func takeAnswer() -> VsockHeader? {
        guard count > 0 else { return nil }
        let answer = answers[oldest]
        oldest = (oldest + 1) % 16
        count -= 1
        return answer
    }
}
