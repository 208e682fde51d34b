/// Lines of standard input. Embedded Swift has no `readLine` of its own.
///
/// What was read of a line that has not ended yet is kept between calls; do
/// not mix this with ``StandardInput/read(into:)``. One thread at a time.
private struct LineReader {
    static let size = 512
    var bytes = [UInt8](repeating: 0, count: size)
    var rest = 0..<0

    /// The next byte; `nil` at the end, and where standard input cannot be read.
    mutating func next() -> UInt8? {
        if rest.isEmpty {
            var count = 0
            do throws(SystemError) {
                var span = bytes.mutableSpan
                var raw = unsafe span.mutableBytes
                count = try StandardInput.read(into: &raw)
            } catch { count = 0 }
            guard count > 0 else { return nil }
            rest = 0..<count
        }
        let byte = bytes[rest.lowerBound]
        rest = rest.lowerBound + 1..<rest.upperBound
        return byte
    }
}

nonisolated(unsafe) private var reader = LineReader()

/// Reads a line of standard input; waits for it.
///
/// - Parameter strippingNewline: Without what ends the line: a line feed, or
///   a carriage return and a line feed.
/// - Returns: The line; what is not UTF-8 in it comes as U+FFFD. `nil` at the
///   end of input.
public func readLine(strippingNewline: Bool = true) -> String? {
    var line: [UInt8] = []
    while let byte = unsafe reader.next() {
        line.append(byte)
        if byte == UInt8(ascii: "\n") { break }
    }
    if line.isEmpty { return nil }
    if strippingNewline && line.last == UInt8(ascii: "\n") {
        line.removeLast()
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
    }
    return String(decoding: line, as: UTF8.self)
}
