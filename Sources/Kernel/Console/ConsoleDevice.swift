import CMachine
import KernelDevices
import KernelDrivers
import KernelMain
import KernelSupport
import KernelVirtio

/// Standard output by a console device, which is faster than the serial port: it takes
/// pages and no bytes.
///
/// The device is looked for when a program has written some: a start costs more than a few
/// lines do. Whoever writes has the console's lock.
public enum ConsoleDevice {
    private enum State { case unknown, none, open }

    nonisolated(unsafe) private static var state = State.unknown
    nonisolated(unsafe) private static var port: OutputPort? = nil
    /// Bytes that went to the serial port.
    nonisolated(unsafe) private static var written = 0

    /// Bytes from which on a device is worth its start.
    private static let patience = 4096
    private static let serialPort: UInt16 = 0x3F8

    /// Has standard output come here from now on. Whoever calls this has the driver in its
    /// image, which says so to who boots it.
    @inline(never)
    public static func offer() {
        machine_want_console_device()
        OutputDevice.start(
            OutputDevice(write: { address, count, problem in
                unsafe ConsoleDevice.write(
                    UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count).bytes,
                    &UnsafeMutablePointer<StaticString?>(bitPattern: problem).unsafelyUnwrapped.pointee)
            }))
    }

    /// Takes bytes of standard output; so many, the others are to go to the serial port.
    private static func write(_ bytes: RawSpan, _ problem: inout StaticString?) -> Int {
        if case .unknown = unsafe state {
            unsafe written += bytes.byteCount
            guard unsafe written > patience else { return 0 }
            start(&problem)
        }
        guard case .open = unsafe state else { return 0 }
        var rest = bytes
        do throws(OutputPort.Problem) {
            while !rest.isEmpty {
                let piece = rest.extracting(first: OutputPort.pieceSize)
                try unsafe port!.send(piece)
                rest = rest.extracting(droppingFirst: piece.byteCount)
            }
        } catch {
            problem = error.message
            unsafe port!.close()
            unsafe state = .none
            unsafe port = nil
        }
        return bytes.byteCount - rest.byteCount
    }

    private static func start(_ problem: inout StaticString?) {
        unsafe state = .none
        do throws(SearchProblem) {
            guard let bus = try DeviceSearch.find(.console) else { return }
            do throws(OutputPort.Problem) {
                unsafe port = try OutputPort.open(bus)
            } catch {
                problem = error.message
                return
            }
        } catch {
            problem = error.message
            return
        }
        unsafe state = .open
        // What comes by the other way is behind this.
        var serial = SerialPort(takingOver: serialPort)
        serial.drain()
    }
}
