import CMachine
import KernelMachine

/// A 16550 UART, polled, but for what has arrived where that is to interrupt: with interrupts off, so that what is sent stays in
/// one piece. While the host takes nothing, the core that waits still does what
/// the others ask of all.
public struct SerialPort {
    private let base: UInt16
    /// What the transmitter still takes before its state must be asked again.
    private var room = 0

    /// Bytes in the transmitter's queue of a 16550A.
    private static let queueDepth = 16

    private enum Register {
        static let data: UInt16 = 0
        static let interruptEnable: UInt16 = 1
        static let queueControl: UInt16 = 2
        static let lineControl: UInt16 = 3
        static let modemControl: UInt16 = 4
        static let lineStatus: UInt16 = 5
        static let scratch: UInt16 = 7
    }

    private enum LineStatus {
        static let dataReady: UInt8 = 0x01
        static let transmitterHoldingEmpty: UInt8 = 0x20
        static let transmitterEmpty: UInt8 = 0x40
    }

    /// Sets the port at I/O address `base` to 115200 baud, 8N1, queues on, no
    /// interrupts. `nil` when no UART answers there.
    public init?(base: UInt16) {
        self.base = base
        machine_out8(base + Register.scratch, 0x5A)
        guard machine_in8(base + Register.scratch) == 0x5A else { return nil }
        machine_out8(base + Register.interruptEnable, 0)
        machine_out8(base + Register.lineControl, 0x80)
        machine_out8(base + Register.data, 1)
        machine_out8(base + Register.interruptEnable, 0)
        machine_out8(base + Register.lineControl, 0x03)
        machine_out8(base + Register.queueControl, 0x07)
        machine_out8(base + Register.modemControl, 0x03)
    }

    /// The port at `base` as it is, which somebody has set up before; what he
    /// has sent is not lost.
    public init(takingOver base: UInt16) { self.base = base }

    /// Sends one byte; waits while the transmitter is full.
    public mutating func send(_ byte: UInt8) {
        if room == 0 {
            while machine_in8(base + Register.lineStatus) & LineStatus.transmitterHoldingEmpty == 0
            {
                machine_serve_shootdown()
                machine_pause()
            }
            room = Self.queueDepth
        }
        room -= 1
        machine_out8(base + Register.data, byte)
    }

    /// Sends all bytes in order.
    public mutating func send(_ bytes: RawSpan) {
        for i in bytes.byteOffsets {
            send(unsafe bytes.unsafeLoad(fromByteOffset: i, as: UInt8.self))
        }
    }

    /// Interrupts when a byte has arrived and none was there before.
    public mutating func letReceiveInterrupt() {
        // The second of the outputs lets the interrupt out of the port.
        machine_out8(base + Register.modemControl, 0x0B)
        machine_out8(base + Register.interruptEnable, 0x01)
    }

    /// The next received byte, if there is one.
    public mutating func receive() -> UInt8? {
        guard machine_in8(base + Register.lineStatus) & LineStatus.dataReady != 0 else {
            return nil
        }
        return machine_in8(base + Register.data)
    }

    /// Waits until everything sent has left the machine.
    public mutating func drain() {
        while machine_in8(base + Register.lineStatus) & LineStatus.transmitterEmpty == 0 {
            machine_serve_shootdown()
            machine_pause()
        }
        room = 0
    }
}
