import KernelStreams
import KernelSupport
import KernelVirtio

// What a file system does with a disk: whole blocks, from and to memory of its own.
extension Disk {
    /// What pieces are multiples of, where the device takes so much at once.
    private static let unit = 4096

    private var pieceSize: Int { max(limits.pieceSize & ~(Self.unit - 1), limits.blockSize) }

    /// Reads whole blocks.
    ///
    /// - Parameters:
    ///   - range: By the bytes' places; its length is a multiple of a block's.
    ///   - body: Gets what was read, in order, and its place behind the range's start; pieces are
    ///     multiples of 4 KiB, but for the last.
    /// - Throws: `EIO`: it can't be read, or is not on the disk.
    public func readBlocks(_ range: Range<UInt64>, _ body: (RawSpan, Int) -> Void) throws(Errno) {
        try check(range)
        var flights = Flights(range, pieceSize: pieceSize)
        do throws(Errno) {
            while let ended = flights.first {
                while let next = flights.next {
                    if flights.isEmpty {
                        flights.add(try begin(try take(), .read(next)))
                    } else {
                        guard let buffer = takeAnother() else { break }
                        flights.add(try begin(buffer, .read(next)))
                    }
                }
                let number = flights.removeFirst()
                let buffer = try end(number)
                buffer.data.withBytes(0..<ended.count) { body($0, Int(ended.lowerBound - range.lowerBound)) }
                give(buffer)
            }
        } catch {
            land(&flights)
            throw error
        }
    }

    /// Writes whole blocks. Before a flush they may not last.
    ///
    /// - Parameter body: Fills pieces, in order, all of each; as with reading.
    /// - Throws: `EIO`: it can't be written, or is not on the disk; `EROFS`.
    public func writeBlocks(_ range: Range<UInt64>, _ body: (inout MutableRawSpan, Int) -> Void) throws(Errno) {
        guard !limits.isReadOnly else { throw .readOnlyFileSystem }
        try check(range)
        var flights = Flights(range, pieceSize: pieceSize)
        do throws(Errno) {
            while flights.first != nil {
                while let next = flights.next {
                    var buffer: BlockBuffer
                    if flights.isEmpty {
                        buffer = try take(toWrite: next)
                    } else {
                        guard let another = takeAnother(toWrite: next) else { break }
                        buffer = another
                    }
                    buffer.data.withMutableBytes(0..<next.count) { body(&$0, Int(next.lowerBound - range.lowerBound)) }
                    flights.add(try begin(buffer, .write(next)))
                }
                give(try end(flights.removeFirst()))
            }
        } catch {
            land(&flights)
            throw error
        }
    }

    /// Waits for what is under way though it is of no use any more.
    private func land(_ flights: inout Flights) {
        while !flights.isEmpty {
            if let buffer = try? end(flights.removeFirst()) { give(buffer) }
        }
    }

    private func check(_ range: Range<UInt64>) throws(Errno) {
        let mask = UInt64(limits.blockSize - 1)
        guard range.upperBound <= limits.size, (range.lowerBound | range.upperBound) & mask == 0 else {
            throw .inputOutputError
        }
    }
}

/// A range in pieces, some of which are with the device at the same time.
private struct Flights {
    /// So many at most: others are to have some.
    private static var most: Int { 4 }

    private let end: UInt64
    private let pieceSize: UInt64
    /// Where the first piece begins that is under way or yet to be, and the first yet to be.
    private var ended: UInt64
    private var begun: UInt64
    /// Buffers' numbers, the first one's in front.
    private var numbers: InlineArray<4, Int> = [0, 0, 0, 0]
    private var count = 0

    init(_ range: Range<UInt64>, pieceSize: Int) {
        end = range.upperBound
        self.pieceSize = UInt64(pieceSize)
        ended = range.lowerBound
        begun = range.lowerBound
    }

    var isEmpty: Bool { count == 0 }

    /// The first piece that has not ended; `nil`: all have.
    var first: Range<UInt64>? { ended < end ? ended..<min(ended + pieceSize, end) : nil }

    /// The next to begin; `nil`: all have begun, or enough are under way.
    var next: Range<UInt64>? {
        begun < end && count < Self.most ? begun..<min(begun + pieceSize, end) : nil
    }

    /// The next one has begun with a buffer.
    mutating func add(_ number: Int) {
        numbers[count] = number
        count += 1
        begun = min(begun + pieceSize, end)
    }

    /// The first is waited for now; its buffer's number.
    mutating func removeFirst() -> Int {
        let number = numbers[0]
        for place in 1..<Self.most { numbers[place - 1] = numbers[place] }
        count -= 1
        ended = min(ended + pieceSize, end)
        return number
    }
}
