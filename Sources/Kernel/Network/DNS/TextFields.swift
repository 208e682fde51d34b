import KernelSupport
import KernelWire

/// The fields of a text's lines, with blanks between them; from a `#` or `;` on a line
/// is a comment.
struct TextFields: ~Escapable {
    private let text: RawSpan
    private var at = 0
    /// The line's end.
    private var end = 0
    private var nextStart = 0

    @_lifetime(copy text)
    init(_ text: RawSpan) { self.text = text }

    /// Goes to the next line; the first one at first. `false`: there is none.
    @_lifetime(self: copy self)
    mutating func nextLine() -> Bool {
        guard nextStart < text.byteCount else { return false }
        at = nextStart
        end = nextStart
        while end < text.byteCount, byte(end) != 0x0a { end &+= 1 }
        nextStart = end &+ 1
        var comment = at
        while comment < end, byte(comment) != 0x23, byte(comment) != 0x3b { comment &+= 1 }
        end = comment
        return true
    }

    /// The line's next field; `nil`: there is none.
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    mutating func next() -> RawSpan? {
        while at < end, Self.isBlank(byte(at)) { at &+= 1 }
        let start = at
        while at < end, !Self.isBlank(byte(at)) { at &+= 1 }
        return at > start ? text.piece(start..<at) : nil
    }

    private func byte(_ index: Int) -> UInt8 { text.field(at: index) }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
}
