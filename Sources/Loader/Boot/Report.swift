import CLoader
import KernelSupport

/// A number in decimal digits.
private struct Digits {
    private var storage: InlineArray<20, UInt8> = .init(repeating: 48)
    private(set) var count = 0

    init(_ value: UInt64) {
        var power: UInt64 = 1
        while value / power >= 10 { power *= 10 }
        var rest = value
        while power > 0 {
            storage[count] = 48 + UInt8(truncatingIfNeeded: rest / power)
            count += 1
            rest %= power
            power /= 10
        }
    }

    subscript(_ index: Int) -> UInt8 { storage[index] }
}

/// The loader's way to say what is wrong, and to end the machine.
enum Report {
    private static let output: UInt16 = 0x3F8
    private static let channel: UInt16 = 0x2F8

    private static func send(_ byte: UInt8, to port: UInt16) {
        var tries = 0
        while loader_in8(port + 5) & 0x20 == 0 && tries < 10_000_000 { tries += 1 }
        loader_out8(port, byte)
    }

    private static func send(_ text: StaticString, to port: UInt16) {
        for i in 0..<text.utf8CodeUnitCount { send(unsafe text.utf8Start[i], to: port) }
    }

    private static func sendHeader(_ kind: ChannelFrame.Kind, _ count: Int) {
        let header = ChannelFrame.header(kind, payloadCount: count)
        for i in 0..<4 { send(header[i], to: channel) }
    }

    /// Ends the machine with a line that names the fault.
    ///
    /// - Parameter kibibytes: The memory that an image needs, where that is the fault.
    static func fail(
        _ message: StaticString, kibibytes: UInt64 = 0, usesChannel: Bool
    ) -> Never {
        let start: StaticString = "loader: "
        let digits = Digits(kibibytes)
        let need: StaticString = "; KiB needed: "
        let needCount = kibibytes > 0 ? need.utf8CodeUnitCount + digits.count : 0
        if usesChannel {
            sendHeader(.hello, 1)
            send(1, to: channel)
            sendHeader(.log, 1 + start.utf8CodeUnitCount + message.utf8CodeUnitCount + needCount)
            send(LogLevel.error.rawValue, to: channel)
            send(start, to: channel)
            send(message, to: channel)
            if kibibytes > 0 {
                send(need, to: channel)
                for i in 0..<digits.count { send(digits[i], to: channel) }
            }
            sendHeader(.exitStatus, 4)
            for i in 0..<4 { send(i == 0 ? 1 : 0, to: channel) }
        } else {
            send("[hermit] error: ", to: output)
            send(start, to: output)
            send(message, to: output)
            if kibibytes > 0 {
                send(need, to: output)
                for i in 0..<digits.count { send(digits[i], to: output) }
            }
            send("\n[hermit] exit status 1\n", to: output)
        }
        let port = usesChannel ? channel : output
        var tries = 0
        while loader_in8(port + 5) & 0x40 == 0 && tries < 10_000_000 { tries += 1 }
        loader_out32(0xF4, 1)
        loader_out8(0x64, 0xFE)
        loader_stop()
    }
}
