import KernelSupport

/// What a block device is asked to do (virtio 1.2, 5.2.6).
public enum BlockCommand: Equatable, Sendable {
    /// Bytes of whole blocks, to or from the start of the buffer.
    case read(Range<UInt64>)
    case write(Range<UInt64>)
    /// All that was written before lasts.
    case flush
    /// What is there is of no more interest.
    case discard(Range<UInt64>)

    var type: UInt32 {
        switch self {
        case .read: 0
        case .write: 1
        case .flush: 4
        case .discard: 11
        }
    }

    static let headerSize = 16
    /// Bytes that describe a range to be discarded.
    static let rangeSize = 16

    /// Bytes of the buffer that the device has.
    var dataSize: Int {
        switch self {
        case .read(let range), .write(let range): Int(range.upperBound - range.lowerBound)
        case .flush: 0
        case .discard: Self.rangeSize
        }
    }

    private var sector: UInt64 {
        switch self {
        case .read(let range), .write(let range): range.lowerBound / BlockLimits.sectorSize
        // Of all.
        case .flush, .discard: 0
        }
    }

    /// Writes the header, the type and the first sector.
    func writeHeader(to bytes: inout MutableRawSpan) {
        _ = bytes.store(type, at: 0)
        _ = bytes.store(UInt32(0), at: 4)
        _ = bytes.store(sector, at: 8)
    }

    /// Writes what a discarded range is: first sector, sectors, flags.
    static func write(_ range: Range<UInt64>, to bytes: inout MutableRawSpan) {
        _ = bytes.store(range.lowerBound / BlockLimits.sectorSize, at: 0)
        _ = bytes.store(
            UInt32(truncatingIfNeeded: (range.upperBound - range.lowerBound) / BlockLimits.sectorSize), at: 8)
        _ = bytes.store(UInt32(0), at: 12)
    }
}

/// How a request has ended.
public enum BlockOutcome: Equatable, Sendable, BitwiseCopyable {
    case done
    /// The device could not.
    case failed
    /// It does not know such requests.
    case unsupported
    /// The device was reset meanwhile: it may be done, or not.
    case lost

    /// - Parameter status: What the device has written (5.2.6).
    init(status: UInt8) {
        switch status {
        case 0: self = .done
        case 2: self = .unsupported
        default: self = .failed
        }
    }

    /// What is there before the device writes; no status.
    static let unwritten: UInt8 = 0xFF
}
